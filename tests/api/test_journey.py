"""A real song from upload to deletion, through the real tool, as a client sees it."""

import datetime
import gzip
import io
import json
import re
import zipfile
from collections.abc import Iterator

import httpx
import pytest
import soundfile
from api_service import Service, assert_error, files_below
from journey import Journey

STEMS = ("vocals", "bass", "drums", "other", "instrumental")
JOB_FIELDS = {
    "job_id", "status", "stage", "progress", "created_at", "started_at", "completed_at", "expires_at", "error_message", "error_code",
    "input_filename", "file_size", "name", "duration", "queue_position", "seconds_left", "options",
}  # fmt: skip
FRAME_FIELDS = ["t", "voiced", "f0_hz", "midi", "confidence", "level_db"]
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@pytest.fixture(scope="module")
def journey(make_journey_service, example_song) -> Journey:
    return Journey(make_journey_service, example_song.read_bytes())


@pytest.fixture(scope="module")
def make_journey_service(programs, tmp_path_factory) -> Iterator[Service]:
    service = Service(programs / "stemscribed", tmp_path_factory.mktemp("journey")).start()
    yield service
    try:
        service.stop()
    finally:
        service.discard()


def parse_time(text: str) -> datetime.datetime:
    assert text.endswith("Z")
    return datetime.datetime.fromisoformat(text)


def test_upload_is_accepted_with_a_job(journey):
    assert journey.accepted.status_code == 202
    assert journey.accepted.headers["location"] == journey.url
    assert journey.accepted.headers["x-request-id"]
    job = journey.accepted.json()
    assert set(job) == JOB_FIELDS
    assert UUID.fullmatch(job["job_id"])
    assert job["status"] in ("queued", "processing")
    assert job["input_filename"] == "My Sóng.mp3"
    assert job["file_size"] == len(journey.song)
    assert job["name"] == "First try"
    assert job["duration"] == pytest.approx(10.9, abs=0.1)
    assert job["completed_at"] is None
    assert job["error_message"] is None
    assert job["options"] == {
        "stages": ["separation", "transcription", "chords"],
        "stem_format": "mp3",
        "bitrate": 192,
        "chord_vocabulary": "submission",
    }


def test_results_wait_for_the_end(journey):
    error = assert_error(journey.early_results, 409, "conflict", field="status")
    assert error["details"][0]["message"] in ("queued", "processing")


def test_events_tell_smooth_progress_until_the_end(journey):
    ids = [int(event_id) for event_id, _ in journey.events]
    jobs = [job for _, job in journey.events]
    assert ids == sorted(set(ids))
    percents = [job["progress"] for job in jobs]
    assert percents == sorted(percents)
    assert percents[-1] == 100
    assert len(set(percents)) >= 5
    assert {job["stage"] for job in jobs} >= {"separation", None}
    assert [job["status"] for job in jobs if job["status"] == "completed"] == ["completed"]
    assert all(set(job) == JOB_FIELDS for job in jobs)


def test_events_after_the_end_tell_it_once_more(journey):
    last_id, last = journey.events[-1]
    assert list(journey.service.events(journey.job_id, last_id)) == [(last_id, last)]


def test_the_completed_job(journey):
    response = journey.get("")
    job = response.json()
    assert job == journey.events[-1][1]
    assert job["status"] == "completed"
    assert job["progress"] == 100
    assert job["stage"] is None
    assert parse_time(job["created_at"]) <= parse_time(job["started_at"]) <= parse_time(job["completed_at"])
    unchanged = journey.get("", headers={"If-None-Match": response.headers["etag"]})
    assert unchanged.status_code == 304
    assert unchanged.content == b""


def test_results_are_as_the_plan_says(journey):
    assert journey.results.status_code == 200
    document = journey.results.json()
    assert set(document) == {"job_id", "status", "results"}
    assert document["job_id"] == journey.job_id
    assert document["status"] == "completed"
    results = document["results"]
    assert results["stems"] == {name: f"{journey.url}/stems/{name}" for name in STEMS}
    assert results["processed_frames"] == f"{journey.url}/frames"
    assert results["chords"] == f"{journey.url}/chords"
    assert results["archive"] == f"{journey.url}/archive"
    metadata = results["metadata"]
    assert metadata["duration"] == pytest.approx(10.9, abs=0.1)
    assert metadata["num_frames"] == len(journey.get("/frames").json()["frames"])
    assert metadata["num_chords"] == len(journey.get("/chords").json()["chords"])
    assert isinstance(metadata["tempo_bpm"], float | int)
    etag = journey.results.headers["etag"]
    assert journey.get("/results", headers={"If-None-Match": etag}).status_code == 304


def test_nothing_of_the_machine_is_told(journey):
    assert str(journey.service.folder) not in journey.results.text + journey.get("").text


@pytest.mark.parametrize("name", STEMS)
def test_stem(journey, name):
    response = journey.stem(name)
    assert response.status_code == 200
    assert response.headers["content-type"] == "audio/mpeg"
    assert response.headers["accept-ranges"] == "bytes"
    assert response.headers["cache-control"] == "private, max-age=31536000, immutable"
    assert int(response.headers["content-length"]) == len(response.content)
    assert f'"First try - {name}.mp3"' in response.headers["content-disposition"]
    audio, rate_hz = soundfile.read(io.BytesIO(response.content))
    assert rate_hz == 44100
    assert len(audio) / rate_hz == pytest.approx(10.9, abs=0.2)
    head = journey.service.client.head(f"{journey.url}/stems/{name}")
    assert head.status_code == 200
    assert head.content == b""
    for header in ("content-length", "content-type", "etag", "last-modified", "content-disposition"):
        assert head.headers[header] == response.headers[header]


def raw_frames(journey, **headers) -> tuple[bytes, httpx.Headers]:
    """As they come over the wire, not decompressed."""
    with journey.service.client.stream("GET", f"{journey.url}/frames", headers=headers) as response:
        assert response.status_code == 200
        return b"".join(response.iter_raw()), response.headers


def test_frames_plain_and_compressed(journey):
    plain, plain_headers = raw_frames(journey, **{"Accept-Encoding": "identity"})
    packed, packed_headers = raw_frames(journey, **{"Accept-Encoding": "gzip"})
    assert "content-encoding" not in plain_headers
    assert packed_headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed) == plain
    assert len(packed) < len(plain) / 3
    assert plain_headers["etag"] != packed_headers["etag"]
    assert "accept-encoding" in packed_headers["vary"].lower()
    document = json.loads(plain)
    assert document["hop_sec"] == 0.01
    assert len(document["frames"]) == document["num_frames"] == round(document["duration"] * 100)
    assert list(document["frames"][7]) == FRAME_FIELDS
    assert document["frames"][7]["t"] == 0.07
    assert any(frame["voiced"] and 50 < frame["f0_hz"] < 2000 for frame in document["frames"])
    etag = packed_headers["etag"]
    assert journey.get("/frames", headers={"If-None-Match": etag, "Accept-Encoding": "gzip"}).status_code == 304


def test_a_part_of_the_frames(journey):
    frames = journey.get("/frames").json()["frames"]
    part = journey.get("/frames", params={"from": 2, "to": 3.5}).json()
    assert part["frames"] == frames[200:350]
    assert part["num_frames"] == 150
    assert journey.get("/frames", params={"from": 10}).json()["frames"] == frames[1000:]
    assert journey.get("/frames", params={"to": 0.05}).json()["frames"] == frames[:5]
    assert journey.get("/frames", params={"from": 100}).json()["frames"] == []
    assert journey.get("/frames", params={"from": 3, "to": 2}).json()["frames"] == []


def test_frames_as_columns(journey):
    frames = journey.get("/frames").json()
    columns = journey.get("/frames", params={"layout": "columns"})
    document = columns.json()
    assert document["columns"] == {field: [frame[field] for frame in frames["frames"]] for field in FRAME_FIELDS}
    assert {key: value for key, value in document.items() if key != "columns"} == {
        key: value for key, value in frames.items() if key != "frames"
    }
    assert columns.headers["content-encoding"] in ("gzip", "br")  # the client asks for it
    plain = journey.get("/frames", params={"layout": "columns"}, headers={"Accept-Encoding": "identity"})
    assert plain.json() == document and plain.headers["etag"] != columns.headers["etag"]
    part = journey.get("/frames", params={"layout": "columns", "from": 1, "to": 2}).json()
    assert part["columns"]["level_db"] == document["columns"]["level_db"][100:200]


@pytest.mark.parametrize(
    ("params", "field"),
    [({"from": "x"}, "from"), ({"from": "-1"}, "from"), ({"to": "nan"}, "to"), ({"layout": "rows"}, "layout")],
)
def test_wrong_frame_parameters(journey, params, field):
    assert_error(journey.get("/frames", params=params), 422, "invalid_argument", field)


def test_chords(journey):
    response = journey.get("/chords")
    assert response.headers["content-type"] == "application/json"
    document = response.json()
    chords = document["chords"]
    assert document["num_chords"] == len(chords) > 1
    assert chords[0]["start"] == 0
    assert all(left["end"] == right["start"] for left, right in zip(chords, chords[1:], strict=False))
    lab = journey.get("/chords", params={"format": "lab"})
    assert lab.headers["content-type"].startswith("text/plain")
    assert lab.text == "".join(f"{c['start']:.3f}\t{c['end']:.3f}\t{c['label']}\n" for c in chords)
    assert journey.get("/chords", headers={"If-None-Match": response.headers["etag"]}).status_code == 304
    assert_error(journey.get("/chords", params={"format": "xml"}), 422, "invalid_argument", "format")


def test_notes_as_json_and_midi(journey):
    response = journey.get("/notes")
    document = response.json()
    assert response.headers["content-type"] == "application/json"
    assert document["num_notes"] == len(document["notes"]) > 3
    assert journey.get("/results").json()["results"]["notes"] == f"{journey.url}/notes"
    midi = journey.get("/notes", params={"format": "midi"})
    assert midi.headers["content-type"] == "audio/midi"
    assert '"First try - vocals.mid"' in midi.headers["content-disposition"]
    assert midi.content.startswith(b"MThd") and midi.content.endswith(b"\xff\x2f\x00")
    assert journey.get("/notes", headers={"If-None-Match": response.headers["etag"]}).status_code == 304
    assert_error(journey.get("/notes", params={"format": "xml"}), 422, "invalid_argument", "format")


def test_archive_holds_it_all(journey):
    response = journey.get("/archive")
    assert response.headers["content-type"] == "application/zip"
    assert '"First try - stemscribe.zip"' in response.headers["content-disposition"]
    archive = zipfile.ZipFile(io.BytesIO(response.content))
    assert archive.testzip() is None
    assert set(archive.namelist()) == {
        *(f"separated/{name}.mp3" for name in STEMS),
        "transcription/frames.json",
        "transcription/notes.json",
        "transcription/vocals.mid",
        "chords/chords.json",
    }
    assert archive.read("separated/bass.mp3") == journey.stem("bass").content
    assert json.loads(archive.read("transcription/frames.json")) == journey.get("/frames").json()
    assert json.loads(archive.read("chords/chords.json")) == journey.get("/chords").json()


def test_the_job_is_listed(journey):
    jobs = journey.service.client.get("/api/v1/jobs").json()["jobs"]
    assert jobs == [journey.get("").json()]


def test_deleting_leaves_nothing(journey):
    """The last one: it takes the job away."""
    service = journey.service
    response = service.client.delete(journey.url)
    assert response.status_code == 200
    assert response.json() == {"job_id": journey.job_id, "deleted": True}
    for _ in range(2):
        assert_error(service.client.delete(journey.url), 404, "job_not_found")
    assert_error(journey.get(""), 404, "job_not_found")
    assert_error(journey.stem(), 404, "job_not_found")
    assert service.client.get("/api/v1/jobs").json() == {"jobs": [], "next_cursor": None}
    assert files_below(service.storage / "jobs") == set()
    service.check_no_leftovers()
