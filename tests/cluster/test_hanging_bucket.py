"""A bucket that takes connections and never answers: whoever does not need it does not notice."""

import socket
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from api_service import Service, fake_song, wait_until

from cluster.proxy import S3Proxy
from cluster.s3_server import BUCKET, S3Server

PATIENCE_SEC = 10  # of clients; the bucket hangs until the test is over


@pytest.fixture
def service(programs, fake_tool, tmp_path):
    """With one thread for events. `service.bucket` hangs as it is told."""
    (tmp_path / "api").mkdir()
    with S3Server(tmp_path) as s3:
        bucket = S3Proxy(s3.port, seed=1).start()
        url = s3.url.replace(f":{s3.port}", f":{bucket.port}")
        service = Service(programs / "stemscribed", tmp_path / "api", STEMSCRIBE_BIN=fake_tool, STORAGE_URL=url, API_WORKERS=1, **s3.environment)
        service.bucket = bucket
        service.parts = s3.folder / "root" / BUCKET / ".sgwtmp"
        try:
            yield service.start()
        finally:
            bucket.mode = ""
            service.discard()
            bucket.stop()


def get(service: Service, path: str) -> httpx.Response:
    return httpx.get(f"http://{service.host}:{service.port}{path}", timeout=PATIENCE_SEC)


def test_many_who_ask_for_its_health_keep_nobody_else_waiting(service):
    assert get(service, "/health").json()["status"] == "ok"
    time.sleep(1.1)  # until that is forgotten
    service.bucket.mode = "hang"
    with ThreadPoolExecutor(40) as clients:
        asked = [clients.submit(get, service, "/health/ready") for _ in range(40)]
        wait_until(lambda: service.bucket.done["hang"], "a check that hangs")
        for _ in range(20):
            assert get(service, "/api/v1/jobs").status_code == 200
        answers = [each.result() for each in asked if not isinstance(each.exception(), httpx.ReadTimeout)]
    assert len(answers) == 39  # all but the one who looks
    assert {answer.status_code for answer in answers} == {503}
    for answer in answers:
        health = answer.json()
        assert health["status"] == "degraded" and "have not ended" in health["checks"]["checks"]["message"]
    assert service.bucket.done["hang"] == 1


def test_uploads_that_are_cut_off_keep_nobody_else_waiting(service):
    song = fake_song(10_000_000)
    head = b"POST /api/v1/transcribe HTTP/1.1\r\nHost: localhost\r\nContent-Length: 20000000\r\nContent-Type: multipart/form-data; boundary=x\r\n\r\n"
    form = b'--x\r\nContent-Disposition: form-data; name="file"; filename="song.wav"\r\n\r\n'
    with socket.create_connection((service.host, service.port)) as client:
        client.sendall(head + form + song)
        wait_until(lambda: [path for path in service.parts.rglob("*") if path.is_file()], "a part in the bucket")
        service.bucket.mode = "hang"  # so that it cannot be given up
    for _ in range(30):
        assert get(service, "/health/live").status_code == 200
        time.sleep(0.1)
