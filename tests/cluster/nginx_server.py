"""nginx in front of API servers: plain HTTP on a private port, for `make cluster`. deploy/nginx is for the world."""

from pathlib import Path

from cluster.server_process import ServerProcess

CONFIGURATION = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr warn;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  client_body_temp_path {folder}/nginx-body;
  proxy_temp_path {folder}/nginx-proxy;
  fastcgi_temp_path {folder}/nginx-fastcgi;
  uwsgi_temp_path {folder}/nginx-uwsgi;
  scgi_temp_path {folder}/nginx-scgi;
  upstream stemscribe {{ least_conn; {servers} keepalive 16; }}
  server {{
    listen 127.0.0.1:{port};
    client_max_body_size 0;
    location / {{
      proxy_pass http://stemscribe;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_request_buffering off;
      proxy_buffering off;
      proxy_read_timeout 1h;
      proxy_next_upstream error timeout;
    }}
  }}
}}
"""


class NginxServer(ServerProcess):
    name = "nginx"

    def __init__(self, folder: Path, upstream_ports: list[int], port: int | None = None):
        super().__init__(folder, port)
        self.upstream_ports = upstream_ports

    def command(self) -> list[str]:
        servers = " ".join(f"server 127.0.0.1:{port};" for port in self.upstream_ports)
        file = self.folder / "nginx.conf"
        file.write_text(CONFIGURATION.format(folder=self.folder, servers=servers, port=self.port))
        return ["nginx", "-c", str(file), "-p", str(self.folder), "-e", "stderr"]
