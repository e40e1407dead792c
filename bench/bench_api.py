#!/usr/bin/env python3
"""Measures stemscribed beside another server of the same API, in turn, and prints the ratios.

    bench_api.py BASELINE [--rounds 2] [--seconds 5] [--bin build/bin]

BASELINE is a folder with `app.py` (FastAPI, the same paths) and its `requirements.txt`, which are installed into a venv in
$STEMSCRIBE_CACHE. Both serve the same stem, and get the same uploads. Needs wrk, nginx and curl; peak memory needs root.
"""

import argparse
import asyncio
import json
import os
import re
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "api"))
from api_service import Service, wait_until, wav_header  # noqa: E402

MB = 1_000_000
CACHE = Path(os.environ.get("STEMSCRIBE_CACHE", Path.home() / ".cache" / "stemscribe"))
SLOW_CLIENTS, SLOW_SEC = 2000, 10
UPLOADS, UPLOADS_AT_ONCE = 5, 8
UNIT_SEC = {"us": 1e-6, "ms": 1e-3, "s": 1}


class Server:
    """A process that serves the API at host:port."""

    def __init__(self, name: str, process: subprocess.Popen, port: int, started_at: float):
        self.name, self.process, self.port = name, process, port
        self.url = f"http://127.0.0.1:{port}"
        wait_until(lambda: self.get("/health"), f"{name} to answer")
        self.start_sec = time.monotonic() - started_at

    def get(self, path: str) -> dict | None:
        run = subprocess.run(["curl", "-sf", self.url + path], capture_output=True)
        return json.loads(run.stdout) if run.returncode == 0 else None

    def upload(self, file: Path) -> tuple[float, dict]:
        """Seconds, and the job."""
        form = ["-H", "Expect:", "-F", f"file=@{file}", "-w", "\n%{time_total}", self.url + "/api/v1/transcribe"]
        out = subprocess.run(["curl", "-s", *form], capture_output=True, text=True, check=True).stdout
        body, _, seconds = out.rpartition("\n")
        return float(seconds), json.loads(body)

    def memory_mb(self, field: str) -> float:
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"^{field}:\s+(\d+) kB", text, re.MULTILINE)[1]) / 1024

    def written_mb(self) -> float:
        return int(re.search(r"^write_bytes: (\d+)", Path(f"/proc/{self.process.pid}/io").read_text(), re.MULTILINE)[1]) / MB

    def forget_peak(self):
        Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")

    def stop(self):
        self.process.terminate()
        self.process.wait(30)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def baseline_python(baseline: Path) -> Path:
    """A venv with its requirements, made once."""
    folder = CACHE / "bench-baseline-venv"
    if not (folder / "ready").exists():
        venv.create(folder, with_pip=True)
        subprocess.run([folder / "bin" / "pip", "-q", "install", "-r", baseline / "requirements.txt"], check=True)
        (folder / "ready").touch()
    return folder / "bin" / "python"


def start_baseline(baseline: Path, folder: Path, fixtures: Path) -> Server:
    python = baseline_python(baseline)
    port, started_at = free_port(), time.monotonic()
    command = [python, "-m", "uvicorn", "app:app", "--app-dir", baseline, "--port", str(port)]
    environment = {**os.environ, "DATA_DIR": str(folder), "FIXTURES_DIR": str(fixtures), "PYTHONDONTWRITEBYTECODE": "1"}
    process = subprocess.Popen([*command, "--no-access-log", "--log-level", "warning"], env=environment)
    return Server("FastAPI", process, port, started_at)


def start_ours(programs: Path, folder: Path, num_jobs: int) -> Server:
    folder.mkdir(exist_ok=True)
    started_at = time.monotonic()
    service = Service(programs / "stemscribed", folder, MAX_CONCURRENT_JOBS=num_jobs).start()
    return Server("stemscribed", service.process, service.port, started_at)


def start_nginx(folder: Path, file: Path) -> tuple[subprocess.Popen, str]:
    port = free_port()
    (folder / "nginx.conf").write_text(
        f"worker_processes 4; daemon off; pid {folder}/pid; error_log {folder}/log; events {{ worker_connections 1024; }}\n"
        f"http {{ access_log off; sendfile on; tcp_nopush on; server {{ listen 127.0.0.1:{port}; root {file.parent}; }} }}\n"
    )
    file.parent.chmod(0o755)
    process = subprocess.Popen(["nginx", "-p", folder, "-c", folder / "nginx.conf", "-g", "user root;"])
    url = f"http://127.0.0.1:{port}/{file.name}"
    wait_until(lambda: subprocess.run(["curl", "-sf", "-o", "/dev/null", url]).returncode == 0, "nginx")
    return process, url


def wrk(url: str, connections: int, seconds: int) -> dict:
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "--latency", url]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "Non-2xx" not in text, text

    def percentile(number: int) -> float:
        match = re.search(rf"^\s+{number}%\s+([\d.]+)(us|ms|s)", text, re.MULTILINE)
        return float(match[1]) * UNIT_SEC[match[2]] * 1000

    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1])
    return {"rate": rate, "p50_ms": percentile(50), "p99_ms": percentile(99)}


def early_refusal(server: Server) -> dict:
    """Sends a song of 300 MB until the answer is there."""
    head = (
        f"POST /api/v1/transcribe HTTP/1.1\r\nHost: x\r\nContent-Length: {300 * MB}\r\n"
        'Content-Type: multipart/form-data; boundary=x\r\n\r\n--x\r\nContent-Disposition: form-data; name="file"; '
        'filename="a.wav"\r\n\r\n'
    )
    sent, started_at = 0, time.monotonic()
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(head.encode() + wav_header(300 * MB))
        connection.setblocking(False)
        block = bytes(1 << 20)
        answer = b""
        while not answer and time.monotonic() - started_at < 60:
            try:
                answer = connection.recv(100)
            except BlockingIOError:
                pass
            try:
                sent += connection.send(block[: max(0, min(len(block), 300 * MB - sent))]) if sent < 300 * MB else 0
            except BlockingIOError:
                time.sleep(0.0005)
            except OSError:
                pass  # it has hung up; its answer is still to be read
    return {"refused_after_mb": sent / MB, "refused_after_ms": (time.monotonic() - started_at) * 1000, "answer": answer[:12].decode()}


async def slow_clients(port: int) -> list[float]:
    """Milliseconds of /health, on connections of its own, while so many others send a byte a second."""
    end = time.monotonic() + SLOW_SEC

    async def dawdle():
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            for byte in b"GET /health HTTP/1.1\r\nHost: x\r\nX-Slow: " + b"a" * 1000:
                if time.monotonic() > end:
                    break
                writer.write(bytes([byte]))
                await asyncio.sleep(1)
            writer.close()
        except OSError:
            pass

    others = [asyncio.create_task(dawdle()) for _ in range(SLOW_CLIENTS)]
    await asyncio.sleep(2)
    script = "import socket,sys,time\nfor _ in range(int(sys.argv[2])):\n t=time.monotonic()\n" \
        " with socket.create_connection(('127.0.0.1',int(sys.argv[1])),5) as c:\n" \
        "  c.sendall(b'GET /health HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n'); ok=c.recv(99).startswith(b'HTTP/1.1 200')\n" \
        " print((time.monotonic()-t)*1000 if ok else 9e9); time.sleep(0.05)\n"  # fmt: skip
    probe = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, str(port), str(15 * (SLOW_SEC - 4)), stdout=subprocess.PIPE
    )
    out, _ = await probe.communicate()
    await asyncio.gather(*others)
    return [float(line) for line in out.split()]


def measure(server: Server, job: str, song: Path, seconds: int) -> dict:
    found = {"start_ms": server.start_sec * 1000, "idle_mb": server.memory_mb("VmRSS")}
    status, health = wrk(f"{server.url}/api/v1/jobs/{job}", 32, seconds), wrk(f"{server.url}/health", 32, seconds)
    found |= {f"status_{key}": value for key, value in status.items()} | {"health_rate": health["rate"]}
    found["stem_rate"] = wrk(f"{server.url}/api/v1/jobs/{job}/stems/vocals", 8, seconds)["rate"]
    written = server.written_mb()
    found["upload_sec"] = statistics.median(server.upload(song)[0] for _ in range(UPLOADS))
    found["upload_written_mb"] = (server.written_mb() - written) / UPLOADS
    server.forget_peak()
    before = server.memory_mb("VmRSS")
    started_at = time.monotonic()
    with ThreadPoolExecutor(UPLOADS_AT_ONCE) as pool:
        list(pool.map(lambda _: server.upload(song), range(UPLOADS_AT_ONCE)))
    found["uploads_at_once_sec"] = time.monotonic() - started_at
    found["uploads_at_once_more_mb"] = server.memory_mb("VmHWM") - before
    found |= {key: value for key, value in early_refusal(server).items() if key != "answer"}
    times = asyncio.run(slow_clients(server.port))
    found["slow_clients_health_max_ms"] = max(times)
    return found


def make_fixtures(programs: Path, folder: Path, song: Path) -> str:
    """A job of ours with results; its stem is what the others serve, too."""
    server = start_ours(programs, folder / "ours", 1)
    form = ["-F", "stem_format=wav", "-F", f"file=@{song}", server.url + "/api/v1/transcribe"]
    job = json.loads(subprocess.run(["curl", "-s", *form], capture_output=True, check=True).stdout)["job_id"]
    wait_until(lambda: server.get(f"/api/v1/jobs/{job}")["status"] == "completed", "the transcription", 300)
    fixtures = folder / "fixtures"
    fixtures.mkdir()
    for name, path in (("stem.wav", "stems/vocals"), ("frames.json", "frames")):
        subprocess.run(["curl", "-sf", "-o", fixtures / name, f"{server.url}/api/v1/jobs/{job}/{path}"], check=True)
    server.stop()
    return job


def run(arguments: argparse.Namespace, folder: Path):
    example = arguments.bin.parent / "share" / "stemscribe" / "models" / "example.mp3"
    job = make_fixtures(arguments.bin, folder, example)
    stem = folder / "fixtures" / "stem.wav"
    upload = folder / "up50.wav"
    upload.write_bytes((wav_header(50 * MB - 44) + os.urandom(MB) * 50)[: 50 * MB])
    results: dict[str, list[dict]] = {"FastAPI": [], "stemscribed": []}
    nginx_rates = []
    for number in range(arguments.rounds):
        theirs = start_baseline(arguments.baseline, folder / f"baseline-{number}", folder / "fixtures")
        _, accepted = theirs.upload(stem)
        wait_until(lambda: theirs.get(f"/api/v1/jobs/{accepted['job_id']}")["status"] == "completed", "the baseline's job")
        results["FastAPI"].append(measure(theirs, accepted["job_id"], upload, arguments.seconds))
        theirs.stop()
        ours = start_ours(arguments.bin, folder / "ours", 0)
        results["stemscribed"].append(measure(ours, job, upload, arguments.seconds))
        ours.stop()
        nginx, url = start_nginx(folder, stem)
        nginx_rates.append(wrk(url, 8, arguments.seconds)["rate"])
        nginx.terminate()
        nginx.wait()
    medians = {
        name: {key: statistics.median(one[key] for one in rounds) for key in rounds[0]} for name, rounds in results.items()
    }
    print(f"\n| {arguments.rounds} rounds in turn, {os.cpu_count()} cores | FastAPI | stemscribed | ratio |\n| --- | --- | --- | --- |")
    for key, theirs in medians["FastAPI"].items():
        ours = medians["stemscribed"][key]
        print(f"| {key} | {theirs:.4g} | {ours:.4g} | {ours / theirs if theirs else float('inf'):.2f} |")
    print(f"| stem_rate beside nginx | {statistics.median(nginx_rates):.4g} | {medians['stemscribed']['stem_rate']:.4g} "
          f"| {medians['stemscribed']['stem_rate'] / statistics.median(nginx_rates):.2f} |")  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("baseline", type=lambda text: Path(text).resolve())
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--seconds", type=int, default=5, help="of each run of wrk")
    parser.add_argument("--bin", type=lambda text: Path(text).resolve(), default="build/bin")
    arguments = parser.parse_args()
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(limit, 8192), limit))
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        run(arguments, Path(folder))


if __name__ == "__main__":
    main()
