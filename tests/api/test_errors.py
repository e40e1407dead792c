"""Every way to be refused, each with its status and the one shape of errors; test_upload_errors.py has those of uploads."""

import json
import uuid

import pytest
from api_service import assert_error, check_error

NOBODY = "550e8400-e29b-41d4-a716-446655440000"
FORM = "multipart/form-data; boundary=xyz"
JOB_PATHS = ("", "/results", "/events", "/stems/vocals", "/frames", "/chords", "/archive")


# Paths and methods


@pytest.mark.parametrize("path", ["/nothing", "/api/v1", "/api/v1/job", "/api/v2/jobs", "/api/v1/jobs/a/b/c", "/docs/../etc/passwd"])
def test_unknown_paths(service, path):
    status, headers, body = service.raw(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    assert status == 404
    check_error(body, headers, "not_found")


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("GET", "/api/v1/transcribe", {"POST", "OPTIONS"}),
        ("PUT", f"/api/v1/jobs/{NOBODY}", {"GET", "HEAD", "DELETE", "OPTIONS"}),
        ("POST", "/api/v1/jobs", {"GET", "HEAD", "OPTIONS"}),
        ("PATCH", "/health", {"GET", "HEAD", "OPTIONS"}),
        ("GET", f"/api/v1/jobs/{NOBODY}/cancel", {"POST", "OPTIONS"}),
        ("BREW", "/health", {"GET", "HEAD", "OPTIONS"}),
    ],
)
def test_wrong_methods(service, method, path, allow):
    response = service.client.request(method, path)
    assert_error(response, 405)
    assert set(response.headers["allow"].split(", ")) == allow


@pytest.mark.parametrize("path", JOB_PATHS)
@pytest.mark.parametrize("job_id", [NOBODY, "nonsense", "..%2f..%2fetc", "0", "550E8400-e29b-41d4-a716-44665544000"])
def test_unknown_jobs(service, path, job_id):
    assert_error(service.client.get(f"/api/v1/jobs/{job_id}{path}"), 404, "job_not_found")


def test_unknown_jobs_cannot_be_changed(service):
    assert_error(service.client.delete(f"/api/v1/jobs/{NOBODY}"), 404, "job_not_found")
    assert_error(service.client.post(f"/api/v1/jobs/{NOBODY}/cancel"), 404, "job_not_found")


def test_request_ids(service):
    first, second = service.client.get("/health/live"), service.client.get("/health/live")
    assert first.headers["x-request-id"] != second.headers["x-request-id"]
    given = service.client.get("/nothing", headers={"X-Request-ID": "my-own_id.7"})
    assert given.headers["x-request-id"] == "my-own_id.7"
    assert given.json()["error"]["request_id"] == "my-own_id.7"
    hostile = service.client.get("/nothing", headers={"X-Request-ID": '"><script>' + "x" * 500})
    assert "<" not in hostile.headers["x-request-id"]


# HTTP itself


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nbroken header\r\n\r\n", 400),
        (b"GET /api/v1/jobs/%zz HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        (b"GET /health/live HTTP/9.9\r\nHost: localhost\r\n\r\n", 505),
        (b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nX-Long: " + b"a" * 200_000 + b"\r\n\r\n", 431),
        (b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n" + b"".join(b"X-%d: 1\r\n" % n for n in range(1000)) + b"\r\n", 431),
        (b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", 414),
        (b"POST /api/v1/transcribe HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        (b"POST /api/v1/transcribe HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n", 400),
        (b"POST /api/v1/transcribe HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (b"POST /api/v1/transcribe HTTP/1.1\r\nHost: localhost\r\nContent-Type: " + FORM.encode() + b"\r\n\r\n", 411),
    ],
    ids=["no request", "no colon", "bad escape", "version", "long header", "many headers", "long target", "two lengths",
         "negative length", "length and chunks", "no length"],
)  # fmt: skip
def test_malformed_requests(service, data, expected):
    status, headers, body = service.raw(data)
    assert status == expected
    check_error(body, headers)


# Jobs


def test_results_of_a_job_at_work_and_of_a_failed_one(service, tmp_path):
    gate = tmp_path / "gate"
    job_id = service.submit(wait_for=str(gate), end="fail")
    url = f"/api/v1/jobs/{job_id}"
    service.wait_for(job_id, "processing")
    for path in ("/results", "/stems/vocals", "/frames", "/chords", "/archive"):
        error = assert_error(service.client.get(url + path), 409, "conflict", "status")
        assert "processing" in error["message"]
    gate.touch()
    service.wait_for(job_id, "failed")
    error = assert_error(service.client.get(f"{url}/results"), 409, "conflict", "status")
    assert "too strange" in error["message"]


@pytest.mark.parametrize("end", ["ok", "fail"])
def test_ended_jobs_cannot_be_cancelled(service, end):
    job_id = service.submit(end=end)
    before = service.wait_for(job_id)
    assert_error(service.client.post(f"/api/v1/jobs/{job_id}/cancel"), 409, "conflict")
    assert service.job(job_id) == before


def test_events_come_as_events_only(service):
    job_id = service.completed()
    response = service.client.get(f"/api/v1/jobs/{job_id}/events", headers={"Accept": "application/json"})
    assert_error(response, 406)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=ten", "limit"),
        ("limit=1.5", "limit"),
        ("cursor=abc", "cursor"),
        ("cursor=ff.nonsense", "cursor"),
        (f"cursor=zz.{uuid.UUID(int=1)}", "cursor"),
        ("status=sleeping", "status"),
        ("status=queued,", "status"),
        (f"q={'a' * 201}", "q"),
        ("created_after=yesterday", "created_after"),
        ("created_before=2026-13-01T00:00:00Z", "created_before"),
    ],
)
def test_wrong_list_parameters(service, query, field):
    assert_error(service.client.get(f"/api/v1/jobs?{query}"), 422, "invalid_argument", field)


def test_wrong_dry_run(service):
    assert_error(service.client.post("/api/v1/admin/cleanup?dry_run=maybe"), 422, "invalid_argument", "dry_run")


# Our own faults


def test_a_broken_database_is_no_news_to_clients(start_service):
    service = start_service()
    service.sql("ALTER TABLE jobs RENAME TO lost")
    response = service.client.get(f"/api/v1/jobs/{NOBODY}", headers={"X-Request-ID": "needle"})
    error = assert_error(response, 500 if response.status_code == 500 else 503)
    assert "sql" not in json.dumps(error).lower()
    assert "lost" not in json.dumps(error)
    assert "needle" in service.log.read_text()
    ready = service.client.get("/health/ready")
    assert ready.status_code == 503
    assert ready.json()["checks"]["database"]["ok"] is False
    service.sql("ALTER TABLE lost RENAME TO jobs")
    service.terminate()
    assert service.wait() == 0
