"""Runs the real service, and looks at what it does from the outside: HTTP, the disk, the processes."""

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx

HANG_SEC = 300  # longer than anything here takes, also where builds and trainings have the cores
ADDRESS = re.compile(r"stemscribed \S+ listens at https?://(\S+):(\d+)\n")
FINAL = ("completed", "failed", "cancelled")
INHERITED = ("PATH", "HOME", "LANG", "STEMSCRIBE_MODELS", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS")
INNER_FOLDERS = (".tmp", ".scratch")  # what nothing may be left in
FAKE_TOOL = Path(__file__).with_name("fake_tool.py")


def wait_until(condition: Callable, what: str, timeout_sec: float = HANG_SEC):
    """Polls until `condition()` is true, and returns it."""
    deadline = time.monotonic() + timeout_sec
    while not (value := condition()):
        assert time.monotonic() < deadline, f"timed out: {what}"
        time.sleep(0.02)
    return value


def wav_header(data_bytes: int) -> bytes:
    fmt = struct.pack("<HHIIHH", 1, 1, 8000, 16000, 2, 16)
    return b"RIFF" + struct.pack("<I", 36 + data_bytes) + b"WAVEfmt \x10\0\0\0" + fmt + b"data" + struct.pack("<I", data_bytes)


def fake_song(size_bytes: int = 0, **what) -> bytes:
    """A WAV file that tells fake_tool.py what to do, padded to `size_bytes`."""
    data = json.dumps(what).encode()
    data += bytes(max(len(data) % 2, size_bytes - 44 - len(data)))
    return wav_header(len(data)) + data


def make_fake_tool(folder: Path) -> Path:
    """A program `stemscribe` in `folder` that is fake_tool.py."""
    program = folder / "stemscribe"
    program.write_text(f"#!/bin/sh\nexec {sys.executable} -IS {FAKE_TOOL} \"$@\"\n")
    program.chmod(0o755)
    return program


def children_of(pid: int) -> list[int]:
    """All descendants, from /proc."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in map(int, task.read_text().split()):
                found += [child, *children_of(child)]
    return found


def is_probe(pid: int) -> bool:
    try:
        return b"--from-stdin" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def files_below(folder: Path) -> set[str]:
    """Files and links, relative to `folder`."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_symlink() or not path.is_dir()}


class Service:
    """One stemscribed with a folder of its own; may be stopped, killed and started again."""

    def __init__(self, program: Path, folder: Path, **settings):
        self.program = program
        self.folder = folder
        self.storage = folder / "storage"
        self.database = folder / "api.db"
        self.log = folder / "log.txt"
        self.settings = {
            "API_HOST": "127.0.0.1",
            "API_PORT": 0,
            "STORAGE_PATH": self.storage,
            "DATABASE_URL": f"sqlite:///{self.database}",
            "LOG_FILE": "",
            "REUSE_RESULTS": "false",  # tests send the same song again and again
            "LOW_DISK_MB": 0,
            "DRAIN_SEC": 0,
            **settings,
        }
        self.process: subprocess.Popen | None = None
        self.host, self.port = "", 0

    @property
    def environment(self) -> dict[str, str]:
        inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
        return {**inherited, **{name: str(value) for name, value in self.settings.items()}}

    def run(self, *arguments: str, **environment) -> subprocess.CompletedProcess:
        """Another command of the program, such as `cleanup`, with the same settings."""
        return subprocess.run(
            [self.program, *arguments],
            env={**self.environment, **{name: str(value) for name, value in environment.items()}},
            cwd=self.folder,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            text=True,
            timeout=HANG_SEC,
        )

    def start(self) -> "Service":
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [self.program, "serve"],
                env=self.environment,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        line = self.process.stdout.readline()
        address = ADDRESS.fullmatch(line)
        assert address, f"it did not start: {line!r}\n{self.log_tail()}"
        self.host, self.port = address[1], int(address[2])
        self.client = httpx.Client(base_url=self.url, timeout=HANG_SEC)
        return self

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)

    def wait(self) -> int:
        code = self.process.wait(timeout=HANG_SEC)
        self.process.stdout.close()
        self.client.close()
        return code

    def stop(self):
        """SIGTERM; nothing may be left of it: no process, no temporary file."""
        children = children_of(self.process.pid)
        self.terminate()
        code = self.wait()
        assert code == 0, self.log_tail()
        assert not [pid for pid in children if is_alive(pid)]
        self.check_no_leftovers()
        assert not list((self.storage / ".instances").iterdir())

    def kill(self):
        """SIGKILL to the service alone; its children die by themselves."""
        children = children_of(self.process.pid)
        self.process.kill()
        self.wait()
        wait_until(lambda: not [pid for pid in children if is_alive(pid)], "the end of the children")

    def discard(self):
        """For fixtures: whatever happened, it is gone."""
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.wait()

    def check_no_leftovers(self):
        for name in INNER_FOLDERS:
            assert files_below(self.storage / name) == set(), name
        assert not [path for path in self.storage.glob("jobs/*/.attempt-*")]

    def log_tail(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])

    def log_lines(self) -> list[dict]:
        return [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def running_children(self) -> list[int]:
        """All but the probe that waits for the next upload."""
        return [pid for pid in children_of(self.process.pid) if is_alive(pid) and not is_probe(pid)]

    # HTTP

    def upload(self, song: bytes, filename: str = "song.wav", headers: dict | None = None, **options) -> httpx.Response:
        return self.client.post("/api/v1/transcribe", files={"file": (filename, song)}, data=options, headers=headers)

    def submit(self, **what) -> str:
        """The id of a new job for the fake tool."""
        response = self.upload(fake_song(**what))
        assert response.status_code == 202, response.text
        return response.json()["job_id"]

    def job(self, job_id: str) -> dict:
        response = self.client.get(f"/api/v1/jobs/{job_id}")
        assert response.status_code == 200, response.text
        return response.json()

    def wait_for(self, job_id: str, *statuses: str, timeout_sec: float = HANG_SEC) -> dict:
        """The job once it has one of the statuses (default: any final one)."""
        wanted = statuses or FINAL

        def reached():
            job = self.job(job_id)
            assert job["status"] in wanted or job["status"] not in FINAL, job
            return job if job["status"] in wanted else None

        return wait_until(reached, f"job {job_id} to be {wanted}", timeout_sec)

    def completed(self, **what) -> str:
        job_id = self.submit(**what)
        self.wait_for(job_id, "completed")
        return job_id

    def connect(self) -> socket.socket:
        return socket.create_connection((self.host, self.port), timeout=HANG_SEC)

    def raw(self, data: bytes, method: str = "GET") -> tuple[int, http.client.HTTPMessage, bytes]:
        """Sends just these bytes on a connection of its own: status, headers, body."""
        with self.connect() as connection:
            connection.sendall(data)
            return read_response(connection, method)

    def events(self, job_id: str, last_id: str | None = None) -> Iterator[tuple[str, dict]]:
        """(id, job) of each event until the stream ends."""
        headers = {"Last-Event-ID": last_id} if last_id else {}
        with self.client.stream("GET", f"/api/v1/jobs/{job_id}/events", headers=headers) as response:
            assert response.status_code == 200
            assert response.headers["content-type"].startswith("text/event-stream")
            event = {}
            deadline = time.monotonic() + HANG_SEC
            for line in response.iter_lines():
                assert time.monotonic() < deadline, "no end of events"
                if line and not line.startswith(":"):
                    name, _, value = line.partition(":")
                    event[name] = value.removeprefix(" ")
                elif not line and event:
                    assert event["event"] == "progress"
                    yield event["id"], json.loads(event["data"])
                    event = {}

    # The disk and the database

    def job_files(self, job_id: str) -> set[str]:
        return files_below(self.storage / "jobs" / job_id)

    def sql(self, statement: str, *values) -> list[tuple]:
        with contextlib.closing(sqlite3.connect(self.database, timeout=HANG_SEC)) as database, database:
            return database.execute(statement, values).fetchall()


def read_response(connection: socket.socket, method: str = "GET") -> tuple[int, http.client.HTTPMessage, bytes]:
    response = http.client.HTTPResponse(connection, method=method)
    response.begin()
    return response.status, response.headers, response.read()


def check_error(body: bytes, headers, code: str | None = None, field: str | None = None) -> dict:
    """The one shape of all errors; returns what is in it."""
    assert headers["content-type"] == "application/json"
    document = json.loads(body)
    assert set(document) == {"error"}
    error = document["error"]
    assert set(error) == {"code", "message", "details", "request_id"}
    assert error["message"]
    assert error["request_id"] == headers["x-request-id"] != ""
    assert all(set(detail) == {"field", "message"} and detail["message"] for detail in error["details"])
    if code:
        assert error["code"] == code
    if field:
        assert field in [detail["field"] for detail in error["details"]]
    return error


def assert_error(response: httpx.Response, status: int, code: str | None = None, field: str | None = None) -> dict:
    assert response.status_code == status, response.text
    return check_error(response.content, response.headers, code, field)
