"""The nginx configuration that is shipped, with TLS, in front of two real servers."""

import ssl
import subprocess
from pathlib import Path

import httpx
import pytest
from api_service import HANG_SEC, Service, fake_song, wait_until

from cluster.server_process import ServerProcess, free_port

SHIPPED = Path(__file__).resolve().parents[2] / "deploy/nginx/stemscribe.conf"
AROUND = """
daemon off;
user root;  # who may read pytest's folders
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr warn;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  include {folder}/stemscribe.conf;
}}
"""


class Nginx(ServerProcess):
    """What is shipped, but for ports, certificate and upstream."""

    name = "nginx"

    def __init__(self, folder: Path, upstream_ports: list[int], storage: Path | None = None):
        """`storage`: whose stems it sends itself (DOWNLOADS=nginx)."""
        super().__init__(folder)
        self.plain_port = free_port()
        certificate, key = folder / "fullchain.pem", folder / "privkey.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
             "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key, "-out", certificate],
            check=True, capture_output=True,
        )  # fmt: skip
        servers = "\n".join(f"    server 127.0.0.1:{port} max_fails=2 fail_timeout=5s;" for port in upstream_ports)
        changes = {
            "    server 127.0.0.1:8000 max_fails=2 fail_timeout=5s;   # one line for each `stemscribed serve`": servers,
            "listen 80;": f"listen 127.0.0.1:{self.plain_port};",
            "listen 443 ssl http2;": f"listen 127.0.0.1:{self.port} ssl http2;",
            "/etc/stemscribe/tls": str(folder),
        }
        if storage:
            changes["# location /.stemscribe/"] = "location /.stemscribe/"
            changes["/var/lib/stemscribe/storage/"] = f"{storage}/"
        text = SHIPPED.read_text()
        for shipped, ours in changes.items():
            assert text.count(shipped) >= 1, shipped
            text = text.replace(shipped, ours)
        (folder / "stemscribe.conf").write_text(text)
        (folder / "nginx.conf").write_text(AROUND.format(folder=folder))
        self.client = httpx.Client(
            base_url=f"https://127.0.0.1:{self.port}", verify=ssl.create_default_context(cafile=certificate), timeout=HANG_SEC
        )

    def command(self) -> list[str]:
        return ["nginx", "-c", str(self.folder / "nginx.conf"), "-p", str(self.folder), "-e", "stderr"]


@pytest.fixture(scope="module")
def servers(programs, fake_tool, tmp_path_factory):
    """Two servers of one installation: they share the folder and the database."""
    folder = tmp_path_factory.mktemp("servers")
    pair = [Service(programs / "stemscribed", folder, STEMSCRIBE_BIN=fake_tool).start() for _ in range(2)]
    yield pair
    for server in pair:
        server.discard()


@pytest.fixture(scope="module")
def nginx(servers, tmp_path_factory):
    with Nginx(tmp_path_factory.mktemp("nginx"), [server.port for server in servers]) as nginx:
        yield nginx


def upload(nginx, song: bytes) -> httpx.Response:
    return nginx.client.post("/api/v1/transcribe", files={"file": ("song.wav", song)})


def completed(nginx, **what) -> str:
    response = upload(nginx, fake_song(**what))
    assert response.status_code == 202, response.text
    job_id = response.json()["job_id"]
    wait_until(lambda: nginx.client.get(f"/api/v1/jobs/{job_id}").json()["status"] == "completed", "the job")
    return job_id


def test_plain_http_is_sent_to_https(nginx):
    answer = httpx.get(f"http://127.0.0.1:{nginx.plain_port}/api/v1/jobs?limit=3")
    assert answer.status_code == 301
    assert answer.headers["location"] == "https://127.0.0.1/api/v1/jobs?limit=3"


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def test_tls_and_its_headers(nginx):
    answer = nginx.client.get("/health")
    assert answer.status_code == 200
    assert "max-age=31536000" in answer.headers["strict-transport-security"]
    assert answer.headers["server"] == "nginx"
    for old in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = context.maximum_version = old
        with pytest.raises(httpx.ConnectError):
            httpx.get(str(nginx.client.base_url), verify=context)


def test_a_client_may_choose_the_id_of_its_request(nginx):
    assert nginx.client.get("/health", headers={"X-Request-ID": "mine-1"}).headers["x-request-id"] == "mine-1"
    assert len(nginx.client.get("/health").headers["x-request-id"]) > 8


def test_metrics_stay_inside(nginx):
    assert nginx.client.get("/metrics").status_code == 404


def test_a_song_of_nearly_100_mb_passes_and_a_larger_one_is_refused_early(nginx):
    assert upload(nginx, fake_song(size_bytes=100 * 1000 * 1000)).status_code == 202
    answer = upload(nginx, fake_song(size_bytes=102 * 1024 * 1024))
    assert answer.status_code == 413


def test_events_come_when_they_happen(nginx, tmp_path):
    gate = tmp_path / "go"
    job_id = upload(nginx, fake_song(wait_for=str(gate))).json()["job_id"]
    seen = []
    with nginx.client.stream("GET", f"/api/v1/jobs/{job_id}/events") as response:
        for line in response.iter_lines():
            if line.startswith("data:"):
                seen.append('"completed"' in line)
                gate.touch()  # the end cannot come before the first event has
    assert seen[-1]
    assert not seen[0]


def test_ranges_pass(nginx):
    path = f"/api/v1/jobs/{completed(nginx, size=400)}/stems/vocals"
    whole = nginx.client.get(path)
    part = nginx.client.get(path, headers={"Range": "bytes=1000000-1000009"})
    assert part.status_code == 206
    assert part.content == whole.content[1000000:1000010]
    assert nginx.client.get(path, headers={"If-None-Match": whole.headers["etag"]}).status_code == 304


def test_a_server_that_dies_is_not_missed(nginx, servers):
    servers[0].kill()
    try:
        assert {nginx.client.get("/api/v1/jobs").status_code for _ in range(20)} == {200}
    finally:
        port = servers[0].port
        servers[0].settings["API_PORT"] = port
        servers[0].start()


def test_one_address_cannot_flood(nginx):
    codes = {nginx.client.get("/health/live").status_code}
    for _ in range(2000):  # far more than a minute's share, on any machine
        codes.add(nginx.client.get("/health/live").status_code)
        if 429 in codes:
            break
    assert codes == {200, 429}


def test_nginx_sends_stems_itself_if_the_service_lets_it(programs, fake_tool, tmp_path):
    for name in ("service", "nginx"):
        (tmp_path / name).mkdir()
    settings = {"DOWNLOADS": "nginx", "AUTH": "apikey", "STEMSCRIBE_BIN": fake_tool}
    service = Service(programs / "stemscribed", tmp_path / "service", **settings).start()
    try:
        with Nginx(tmp_path / "nginx", [service.port], service.storage) as nginx:
            key = service.run("keys", "create", "somebody").stdout.split()[0]
            stranger = service.run("keys", "create", "stranger").stdout.split()[0]
            nginx.client.headers["X-API-Key"] = key
            job_id = completed(nginx, size=400)
            path = f"/api/v1/jobs/{job_id}/stems/vocals"
            (stem,) = service.storage.rglob("vocals.mp3")
            direct = httpx.get(service.url + path, headers={"X-API-Key": key})
            assert direct.content == b"" and direct.headers["x-accel-redirect"] == f"/.stemscribe/{stem.relative_to(service.storage)}"
            whole = nginx.client.get(path)
            assert whole.content == stem.read_bytes()
            for header in ("content-type", "content-disposition", "cache-control"):
                assert whole.headers[header] == direct.headers[header]
            assert "x-accel-redirect" not in whole.headers
            assert "strict-transport-security" in whole.headers
            part = nginx.client.get(path, headers={"Range": "bytes=1000000-1000009"})
            assert (part.status_code, part.content) == (206, whole.content[1000000:1000010])
            assert nginx.client.get(path, headers={"If-None-Match": whole.headers["etag"]}).status_code == 304
            assert nginx.client.head(path).headers["content-length"] == str(len(whole.content))
            assert nginx.client.get(f"/.stemscribe/{stem.relative_to(service.storage)}").status_code == 404, "nobody gets in there without us"
            assert nginx.client.get(path, headers={"X-API-Key": stranger}).status_code == 404
            assert nginx.client.get(path.replace("vocals", "piano")).status_code == 404
        service.stop()
    finally:
        service.discard()
