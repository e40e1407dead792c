"""TLS in the server itself: real certificates, a reload, the redirect."""

import signal
import socket
import ssl
import subprocess
from pathlib import Path

import httpx
import pytest
from api_service import HANG_SEC, Service, fake_song, wait_until


def make_certificate(folder: Path, name: str) -> None:
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", folder / "key.pem", "-out", folder / "certificate.pem"],
        check=True, capture_output=True,
    )  # fmt: skip


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class TlsService(Service):
    @property
    def url(self) -> str:
        return f"https://{self.host}:{self.port}"

    def start(self) -> "TlsService":
        super().start()
        self.trust()
        return self

    def trust(self):
        context = ssl.create_default_context(cafile=self.folder / "certificate.pem")
        self.client = httpx.Client(base_url=self.url, timeout=HANG_SEC, verify=context)

    def common_name(self) -> str:
        pem = ssl.get_server_certificate((self.host, self.port))
        text = subprocess.run(["openssl", "x509", "-noout", "-subject"], input=pem, capture_output=True, text=True, check=True).stdout
        return text.strip().rpartition("= ")[2]


@pytest.fixture(scope="module")
def secure(programs, fake_tool, tmp_path_factory):
    folder = tmp_path_factory.mktemp("secure")
    make_certificate(folder, "first")
    redirect = free_port()
    service = TlsService(
        programs / "stemscribed", folder, STEMSCRIBE_BIN=fake_tool, HTTP_REDIRECT_PORT=redirect,
        TLS_CERTIFICATE=folder / "certificate.pem", TLS_KEY=folder / "key.pem",
    )  # fmt: skip
    service.start()
    service.redirect_url = f"http://127.0.0.1:{redirect}"
    yield service
    service.discard()


def test_a_song_goes_its_whole_way(secure):
    job_id = secure.upload(fake_song(size_bytes=3_000_000, size=300)).json()["job_id"]
    assert [job["status"] for _, job in secure.events(job_id)][-1] == "completed"
    stem = secure.client.get(f"/api/v1/jobs/{job_id}/stems/vocals")
    assert stem.content == b"vocals" * 1000 * 300
    part = secure.client.get(f"/api/v1/jobs/{job_id}/stems/vocals", headers={"Range": "bytes=6-11"})
    assert (part.status_code, part.content) == (206, b"vocals")
    assert stem.headers["strict-transport-security"]


def test_plain_http_is_sent_to_https(secure):
    answer = httpx.get(f"{secure.redirect_url}/api/v1/jobs?limit=2")
    assert answer.status_code == 308
    assert answer.headers["location"] == f"{secure.url}/api/v1/jobs?limit=2"
    assert httpx.post(f"{secure.redirect_url}/api/v1/transcribe", files={"file": b"song" * 1000}).status_code == 308
    with pytest.raises(httpx.HTTPError):
        httpx.get(f"http://127.0.0.1:{secure.port}/health", timeout=HANG_SEC)


@pytest.mark.filterwarnings("ignore:ssl.OP_NO")
def test_old_versions_are_refused(secure):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.options |= ssl.OP_NO_TLSv1_2 | ssl.OP_NO_TLSv1_3
    with pytest.raises(httpx.ConnectError):
        httpx.get(secure.url, verify=context)


def test_a_new_certificate_is_taken_on_sighup_and_a_broken_one_is_not(secure):
    kept = secure.client  # its connection lives on
    assert kept.get("/health/live").status_code == 200
    make_certificate(secure.folder, "second")
    secure.process.send_signal(signal.SIGHUP)
    wait_until(lambda: secure.common_name() == "second", "the new certificate")
    assert kept.get("/health/live").status_code == 200
    (secure.folder / "certificate.pem").write_text("no certificate")
    secure.process.send_signal(signal.SIGHUP)
    wait_until(lambda: "stays as it was" in secure.log_tail(), "the complaint")
    assert secure.common_name() == "second"
    assert secure.process.poll() is None


def test_a_certificate_without_its_key_is_refused_at_start(secure, tmp_path):
    make_certificate(tmp_path, "alone")
    refused = secure.run("serve", TLS_CERTIFICATE=tmp_path / "certificate.pem", TLS_KEY=tmp_path / "missing.pem", API_PORT=0)
    assert refused.returncode != 0
    assert "TLS_KEY" in refused.stderr
