"""nginx in front of gunicorn, as production has it: it reads a slow phone's request to its end before it bothers the house."""

import os
import shutil
from pathlib import Path

NGINX = shutil.which("nginx") or (path if Path(path := "/usr/sbin/nginx").exists() else None)
_CONFIG = """
{user}worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx-error.log warn;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  client_body_temp_path {folder}/nginx-body;
  proxy_temp_path {folder}/nginx-proxy;
  fastcgi_temp_path {folder}/nginx-fastcgi;
  uwsgi_temp_path {folder}/nginx-uwsgi;
  scgi_temp_path {folder}/nginx-scgi;
  client_max_body_size 25m;
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://127.0.0.1:{behind};
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $remote_addr;
    }}
  }}
}}
"""


def command(folder: Path, port: int, behind: int) -> list[str]:
    """What starts it; its files lie in `folder`."""
    user = "user root;\n" if os.geteuid() == 0 else ""  # else its child may not write beside us
    path = folder / "nginx.conf"
    path.write_text(_CONFIG.format(user=user, folder=folder, port=port, behind=behind))
    return [str(NGINX), "-p", str(folder), "-e", str(folder / "nginx-error.log"), "-c", str(path)]
