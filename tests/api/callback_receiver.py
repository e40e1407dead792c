"""A server that takes callbacks."""

import http.server
import threading


class Receiver(http.server.ThreadingHTTPServer):
    """Takes callbacks; answers with `answers`, one after the other, then with 204."""

    def __init__(self, *answers: int):
        self.answers = list(answers)
        self.received: list[tuple[dict, bytes]] = []
        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook?x=1"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(self.server.answers.pop(0) if self.server.answers else 204)
        self.end_headers()
        self.server.received.append((dict(self.headers), body))

    def log_message(self, *_):
        pass
