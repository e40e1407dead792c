"""What is too much is refused, in order; the rest goes on."""

import contextlib
import json
import threading

import httpx
import pytest
from api_service import assert_error, check_error, children_of, fake_song, is_probe, read_response, wait_until


def begin_upload(service, *headers: str, expected: bytes = b"HTTP/1.1 100 "):
    """A connection whose upload is under way: the service waits for the rest of the body."""
    connection = service.connect()
    more = "".join(f"{header}\r\n" for header in headers)
    connection.sendall(
        b"POST /api/v1/transcribe HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\nExpect: 100-continue\r\n"
        b"Content-Type: multipart/form-data; boundary=x\r\n" + more.encode() + b"\r\n"
    )
    assert connection.recv(100).startswith(expected)
    return connection


def limits_hit(service) -> dict[str, float]:
    lines = service.client.get("/metrics").text.splitlines()
    found = [line.split('limit="')[1].split('"} ') for line in lines if line.startswith("stemscribe_limits_hit_total{")]
    return {name: float(count) for name, count in found if float(count) > 0}


def test_more_songs_at_once_than_there_are_places(start_service):
    service = start_service(MAX_UPLOADS=2)
    first, second = begin_upload(service), begin_upload(service)
    refused = service.upload(fake_song())
    assert_error(refused, 503, "unavailable")
    assert int(refused.headers["retry-after"]) > 0
    assert limits_hit(service)["uploads"] == 1
    assert service.client.get("/api/v1/jobs").status_code == 200
    first.close()
    wait_until(lambda: service.upload(fake_song()).status_code == 202, "a free place")
    second.close()
    service.stop()


def test_who_sends_slowly_takes_a_quarter_of_the_places_at_most(start_service):
    """A few bytes a second hold a place for days: one key, or one address, must not have them all."""
    service = start_service(MAX_UPLOADS=8, AUTH="apikey", TRUSTED_PROXIES="127.0.0.1")
    keys = [json.loads(service.run("keys", "create", name, "--json").stdout)["key"] for name in ("slow", "other")]
    slow, other = (f"X-API-Key: {key}" for key in keys)
    held = [begin_upload(service, slow, f"X-Forwarded-For: 203.0.113.{n}") for n in range(2)]
    begin_upload(service, slow, "X-Forwarded-For: 203.0.113.9", expected=b"HTTP/1.1 429 ").close()
    begin_upload(service, other).close()
    held.pop().close()
    wait_until(lambda: service.upload(fake_song(), headers={"X-API-Key": keys[0]}).status_code == 202, "a free place")
    service.stop()


def test_one_address_has_a_quarter_of_the_places(start_service):
    service = start_service(MAX_UPLOADS=8, TRUSTED_PROXIES="127.0.0.1")
    network = [f"X-Forwarded-For: 2001:db8::{n}" for n in range(3)]  # one customer's
    held = [begin_upload(service, address) for address in network[:2]]
    begin_upload(service, network[2], expected=b"HTTP/1.1 429 ").close()
    begin_upload(service, "X-Forwarded-For: 2001:db8:0:1::").close()
    assert limits_hit(service)["uploads"] == 1
    for connection in held:
        connection.close()
    service.stop()


@pytest.mark.parametrize(
    ("head", "status", "limit"),
    [
        (b"X-Long: " + b"a" * 5000, 431, "header_size"),
        (b"\r\n".join(b"X-%d: a" % i for i in range(20)), 431, "header_size"),
        (b"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 9000000", 413, "body_size"),
        (b"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 100", 408, "time"),
        (b"X-Unfinished: ", 408, "time"),
    ],
)
def test_limits_of_a_request(start_service, head, status, limit):
    service = start_service(MAX_HEADER_KB=4, MAX_HEADER_FIELDS=16, MAX_FILE_SIZE_MB=4, HEADER_TIMEOUT_SEC=0.5, BODY_TIMEOUT_SEC=0.5)
    end = b"" if head.startswith(b"X-Unfinished") else b"\r\n\r\n"
    got, headers, body = service.raw(b"POST /api/v1/transcribe HTTP/1.1\r\nHost: localhost\r\n" + head + end)
    assert got == status
    check_error(body, headers)
    assert limits_hit(service) == {limit: 1}
    service.stop()


def test_connections_of_an_address(start_service):
    service = start_service(MAX_CONNECTIONS_PER_ADDRESS=2)
    assert service.client.get("/health/live").status_code == 200
    other = service.connect()
    other.sendall(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert read_response(other)[0] == 200
    with pytest.raises(httpx.TransportError):
        httpx.get(f"{service.url}/health/live")
    assert limits_hit(service)["connections_of_address"] >= 1
    other.close()
    service.stop()


def test_requests_of_a_connection(start_service):
    service = start_service(REQUESTS_PER_CONNECTION=2)
    with service.connect() as connection:
        for expected in (None, "close"):
            connection.sendall(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert read_response(connection)[1]["connection"] == expected
        assert connection.recv(1) == b""
    service.stop()


def test_songs_that_take_long_to_look_at_keep_nobody_else_waiting(start_service):
    """A hostile song can make the look at it last until its time limit; many of them at once must not block reading."""
    service = start_service()
    num_songs = 24  # more than there are threads for anything else
    answers = []

    def upload():
        with contextlib.suppress(httpx.TransportError):  # the service ends first
            answers.append(service.upload(fake_song(probe="hang")))

    def are_hanging() -> bool:
        return sum(is_probe(pid) for pid in children_of(service.process.pid)) >= 8

    threads = [threading.Thread(target=upload) for _ in range(num_songs)]
    for thread in threads:
        thread.start()
    wait_until(are_hanging, "the looks")
    with httpx.Client(base_url=service.url) as other:
        for path in ("/api/v1/jobs", "/health", "/metrics"):
            assert other.get(path).status_code == 200
    assert answers == []
    service.kill()
    for thread in threads:
        thread.join()
