"""Songs in parts: uploads that go on where they were cut."""

import json
import uuid

import pytest
from api_service import assert_error, fake_song, wait_until

PART = {"Content-Type": "application/octet-stream"}


def begin(client, **headers) -> str:
    response = client.post("/api/v1/uploads", headers=headers)
    assert response.status_code == 201, response.text
    body = response.json()
    assert body["offset"] == 0
    assert response.headers["location"] == f"/api/v1/uploads/{body['upload_id']}"
    return response.headers["location"]


def append(client, url: str, offset: int, data: bytes):
    return client.patch(url, content=data, headers={**PART, "Upload-Offset": str(offset)})


def transcribe(client, url: str, key: str | None = None, **fields):
    form = {"upload": url.rsplit("/", 1)[1], "filename": "Ballad.wav", **fields}
    files = {name: (None, value) for name, value in form.items() if value}
    return client.post("/api/v1/transcribe", files=files, headers={"Idempotency-Key": key} if key else None)


def parts_in(service, url: str) -> list:
    return list(service.storage.glob(f"uploads/*/{url.rsplit(chr(47), 1)[1]}/*"))


def test_a_song_in_three_parts_becomes_the_same_job(service):
    song = fake_song() + bytes(100_000)
    url = begin(service.client, **{"Upload-Length": str(len(song))})
    for start in range(0, len(song), 40_000):
        response = append(service.client, url, start, song[start : start + 40_000])
        assert response.status_code == 200, response.text
        assert response.headers["upload-offset"] == str(min(len(song), start + 40_000))
    head = service.client.head(url)
    assert (head.status_code, head.headers["upload-offset"]) == (200, str(len(song)))
    response = transcribe(service.client, url, name="Mine", stages="chords")
    assert response.status_code == 202, response.text
    job = response.json()
    assert (job["input_filename"], job["file_size"], job["name"]) == ("Ballad.wav", len(song), "Mine")
    assert job["options"]["stages"] == ["chords"]
    whole = service.upload(song, "Ballad.wav").json()["job_id"]
    sums = service.sql(f"SELECT content_sha256 FROM jobs WHERE id IN ('{job['job_id']}', '{whole}')")
    assert len(sums) == 2 and sums[0] == sums[1]
    assert service.wait_for(job["job_id"])["status"] == "completed"
    assert service.client.get(url).json()["offset"] == 0
    assert parts_in(service, url) == []


def test_a_song_that_is_not_whole_is_no_job(service):
    song = fake_song() + bytes(50_000)
    url = begin(service.client)
    append(service.client, url, 0, song[:30_000])
    for length in (len(song), 29_999):
        refused = transcribe(service.client, url, upload_length=str(length))
        assert_error(refused, 409, "conflict")
        assert refused.headers["upload-offset"] == "30000"
    for wrong in ("0", "-1", "many", "1.5"):
        assert_error(transcribe(service.client, url, upload_length=wrong), 422, "invalid_argument", "upload_length")
    append(service.client, url, 30_000, song[30_000:])
    response = transcribe(service.client, url, upload_length=str(len(song)))
    assert (response.status_code, response.json()["file_size"]) == (202, len(song))


def test_what_came_before_the_cut_is_kept(service):
    song = fake_song() + bytes(900_000)
    url = begin(service.client)
    connection = service.connect()
    head = f"PATCH {url} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/octet-stream\r\nUpload-Offset: 0\r\nContent-Length: {len(song)}\r\n\r\n"
    connection.sendall(head.encode() + song[:600_000])
    connection.close()
    wait_until(lambda: parts_in(service, url), "the part to be kept")
    offset = service.client.get(url).json()["offset"]
    assert 0 < offset <= 600_000
    assert append(service.client, url, offset, song[offset:]).json()["offset"] == len(song)
    job = transcribe(service.client, url).json()
    assert job["file_size"] == len(song)


def test_parts_go_where_the_last_ended(service):
    url = begin(service.client)
    assert append(service.client, url, 0, b"RIFF" * 10).status_code == 200
    for wrong in (0, 39, 41):
        response = append(service.client, url, wrong, b"x")
        assert_error(response, 409, "conflict")
        assert response.headers["upload-offset"] == "40"
    assert service.client.get(url).json()["offset"] == 40


@pytest.mark.parametrize("offset", ["", "-1", "1.5", "x", "99999999999999999999"])
def test_wrong_offsets(service, offset):
    response = service.client.patch(begin(service.client), content=b"x", headers={**PART, "Upload-Offset": offset})
    assert_error(response, 422, "invalid_argument", "Upload-Offset")


def test_refusals(service):
    url = begin(service.client)
    assert_error(service.client.patch(url, content=b"x", headers=PART), 422, "invalid_argument", "Upload-Offset")
    plain = {"Content-Type": "text/plain", "Upload-Offset": "0"}
    assert_error(service.client.patch(url, content=b"x", headers=plain), 415, "unsupported_media_type")
    assert_error(service.client.get("/api/v1/uploads/..%2Fjobs"), 404)
    assert_error(append(service.client, url, 0, b"Dear diary, " * 1000), 422, "invalid_audio_file")
    assert service.client.get(url).json()["offset"] == 0
    assert_error(transcribe(service.client, url), 422, "invalid_argument", "upload")
    assert_error(transcribe(service.client, "/x"), 422, "invalid_argument", "upload")
    append(service.client, url, 0, fake_song())
    assert_error(transcribe(service.client, url, filename=""), 422, "invalid_argument", "filename")
    both = {"file": ("a.wav", fake_song()), "upload": (None, url.rsplit("/", 1)[1]), "filename": (None, "a.wav")}
    assert_error(service.client.post("/api/v1/transcribe", files=both), 422, "invalid_argument", "upload")
    assert transcribe(service.client, url).status_code == 202


def test_what_is_too_large_is_refused(start_service):
    service = start_service(MAX_FILE_SIZE_MB=1)
    assert_error(service.client.post("/api/v1/uploads", headers={"Upload-Length": str(2**20 + 1)}), 413, "payload_too_large")
    url = begin(service.client, **{"Upload-Length": str(2**20)})
    assert_error(append(service.client, url, 0, bytes(2**20 + 1)), 413)
    assert append(service.client, url, 0, fake_song() + bytes(2**19)).status_code == 200
    offset = service.client.get(url).json()["offset"]
    assert_error(append(service.client, url, offset, bytes(2**20 - offset + 1)), 413, "payload_too_large")
    chunks = (bytes(2**16) for _ in range(17))
    response = service.client.patch(url, content=chunks, headers={**PART, "Upload-Offset": str(offset)})
    assert_error(response, 413)
    assert service.client.get(url).json()["offset"] == offset


def test_an_upload_can_be_given_up(service):
    url = begin(service.client)
    append(service.client, url, 0, fake_song())
    assert service.client.delete(url).status_code == 204
    assert parts_in(service, url) == []
    assert service.client.delete(url).status_code == 204


def test_unfinished_uploads_are_limited(start_service):
    service = start_service(MAX_UPLOADS=2)
    urls = [begin(service.client) for _ in range(3)]
    for url in urls[:2]:
        assert append(service.client, url, 0, fake_song()).status_code == 200
    assert_error(append(service.client, urls[2], 0, fake_song()), 429, "rate_limited")
    assert_error(service.client.post("/api/v1/uploads"), 429, "rate_limited")
    service.client.delete(urls[0])
    assert append(service.client, urls[2], 0, fake_song()).status_code == 200


def test_a_lost_answer_is_given_again(service):
    url = begin(service.client)
    append(service.client, url, 0, fake_song())
    key = str(uuid.uuid4())
    first = transcribe(service.client, url, key)
    again = transcribe(service.client, url, key)
    assert (first.status_code, again.status_code) == (202, 200)
    assert again.json()["job_id"] == first.json()["job_id"]


def test_an_upload_is_its_owners(start_service):
    service = start_service(AUTH="apikey")
    keys = [json.loads(service.run("keys", "create", name, "--json").stdout)["key"] for name in ("mine", "yours")]
    mine, yours = ({"X-API-Key": key} for key in keys)
    url = service.client.post("/api/v1/uploads", headers=mine).headers["location"]
    service.client.patch(url, content=fake_song(), headers={**PART, **mine, "Upload-Offset": "0"}).raise_for_status()
    assert service.client.get(url, headers=yours).json()["offset"] == 0
    service.client.delete(url, headers=yours)
    assert service.client.get(url, headers=mine).json()["offset"] == len(fake_song())
    assert_error(service.client.get(url), 401)
