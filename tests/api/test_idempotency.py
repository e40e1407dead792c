"""The same request twice makes one job; another one under the same key is refused."""

import threading

from api_service import assert_error, fake_song


def upload(service, key: str, song: bytes = fake_song(), **options):
    return service.upload(song, headers={"Idempotency-Key": key}, **options)


def test_a_repeated_request_gets_the_first_job(service):
    first = upload(service, "repeat", name="one")
    again = upload(service, "repeat", name="one")
    assert (first.status_code, again.status_code) == (202, 200)
    assert again.json()["job_id"] == first.json()["job_id"]
    assert again.headers["location"] == first.headers["location"]
    service.wait_for(first.json()["job_id"], "completed")
    late = upload(service, "repeat", name="one")
    assert late.status_code == 200
    assert late.json()["status"] == "completed"
    assert service.sql("SELECT count(*) FROM jobs WHERE idempotency_key = 'repeat'") == [(1,)]


def test_another_request_under_the_key_is_refused(service):
    assert upload(service, "other", name="one").status_code == 202
    assert_error(upload(service, "other", name="two"), 409, "conflict")
    assert_error(upload(service, "other", fake_song(end="fail"), name="one"), 409, "conflict")


def test_without_a_key_each_request_is_a_new_job(service):
    jobs = {service.upload(fake_song()).json()["job_id"] for _ in range(3)}
    assert len(jobs) == 3


def test_the_key_of_a_deleted_job_is_free(service):
    first = upload(service, "free").json()["job_id"]
    service.wait_for(first, "completed")
    assert service.client.delete(f"/api/v1/jobs/{first}").status_code == 200
    second = upload(service, "free")
    assert second.status_code == 202
    assert second.json()["job_id"] != first


def test_a_race_makes_one_job_and_leaves_one_upload(service):
    responses = []
    threads = [threading.Thread(target=lambda: responses.append(upload(service, "race"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(response.status_code for response in responses) == [200] * 7 + [202]
    [job_id] = {response.json()["job_id"] for response in responses}
    service.wait_for(job_id, "completed")
    known = {row[0] for row in service.sql("SELECT id FROM jobs")}
    assert {path.name for path in (service.storage / "jobs").iterdir()} <= known


def test_who_lost_the_answer_can_ask_before_sending_again(service):
    def jobs_of(key: str) -> list[str]:
        page = service.client.get("/api/v1/jobs", params={"idempotency_key": key}).json()
        assert page["next_cursor"] is None
        return [job["job_id"] for job in page["jobs"]]

    assert jobs_of("lost & found") == []
    job_id = upload(service, "lost&found", name="one").json()["job_id"]
    upload(service, "another")
    assert jobs_of("lost&found") == [job_id]
    service.client.delete(f"/api/v1/jobs/{job_id}")
    assert jobs_of("lost&found") == []
    for wrong in ("", "k" * 256):
        assert_error(service.client.get("/api/v1/jobs", params={"idempotency_key": wrong}), 422, "invalid_argument", "idempotency_key")
