"""Clients that dawdle by the thousand disturb nobody, and are sent away in the end."""

import resource
import socket
import threading

import pytest
from api_service import HANG_SEC, fake_song, wait_until

NUM_CLIENTS = 2000


@pytest.fixture(autouse=True)
def many_files():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = NUM_CLIENTS + 500
    if hard != resource.RLIM_INFINITY and hard < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, wanted))
    elif soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def is_closed(connection: socket.socket) -> bool:
    """Whether the service has hung up, after an answer or without."""
    connection.setblocking(False)
    try:
        while connection.recv(4096):
            pass
        return True
    except BlockingIOError:
        return False
    except OSError:
        return True


def test_two_thousand_clients_that_send_a_byte_now_and_then(start_service):
    service = start_service(HEADER_TIMEOUT_SEC=5)
    clients = [service.connect() for _ in range(NUM_CLIENTS)]
    stopped = threading.Event()

    def dawdle():
        for byte in b"GET /health HTTP/1.1\r\nX-Slow: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa":
            for client in clients:
                try:
                    client.send(bytes([byte]))
                except OSError:
                    pass  # it was sent away
            if stopped.wait(1):
                return

    thread = threading.Thread(target=dawdle)
    thread.start()
    try:
        for _ in range(20):
            assert service.client.get("/health/live", timeout=5).status_code == 200
        assert service.upload(fake_song()).status_code == 202
        wait_until(lambda: all(map(is_closed, clients)), "the dawdlers to be sent away", HANG_SEC)
    finally:
        stopped.set()
        thread.join()
        for client in clients:
            client.close()
    assert service.client.get("/health").status_code == 200
    service.stop()
