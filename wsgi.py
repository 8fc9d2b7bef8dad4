"""What a WSGI server and the `flask` command start: `app`, made from the environment."""

from api.app import start

app = start()
