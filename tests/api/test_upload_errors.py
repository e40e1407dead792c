"""Every way in which an upload is refused."""

import gzip

import httpx
import pytest
from api_service import (
    assert_error,
    check_error,
    fake_song,
    files_below,
    read_response,
    wav_header,
)

BOUNDARY = "xyz"
FORM = f"multipart/form-data; boundary={BOUNDARY}"
MB = 1 << 20


def part(name: str, data: bytes, filename: str | None = None) -> bytes:
    file = f'; filename="{filename}"' if filename is not None else ""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'
    return head.encode() + data + b"\r\n"


def form(*parts: bytes) -> bytes:
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


def post_form(service, body: bytes, content_type: str = FORM, **headers) -> httpx.Response:
    return service.client.post("/api/v1/transcribe", content=body, headers={"Content-Type": content_type, **headers})


def head_of_upload(*headers: str) -> bytes:
    lines = ["POST /api/v1/transcribe HTTP/1.1", "Host: localhost", f"Content-Type: {FORM}", *headers, "", ""]
    return "\r\n".join(lines).encode()


# The form


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "application/x-www-form-urlencoded"])
def test_other_bodies_than_forms(service, content_type):
    assert_error(post_form(service, b'{"file": "song.mp3"}', content_type), 415, "unsupported_media_type")


@pytest.mark.parametrize("coding", ["gzip", "br", "identity, gzip"])
def test_compressed_bodies_are_refused(service, coding):
    """Whoever took them apart could be made to write a thousand times as much as was sent."""
    body = gzip.compress(form(part("file", fake_song(), "a.wav")))
    refused = post_form(service, body, **{"Content-Encoding": coding})
    assert_error(refused, 415, "unsupported_media_type")
    assert refused.headers["accept-encoding"] == "identity"
    url = service.client.post("/api/v1/uploads").headers["location"]
    headers = {"Content-Type": "application/octet-stream", "Upload-Offset": "0", "Content-Encoding": coding}
    assert_error(service.client.patch(url, content=body, headers=headers), 415, "unsupported_media_type")


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
        (FORM, f"--{BOUNDARY}\r\nX: {'y' * 1_000_000}".encode()),
        (FORM, f"--{BOUNDARY}\r\n".encode() + b"X: y\r\n" * 100_000),
        (FORM, form(*(part(f"f{n}", b"") for n in range(1000)))),
        (FORM, f"--{BOUNDARY}{' ' * 100_000}\r\n".encode()),
        (FORM[:-3] + "x" * 71, b"x"),
    ],
    ids=["no boundary named", "empty", "not its boundary", "no end", "cut in a header", "a part without a name",
         "a long header", "many headers", "many parts", "a long line", "a long boundary"],
)  # fmt: skip
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
        ([part("bitrate", b"100"), part("file", b"x", "a.mp3")], "bitrate"),
        ([part("bitrate", b"192kbit"), part("file", b"x", "a.mp3")], "bitrate"),
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
