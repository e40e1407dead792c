"""Names from all over the world, and bytes that are none: what comes out is always UTF-8, and a line stays a line."""

import json
from urllib.parse import unquote

import pytest
from api_service import assert_error, check_error, fake_song

FORM = "multipart/form-data; boundary=xyz"
NAMES = [
    "Größe.wav",
    "夜に駆ける.wav",
    "\U0001f3b5\U0001f468\u200d\U0001f469\u200d\U0001f467.wav",  # joined by invisible letters
    "e\u0301le\u0301gie.wav",  # decomposed
    "\u202egnos.wav",  # from right to left
    "..\\windows\\song.wav",
    "../../../etc/passwd",
    "C:song.wav",
    "100% ; rm -rf ~ $(id) `id` 'x'.wav",
    ".wav",
    "..",
    "-rf",
    "a" * 251 + ".wav",
]


def post(service, *parts: tuple[bytes, bytes]):
    """Parts of (the rest of the Content-Disposition, data)."""
    body = b"".join(b"--xyz\r\nContent-Disposition: form-data; " + head + b"\r\n\r\n" + data + b"\r\n" for head, data in parts)
    return service.client.post("/api/v1/transcribe", content=body + b"--xyz--\r\n", headers={"Content-Type": FORM})


@pytest.fixture(scope="module")
def a_job(service) -> str:
    return service.completed()


@pytest.mark.parametrize("name", NAMES)
def test_file_names_are_data(service, name):
    response = post(service, (b'name="file"; filename="' + name.encode() + b'"', fake_song()))
    assert response.status_code == 202, response.text
    job = response.json()
    assert job["input_filename"] == name
    assert service.wait_for(job["job_id"])["status"] == "completed"
    assert all(".." not in path for path in service.job_files(job["job_id"]))
    stem = service.client.get(f"/api/v1/jobs/{job['job_id']}/stems/vocals")
    assert stem.status_code == 200
    disposition = stem.headers["content-disposition"]
    plain = disposition.partition('filename="')[2].partition('"')[0]
    assert plain.isascii() and plain.endswith(" - vocals.mp3")
    assert "/" not in plain and "\\" not in plain
    if "filename*" in disposition:
        assert "/" not in unquote(disposition.partition("filename*=UTF-8''")[2])


def test_a_file_name_of_another_coding_is_taken_as_far_as_it_goes(service):
    response = post(service, (b'name="file"; filename="caf\xe9 \xff.wav"', fake_song()))
    assert response.status_code == 202
    job = json.loads(response.content.decode())  # strictly UTF-8
    assert job["input_filename"] == "caf\ufffd \ufffd.wav"
    for path in ("/api/v1/jobs", f"/api/v1/jobs/{job['job_id']}", "/api/v1/jobs?q=caf"):
        assert service.client.get(path).content.decode()


@pytest.mark.parametrize("field", ["name", "callback_url", "stages"])
def test_other_text_that_is_not_utf8_is_refused(service, field):
    response = post(service, (f'name="{field}"'.encode(), b"x\xc0\xaf"), (b'name="file"; filename="a.wav"', fake_song()))
    assert_error(response, 422, "invalid_argument", field)


def test_the_name_of_an_unknown_field_does_not_break_the_answer(service):
    response = post(service, (b'name="\xff\xfe"', b"x"), (b'name="file"; filename="a.wav"', fake_song()))
    assert_error(response, 422, "invalid_argument", "\ufffd\ufffd")


@pytest.mark.parametrize("query", ["q=%ff%fe", "q=x%00y", "q=%ed%a0%80", "q=%25_!%27%22%3b--", "q=" + "%f0%9f%8e%b5" * 200])
def test_searches_for_anything_are_answered(service, query):
    assert service.client.get(f"/api/v1/jobs?{query}").json()["jobs"] == []


@pytest.mark.parametrize("key", ["%ff", "%00", "a%20b", "%0a"])
def test_idempotency_keys_that_nobody_can_use_find_nothing(service, key):
    assert service.client.get(f"/api/v1/jobs?idempotency_key={key}").json() == {"jobs": [], "next_cursor": None}


def test_a_message_of_the_tool_is_a_line_that_obeys_nobody(service):
    job_id = service.submit(end="fail", message="no \x1b[2J\x07 \u009b31m\u202e at \t all")
    message = service.wait_for(job_id, "failed")["error_message"]
    assert message.endswith("stemscribe: no  [2J   31m\u202e at   all")


@pytest.mark.parametrize("log_format", ["json", "text"])
def test_nobody_writes_lines_into_the_log(start_service, log_format):
    service = start_service(LOG_FORMAT=log_format)
    forged = b'{"level":"ERROR","message":"forged"}'
    for head in (
        b"GET /%0a" + forged.replace(b'"', b"%22") + b"%0d%0a HTTP/1.1\r\nUser-Agent: a\xff\xfe\x9b\r\n",
        b"GET /\xff\xfe\xc2\x85forged HTTP/1.1\r\nX-Request-ID: x\ty\r\n",
    ):
        assert service.raw(head + b"Host: localhost\r\nConnection: close\r\n\r\n")[0] == 404
    assert service.raw(b"GET / HTTP/1.1\r\nHost: localhost\r\nUser-Agent: a\n" + forged + b"\r\n\r\n")[0] == 400
    service.upload(fake_song(), f"a{chr(0x2028)}b.wav")
    service.stop()
    lines = service.log.read_bytes().decode().split("\n")  # strictly UTF-8
    assert all(line.startswith("{" if log_format == "json" else "20") for line in lines if line)
    if log_format == "json":
        assert "forged" not in [json.loads(line)["message"] for line in lines if line]


@pytest.mark.parametrize(
    "name",
    ["piano", "VOCALS", "vocals.mp3", "vocals%00", "vocals%00.mp3", "..", "%2e%2e", "..%2f..%2finput%2fsong.mp3", "%2e%2e%2fchords%2fchords.json",
     "..%5c..%5cinput", "/etc/passwd", "%2fetc%2fpasswd", "%ff", "vocals%0d%0aX-Evil: 1", "chords.json", "a" * 5000],
)  # fmt: skip
def test_stems_that_are_none(service, a_job, name):
    head = f"GET /api/v1/jobs/{a_job}/stems/{name.replace(' ', '%20')} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    status, headers, body = service.raw(head.encode())  # as it is: httpx would resolve the dots
    assert status == 404
    assert check_error(body, headers)["code"] in ("not_found", "job_not_found")
    assert "X-Evil" not in headers
