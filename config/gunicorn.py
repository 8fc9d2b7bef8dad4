"""Production settings of gunicorn, behind a proxy that buffers whole requests (README, "In production").

Threads, not processes, wait for the database; a phone that drips its headers is the proxy's to wait for.
"""

import os

bind = f"0.0.0.0:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
worker_class = "gthread"
threads = 8
timeout = 30
graceful_timeout = 20
keepalive = 5
control_socket_disable = True
accesslog = None  # the app writes one structured line a request
errorlog = "-"
