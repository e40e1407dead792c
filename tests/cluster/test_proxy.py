"""The proxies do to connections what the chaos suite relies on."""

import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from cluster.proxy import Proxy, S3Proxy


class Counting(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    seen: Counter

    def do_PUT(self):
        self.seen[self.rfile.read(int(self.headers["Content-Length"]))] += 1
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    Counting.seen = Counter()
    with ThreadingHTTPServer(("127.0.0.1", 0), Counting) as http:
        http.daemon_threads = True
        thread = threading.Thread(target=http.serve_forever)
        thread.start()
        yield http
        http.shutdown()
        thread.join()


@pytest.fixture
def proxy(server):
    proxy = S3Proxy(server.server_port, seed=1).start()
    yield proxy
    proxy.stop()


@pytest.fixture
def client(proxy):
    with httpx.Client(base_url=f"http://127.0.0.1:{proxy.port}", timeout=20) as client:
        yield client


def test_it_passes_on(client):
    for body in (b"a" * 300_000, b"", b"b"):
        assert client.put("/x", content=body).text == "ok"
    assert Counting.seen == {b"a" * 300_000: 1, b"": 1, b"b": 1}


def test_an_error_does_nothing_and_the_connection_lives(proxy, client):
    proxy.mode = "error"
    failed = client.put("/x", content=b"a" * 300_000)
    assert failed.status_code == 500
    assert "InternalError" in failed.text
    proxy.mode = ""
    assert client.put("/x", content=b"b").status_code == 200
    assert Counting.seen == {b"b": 1}
    assert proxy.done == {"error": 1}


def test_a_lost_answer_was_carried_out(proxy, client):
    proxy.mode = "lose"
    with pytest.raises(httpx.TransportError):
        client.put("/x", content=b"a")
    assert Counting.seen == {b"a": 1}


def test_who_hangs_is_cut_off_when_it_ends(proxy, client):
    proxy.mode = "hang"
    ended = threading.Event()

    def call():
        with pytest.raises(httpx.TransportError):
            client.put("/x", content=b"a")
        ended.set()

    caller = threading.Thread(target=call)
    caller.start()
    while not proxy.done["hang"]:
        time.sleep(0.005)
    assert not ended.is_set()
    proxy.mode = ""
    caller.join(20)
    assert ended.is_set()
    assert Counting.seen == {}


def test_it_cuts_and_delays(server):
    proxy = Proxy(server.server_port).start()
    with httpx.Client(base_url=f"http://127.0.0.1:{proxy.port}", timeout=20) as client:
        assert client.put("/x", content=b"a").text == "ok"
        proxy.delay_sec = 0.1
        started = time.monotonic()
        assert client.put("/x", content=b"b").text == "ok"
        assert time.monotonic() - started >= 0.2  # there and back
        proxy.delay_sec = 0
        proxy.cut()
        assert proxy.done["cut"] == 1
    proxy.stop()
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{proxy.port}/")


def test_nobody_behind_it_is_a_broken_connection():
    proxy = Proxy(1).start()
    with pytest.raises(httpx.TransportError):
        httpx.get(f"http://127.0.0.1:{proxy.port}/")
    proxy.stop()
