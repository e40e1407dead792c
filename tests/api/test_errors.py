"""Every way to be refused, each with its status and the one shape of errors."""

import json
import uuid

import httpx
import pytest
from api_service import assert_error, check_error, fake_song, files_below, read_response, wav_header

NOBODY = "550e8400-e29b-41d4-a716-446655440000"
BOUNDARY = "xyz"
FORM = f"multipart/form-data; boundary={BOUNDARY}"
MB = 1 << 20
JOB_PATHS = ("", "/results", "/events", "/stems/vocals", "/frames", "/chords", "/archive")


def part(name: str, data: bytes, filename: str | None = None) -> bytes:
    file = f'; filename="{filename}"' if filename is not None else ""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'
    return head.encode() + data + b"\r\n"


def form(*parts: bytes) -> bytes:
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


def post_form(service, body: bytes, content_type: str = FORM, **headers) -> httpx.Response:
    return service.client.post("/api/v1/transcribe", content=body, headers={"Content-Type": content_type, **headers})


def head_of_upload(*headers: str) -> bytes:
    lines = ["POST /api/v1/transcribe HTTP/1.1", "Host: x", f"Content-Type: {FORM}", *headers, "", ""]
    return "\r\n".join(lines).encode()


# Paths and methods


@pytest.mark.parametrize("path", ["/", "/nothing", "/api/v1", "/api/v1/job", "/api/v2/jobs", "/api/v1/jobs/a/b/c", "/docs/../etc/passwd"])
def test_unknown_paths(service, path):
    status, headers, body = service.raw(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
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
        (b"GET / HTTP/1.1\r\nHost: x\r\nbroken header\r\n\r\n", 400),
        (b"GET /api/v1/jobs/%zz HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"GET /health/live HTTP/9.9\r\nHost: x\r\n\r\n", 505),
        (b"GET /health/live HTTP/1.1\r\nHost: x\r\nX-Long: " + b"a" * 200_000 + b"\r\n\r\n", 431),
        (b"GET /health/live HTTP/1.1\r\nHost: x\r\n" + b"".join(b"X-%d: 1\r\n" % n for n in range(1000)) + b"\r\n", 431),
        (b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
        (b"POST /api/v1/transcribe HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        (b"POST /api/v1/transcribe HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n", 400),
        (b"POST /api/v1/transcribe HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (b"POST /api/v1/transcribe HTTP/1.1\r\nHost: x\r\nContent-Type: " + FORM.encode() + b"\r\n\r\n", 411),
    ],
    ids=["no request", "no colon", "bad escape", "version", "long header", "many headers", "long target", "two lengths",
         "negative length", "length and chunks", "no length"],
)  # fmt: skip
def test_malformed_requests(service, data, expected):
    status, headers, body = service.raw(data)
    assert status == expected
    check_error(body, headers)


# The form


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "application/x-www-form-urlencoded"])
def test_other_bodies_than_forms(service, content_type):
    assert_error(post_form(service, b'{"file": "song.mp3"}', content_type), 415, "unsupported_media_type")


def test_broken_json_is_no_form_either(service):
    assert_error(post_form(service, b'{"file": ', "application/json"), 415, "unsupported_media_type")


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data", form(part("file", b"x", "a.mp3"))),
        (FORM, b""),
        (FORM, b"no boundary at all"),
        (FORM, part("file", b"x", "a.mp3")),
        (FORM, f"--{BOUNDARY}\r\nContent-Disposition: form-data".encode()),
        (FORM, f"--{BOUNDARY}\r\nX: y\r\n\r\ndata\r\n--{BOUNDARY}--\r\n".encode()),
    ],
    ids=["no boundary named", "empty", "not its boundary", "no end", "cut in a header", "a part without a name"],
)
def test_broken_forms(service, content_type, body):
    assert_error(post_form(service, body, content_type), 400, "invalid_argument")


@pytest.mark.parametrize(
    ("parts", "field"),
    [
        ([part("name", b"x")], "file"),
        ([part("file", b"x")], "file"),
        ([part("file", b"", "a.mp3")], "file"),
        ([part("file", b"x", "")], "file"),
        ([part("file", b"x", "a" * 300)], "file"),
        ([part("stages", b"dancing"), part("file", b"x", "a.mp3")], "stages"),
        ([part("stages", b""), part("file", b"x", "a.mp3")], "stages"),
        ([part("stem_format", b"ogg"), part("file", b"x", "a.mp3")], "stem_format"),
        ([part("chord_vocabulary", b"jazz"), part("file", b"x", "a.mp3")], "chord_vocabulary"),
        ([part("name", b""), part("file", b"x", "a.mp3")], "name"),
        ([part("name", b"n" * 201), part("file", b"x", "a.mp3")], "name"),
        ([part("name", b"a\x00b"), part("file", b"x", "a.mp3")], "name"),
        ([part("name", b"n" * 10_000), part("file", b"x", "a.mp3")], "name"),
        ([part("tempo", b"fast"), part("file", b"x", "a.mp3")], "tempo"),
        ([part("name", b"a"), part("name", b"b"), part("file", b"x", "a.mp3")], "name"),
        ([part("callback_url", b"ftp://example.org/"), part("file", fake_song(), "a.wav")], "callback_url"),
        ([part("callback_url", b"http://127.0.0.1/"), part("file", fake_song(), "a.wav")], "callback_url"),
        ([part("callback_url", b"not a url"), part("file", fake_song(), "a.wav")], "callback_url"),
    ],
)  # fmt: skip
def test_wrong_fields(service, parts, field):
    assert_error(post_form(service, form(*parts)), 422, "invalid_argument", field)


def test_all_wrong_fields_are_told_at_once(service):
    body = form(part("stages", b"x"), part("stem_format", b"x"), part("file", fake_song(), "a.wav"))
    error = assert_error(post_form(service, body), 422, "invalid_argument")
    assert {detail["field"] for detail in error["details"]} == {"stages", "stem_format"}


def test_options_may_follow_the_file(service):
    response = post_form(service, form(part("file", fake_song(), "a.wav"), part("name", "später".encode())))
    assert response.status_code == 202
    assert response.json()["name"] == "später"
    wrong = post_form(service, form(part("file", fake_song(), "a.wav"), part("stem_format", b"x")))
    assert_error(wrong, 422, "invalid_argument", "stem_format")


@pytest.mark.parametrize("key", ["", "with space", "k" * 256])
def test_wrong_idempotency_keys(service, key):
    response = service.upload(fake_song(), headers={"Idempotency-Key": key})
    assert_error(response, 422, "invalid_argument", "Idempotency-Key")


# The song


@pytest.mark.parametrize(
    ("song", "filename"),
    [
        (b"Dear diary, today I renamed a letter.\n" * 100, "song.mp3"),
        (b"%PDF-1.4\n" + b"x" * 1000, "song.wav"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(1000), "song.flac"),
        (b"#!/bin/sh\nrm -rf /\n", "song.mp3"),
        (fake_song(probe="bad"), "song.wav"),
        (fake_song(probe="crash"), "song.wav"),
    ],
    ids=["text", "pdf", "png", "script", "not decodable", "crashes the probe"],
)
def test_files_that_are_no_songs(service, song, filename):
    assert_error(service.upload(song, filename), 422, "invalid_audio_file")


def test_text_as_a_song_names_the_field(service):
    assert_error(service.upload(b"just text " * 50, "song.mp3"), 422, "invalid_audio_file", "file")


def test_songs_that_are_too_long(start_service):
    service = start_service(MAX_DURATION_MIN=1)
    assert_error(service.upload(fake_song(duration=60.5)), 422, "invalid_audio_file", "file")
    assert service.upload(fake_song(duration=59.5)).status_code == 202
    service.stop()


def test_refused_uploads_leave_nothing(start_service):
    service = start_service()
    service.upload(b"text " * 1000, "song.mp3")
    service.upload(fake_song(), stem_format="x")
    post_form(service, part("file", bytes(100_000), "a.wav"))  # never ends
    with service.connect() as connection:
        connection.sendall(head_of_upload("Content-Length: 1000000") + part("file", bytes(300_000), "a.wav"))
    service.stop()  # which waits for all of them, and looks
    assert files_below(service.storage / "jobs") == set()
    assert service.sql("SELECT count(*) FROM jobs") == [(0,)]


# Too large


def test_too_large_by_its_length_is_refused_before_it_is_sent(service):
    with service.connect() as connection:
        connection.sendall(head_of_upload(f"Content-Length: {300 * MB}"))
        status, headers, body = read_response(connection)
    assert status == 413
    check_error(body, headers, "payload_too_large")


def test_too_large_is_refused_without_100_continue(service):
    with service.connect() as connection:
        connection.sendall(head_of_upload(f"Content-Length: {300 * MB}", "Expect: 100-continue"))
        status, headers, body = read_response(connection)  # 100 would be skipped, and this would wait for ever
    assert status == 413
    check_error(body, headers, "payload_too_large")


def test_100_continue(service):
    body = form(part("file", fake_song(), "a.wav"))
    with service.connect() as connection:
        connection.sendall(head_of_upload(f"Content-Length: {len(body)}", "Expect: 100-continue"))
        assert connection.recv(100).startswith(b"HTTP/1.1 100 Continue\r\n")
        connection.sendall(body)
        assert read_response(connection)[0] == 202


def test_too_large_while_it_comes_in_chunks(service):
    def song():
        yield part("file", wav_header(20 * MB), "a.wav")[:-2]
        for _ in range(20):
            yield bytes(MB)
        yield form(b"\r\n")

    assert_error(post_form(service, song()), 413, "payload_too_large")


def test_a_clever_length_does_not_help(service):
    """A little less than the limit of the body, but more than a song may have."""
    body = form(part("file", fake_song(size_bytes=4 * MB + 1000), "a.wav"))
    assert_error(post_form(service, body), 413, "payload_too_large", "file")
    assert service.upload(fake_song(size_bytes=4 * MB)).status_code == 202


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
