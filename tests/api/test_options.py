"""What a form may ask for comes out, through the real tool."""

import io
from collections.abc import Iterator

import pytest
import soundfile
from api_service import Service, assert_error


@pytest.fixture(scope="module")
def service(programs, tmp_path_factory) -> Iterator[Service]:
    service = Service(programs / "stemscribed", tmp_path_factory.mktemp("options")).start()
    yield service
    try:
        service.stop()
    finally:
        service.discard()


def test_only_what_is_asked_for(service, example_song):
    accepted = service.upload(example_song.read_bytes(), stages="chords", chord_vocabulary="full")
    job = service.wait_for(accepted.json()["job_id"], "completed")
    url = f"/api/v1/jobs/{job['job_id']}"
    results = service.client.get(f"{url}/results").json()["results"]
    assert results["stems"] == {}
    assert results["processed_frames"] is None
    assert results["chords"] == f"{url}/chords"
    assert results["metadata"]["num_frames"] == 0
    assert_error(service.client.get(f"{url}/stems/vocals"), 404, "not_found")
    assert_error(service.client.get(f"{url}/frames"), 404, "not_found")
    assert service.client.delete(url).status_code == 200


@pytest.mark.parametrize(
    ("options", "content_type", "sound"),
    [
        ({"stem_format": "flac"}, "audio/flac", ("FLAC", None)),
        ({"stem_format": "wav"}, "audio/wav", ("WAVEX", None)),
        ({"bitrate": "64"}, "audio/mpeg", ("MP3", 64_000)),
    ],
)
def test_stems_are_as_asked_for(service, example_song, options, content_type, sound):
    accepted = service.upload(example_song.read_bytes(), stages="separation", **options)
    job = service.wait_for(accepted.json()["job_id"], "completed")
    url = f"/api/v1/jobs/{job['job_id']}"
    stem = service.client.get(f"{url}/stems/drums")
    assert stem.headers["content-type"] == content_type
    form, bit_rate = sound
    info = soundfile.info(io.BytesIO(stem.content))
    assert info.format == form
    assert info.duration == pytest.approx(job["duration"], abs=0.1)
    if bit_rate:
        assert 8 * len(stem.content) / info.duration == pytest.approx(bit_rate, rel=0.05)
    assert service.client.delete(url).status_code == 200
