"""The same song with the same options is answered with the job that is done already."""

import pytest
from api_service import assert_error, fake_song


@pytest.fixture
def reusing(start_service):
    service = start_service(REUSE_RESULTS="true")
    yield service
    service.stop()


def done(service, song: bytes, **options) -> str:
    response = service.upload(song, **options)
    assert response.status_code == 202, response.text
    service.wait_for(response.json()["job_id"], "completed")
    return response.json()["job_id"]


def test_the_same_song_is_answered_with_the_finished_job(reusing):
    song = fake_song(5000, tag="one")
    first = done(reusing, song)
    again = reusing.upload(song, filename="another name.wav")
    assert again.status_code == 200
    assert again.json()["job_id"] == first
    assert again.json()["status"] == "completed"
    assert again.headers["location"] == f"/api/v1/jobs/{first}"
    assert len(reusing.client.get("/api/v1/jobs").json()["jobs"]) == 1
    reusing.check_no_leftovers()
    assert done(reusing, fake_song(5000, tag="two")) != first


@pytest.mark.parametrize("options", [{"stem_format": "flac"}, {"bitrate": "96"}, {"name": "Take two"}, {"callback_url": "http://127.0.0.1:9/x"}])
def test_what_asks_for_something_else_is_a_new_job(start_service, options):
    service = start_service(REUSE_RESULTS="true", WEBHOOK_ALLOW_PRIVATE="true")
    song = fake_song(tag="options")
    first = done(service, song)
    other = service.upload(song, **options)
    assert other.status_code == 202
    assert other.json()["job_id"] != first
    service.wait_for(other.json()["job_id"])
    service.stop()


def test_a_request_may_refuse(reusing):
    song = fake_song(tag="refuse")
    first = done(reusing, song)
    files = {"file": ("song.wav", song)}
    fresh = reusing.client.post("/api/v1/transcribe?reuse=false", files=files)
    assert fresh.status_code == 202
    assert fresh.json()["job_id"] != first
    assert_error(reusing.client.post("/api/v1/transcribe?reuse=perhaps", files=files), 422, field="reuse")
    reusing.wait_for(fresh.json()["job_id"])


def test_an_operator_may_make_it_the_exception(start_service):
    service = start_service(REUSE_RESULTS="false")
    song = fake_song(tag="exception")
    first = done(service, song)
    assert service.upload(song).status_code == 202
    again = service.client.post("/api/v1/transcribe?reuse=true", files={"file": ("song.wav", song)})
    assert again.status_code == 200
    assert again.json()["status"] == "completed"
    assert first
    service.stop()


def test_unfinished_failed_and_deleted_jobs_are_no_answer(reusing):
    failed = reusing.submit(end="fail")
    reusing.wait_for(failed, "failed")
    assert reusing.upload(fake_song(end="fail")).status_code == 202
    song = fake_song(tag="deleted")
    deleted = done(reusing, song)
    assert reusing.client.delete(f"/api/v1/jobs/{deleted}").is_success
    assert done(reusing, song) != deleted


def test_a_known_idempotency_key_has_its_own_answer(reusing):
    song = fake_song(tag="key")
    keyed = reusing.upload(song, headers={"Idempotency-Key": "k"}).json()["job_id"]
    reusing.wait_for(keyed, "completed")
    files = {"file": ("song.wav", song)}
    newer = reusing.client.post("/api/v1/transcribe?reuse=false", files=files).json()["job_id"]
    reusing.wait_for(newer, "completed")
    assert reusing.upload(song, headers={"Idempotency-Key": "k"}).json()["job_id"] == keyed
    assert reusing.upload(song, headers={"Idempotency-Key": "other"}).json()["job_id"] == newer


def test_a_result_of_another_version_is_not_reused(start_service):
    service = start_service(REUSE_RESULTS="true")
    song = fake_song(tag="old")
    first = service.upload(song).json()["job_id"]
    service.wait_for(first, "completed")
    assert service.upload(song).json()["job_id"] == first
    service.sql("UPDATE jobs SET program_version = '0.0.1'")
    assert service.upload(song).json()["job_id"] != first


def test_what_expires_soon_is_not_reused(start_service):
    service = start_service(REUSE_RESULTS="true", JOB_RETENTION_DAYS=7)
    song = fake_song(tag="old")
    first = service.upload(song).json()["job_id"]
    service.wait_for(first, "completed")
    service.sql(f"UPDATE jobs SET completed_at = completed_at - {6 * 86_400_000}")
    assert service.upload(song).json()["job_id"] == first
    service.sql(f"UPDATE jobs SET completed_at = completed_at - {86_400_000 // 2}")
    assert service.upload(song).json()["job_id"] != first
