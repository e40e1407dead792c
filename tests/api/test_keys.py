"""AUTH=apikey: who may do what, and that nobody sees another's jobs."""

import json
import os
import re
from pathlib import Path

import httpx
import pytest
import yaml
from api_service import HANG_SEC, Service, assert_error, fake_song, wait_until

CONTRACT = yaml.safe_load((Path(__file__).resolve().parents[2] / "src/api/openapi.yaml").read_text())
PUBLIC = {"/", "/health", "/health/live", "/health/ready", "/openapi.json", "/docs"}
FOR_ADMINS = {"/api/v1/admin/cleanup", "/metrics"}
OPERATIONS = [
    (method, path) for path, item in CONTRACT["paths"].items() for method in item if method in ("get", "post", "delete", "put", "patch")
]
OF_A_JOB = [(method, path) for method, path in OPERATIONS if "{job_id}" in path]


class Caller:
    """A client with a key of its own."""

    def __init__(self, service: Service, *flags: str):
        created = service.run("keys", "create", "somebody", "--json", *flags)
        assert created.returncode == 0, created.stderr
        document = json.loads(created.stdout)
        self.id, self.key = document["id"], document["key"]
        self.client = httpx.Client(base_url=service.url, timeout=HANG_SEC, headers={"X-API-Key": self.key})

    def upload(self, **what) -> httpx.Response:
        return self.client.post("/api/v1/transcribe", files={"file": ("song.wav", fake_song(**what))})

    def completed(self) -> str:
        response = self.upload()
        assert response.status_code == 202, response.text
        job_id = response.json()["job_id"]
        wait_until(lambda: self.client.get(f"/api/v1/jobs/{job_id}").json()["status"] == "completed", "the job")
        return job_id


@pytest.fixture(scope="module")
def keyed(programs, fake_tool, tmp_path_factory):
    folder = tmp_path_factory.mktemp("keyed")
    service = Service(programs / "stemscribed", folder, AUTH="apikey", STEMSCRIBE_BIN=fake_tool).start()
    yield service
    service.discard()


@pytest.fixture(scope="module")
def alice(keyed) -> Caller:
    return Caller(keyed)


@pytest.fixture(scope="module")
def song_of_alice(alice) -> str:
    return alice.completed()


def filled(path: str, job_id: str) -> str:
    names = {"job_id": job_id, "stem": "vocals"}
    return re.sub(r"\{(\w+)\}", lambda name: names.get(name[1], "x"), path)


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_without_a_key_only_public_routes_answer(keyed, song_of_alice, method, path):
    response = httpx.request(method, keyed.url + filled(path, song_of_alice), timeout=HANG_SEC)
    if path in PUBLIC or path.startswith("/docs/"):
        assert response.status_code == 200
    else:
        assert_error(response, 401, "unauthorized", "X-API-Key")
        assert response.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize(("method", "path"), OF_A_JOB)
def test_the_job_of_another_key_does_not_exist(keyed, song_of_alice, method, path):
    stranger = Caller(keyed)
    theirs = stranger.client.request(method, filled(path, song_of_alice))
    nobodys = stranger.client.request(method, filled(path, "00000000-0000-7000-8000-000000000000"))
    assert theirs.status_code == nobodys.status_code == 404
    assert theirs.json()["error"]["code"] == nobodys.json()["error"]["code"] == "job_not_found"
    assert theirs.json()["error"]["message"] == nobodys.json()["error"]["message"]


def test_lists_hold_the_callers_jobs_alone(keyed, alice, song_of_alice):
    stranger = Caller(keyed)
    own = stranger.completed()
    assert [job["job_id"] for job in stranger.client.get("/api/v1/jobs").json()["jobs"]] == [own]
    assert own not in [job["job_id"] for job in alice.client.get("/api/v1/jobs").json()["jobs"]]
    admin = Caller(keyed, "--scope", "admin")
    assert {own, song_of_alice} <= {job["job_id"] for job in admin.client.get("/api/v1/jobs").json()["jobs"]}


def test_the_owner_can_do_all_with_a_job(alice):
    job_id = alice.completed()
    for path in ("", "/results", "/stems/vocals", "/events"):
        assert alice.client.get(f"/api/v1/jobs/{job_id}{path}").status_code == 200, path
    assert alice.client.delete(f"/api/v1/jobs/{job_id}").status_code == 200


@pytest.mark.parametrize("path", sorted(FOR_ADMINS))
def test_operators_routes_need_an_admins_key(keyed, alice, path):
    method = "POST" if path.startswith("/api") else "GET"
    assert_error(alice.client.request(method, path), 403, "forbidden")
    assert Caller(keyed, "--scope", "admin").client.request(method, path).status_code == 200


def test_the_key_may_come_as_a_bearer_token(keyed, alice):
    for scheme in ("Bearer", "bearer"):
        answer = httpx.get(f"{keyed.url}/api/v1/jobs", headers={"Authorization": f"{scheme} {alice.key}"})
        assert answer.status_code == 200
    for wrong in (f"Basic {alice.key}", "Bearer", f"Bearer {alice.key}0", f"Bearer {alice.key[:-1]}"):
        assert_error(httpx.get(f"{keyed.url}/api/v1/jobs", headers={"Authorization": wrong}), 401, "unauthorized")


def test_a_revoked_key_ends_within_seconds(keyed):
    caller = Caller(keyed)
    assert caller.client.get("/api/v1/jobs").status_code == 200
    assert keyed.run("keys", "revoke", caller.id).returncode == 0
    wait_until(lambda: caller.client.get("/api/v1/jobs").status_code == 401, "the end of the key", 20)
    assert keyed.run("keys", "revoke", caller.id).returncode != 0


def test_a_rotated_key_keeps_its_jobs(keyed):
    caller = Caller(keyed)
    job_id = caller.completed()
    rotated = json.loads(keyed.run("keys", "rotate", caller.id, "--json").stdout)
    assert rotated["id"] == caller.id
    assert rotated["key"] != caller.key
    with_new = httpx.get(f"{keyed.url}/api/v1/jobs/{job_id}", headers={"X-API-Key": rotated["key"]})
    assert with_new.status_code == 200
    wait_until(lambda: caller.client.get("/api/v1/jobs").status_code == 401, "the end of the old secret", 20)


def test_secrets_are_not_kept(keyed, alice):
    secret = alice.key.encode()
    for file in keyed.folder.glob("*"):
        assert not file.is_file() or secret not in file.read_bytes(), file
    listed = keyed.run("keys", "list").stdout
    assert alice.id in listed
    assert alice.key not in listed


@pytest.mark.parametrize(
    ("flags", "what"), [(("--jobs-a-day", "2"), "jobs"), (("--minutes-a-day", "1"), "minutes of audio"), (("--mb-a-day", "1"), "bytes")]
)
def test_a_quota_ends_uploads_and_says_which(keyed, flags, what):
    caller = Caller(keyed, *flags)
    songs = {"jobs": {}, "minutes of audio": {"duration": 25.0}, "bytes": {"size_bytes": 450_000}}[what]
    answers = [caller.upload(**songs).status_code for _ in range(2)]
    assert answers == [202, 202]
    refused = caller.upload(**songs)
    error = assert_error(refused, 429, "rate_limited")
    assert f"{what} of today are used up" in error["message"]
    assert 0 < int(refused.headers["retry-after"]) <= 24 * 3600
    assert len(caller.client.get("/api/v1/jobs").json()["jobs"]) == 2


def test_a_retry_with_the_same_idempotency_key_costs_nothing(keyed):
    caller = Caller(keyed, "--jobs-a-day", "1")
    caller.client.headers["Idempotency-Key"] = "one"
    first, second = caller.upload(), caller.upload()
    assert (first.status_code, second.status_code) == (202, 200)
    assert first.json()["job_id"] == second.json()["job_id"]


def test_a_song_that_could_not_be_stored_costs_nothing(keyed):
    caller = Caller(keyed, "--jobs-a-day", "1")
    jobs, away = keyed.storage / "jobs", keyed.storage / "away"
    jobs.rename(away)
    jobs.touch()  # nothing can be put into it
    try:
        assert caller.upload().status_code >= 500
    finally:
        jobs.unlink()
        away.rename(jobs)
    assert caller.upload().status_code == 202


def test_an_idempotency_key_finds_no_job_of_another(keyed):
    callers = [Caller(keyed), Caller(keyed)]
    callers[0].client.headers["Idempotency-Key"] = "mine"
    job_id = callers[0].upload().json()["job_id"]
    found = [caller.client.get("/api/v1/jobs?idempotency_key=mine").json()["jobs"] for caller in callers]
    assert [[job["job_id"] for job in jobs] for jobs in found] == [[job_id], []]


def test_the_same_idempotency_key_of_two_callers_is_two(keyed):
    ids = set()
    for _ in range(2):
        caller = Caller(keyed)
        caller.client.headers["Idempotency-Key"] = "shared"
        ids.add(caller.upload().json()["job_id"])
    assert len(ids) == 2


@pytest.mark.parametrize(
    "arguments",
    [("a\nb",), (b"\xff",), ("x" * 300,), ("x", "--expires-days", "99999999999"), ("x", "--mb-a-day", "9000000000000"), ("x", "--jobs-a-day", "-1")],
)
def test_keys_that_make_no_sense_are_not_made(keyed, arguments):
    before = keyed.sql("SELECT count(*) FROM api_keys")
    assert keyed.run("keys", "create", *arguments).returncode != 0
    assert keyed.sql("SELECT count(*) FROM api_keys") == before


def test_each_action_on_a_key_has_its_line_in_the_log(keyed, tmp_path):
    log = tmp_path / "keys.log"

    def run(*arguments: str):
        return keyed.run("keys", *arguments, LOG_FILE=log)

    created = json.loads(run("create", "band", "--json").stdout)
    rotated = json.loads(run("rotate", created["id"], "--json").stdout)
    assert run("revoke", created["id"]).returncode == 0
    assert run("revoke", "nobody").returncode != 0
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    for message in ("key created", "key rotated", "key revoked"):
        [line] = [line for line in lines if line["message"] == message]
        assert line["key"] == created["id"]
        assert line["by_uid"] == os.getuid()
    for secret in (created["key"], rotated["key"]):
        assert secret not in log.read_text()


def test_the_log_names_who_deletes(keyed):
    boss = Caller(keyed, "--scope", "admin")
    job_id = boss.completed()
    deleted = boss.client.delete(f"/api/v1/jobs/{job_id}")
    assert deleted.status_code == 200
    assert boss.client.delete(f"/api/v1/jobs/{job_id}").status_code == 404
    assert boss.client.post("/api/v1/admin/cleanup", params={"dry_run": "true"}).status_code == 200
    cleaned = boss.client.post("/api/v1/admin/cleanup")
    assert cleaned.status_code == 200
    mine = [line for line in keyed.log_lines() if line.get("key") == boss.id]
    [line] = [line for line in mine if line["message"] == "job deleted"]
    assert (line["job_id"], line["request_id"]) == (job_id, deleted.headers["X-Request-ID"])
    [line] = [line for line in mine if line["message"] == "cleaned up"]
    assert line["request_id"] == cleaned.headers["X-Request-ID"]


def test_the_access_log_names_the_key(keyed):
    caller = Caller(keyed)
    request_id = caller.client.get("/api/v1/jobs").headers["x-request-id"]
    wait_until(lambda: [line for line in keyed.log_lines() if line.get("request_id") == request_id], "its line")
    [line] = [line for line in keyed.log_lines() if line.get("request_id") == request_id]
    assert (line["message"], line["key"]) == ("request", caller.id)


def test_the_songs_of_a_key_with_priority_are_taken_first(make_service, tmp_path):
    gate = tmp_path / "go"
    service = make_service(AUTH="apikey", MAX_CONCURRENT_JOBS=1).start()
    plain, urgent, boss = Caller(service), Caller(service, "--priority", "10"), Caller(service, "--scope", "admin")

    def job(job_id: str) -> dict:
        return boss.client.get(f"/api/v1/jobs/{job_id}").json()

    first = plain.upload(wait_for=str(gate)).json()["job_id"]
    wait_until(lambda: job(first)["status"] == "processing", "the first job")
    early, late, soon = (caller.upload().json()["job_id"] for caller in (plain, plain, urgent))
    assert [job(each)["queue_position"] for each in (soon, early, late)] == [1, 2, 3]
    gate.touch()
    wait_until(lambda: job(late)["status"] == "completed", "the last job")
    starts = [job(each)["started_at"] for each in (first, soon, early, late)]
    assert starts == sorted(set(starts))
    listed = json.loads(service.run("keys", "list", "--json").stdout)
    assert sorted(key["priority"] for key in listed) == [0, 0, 10]
    assert service.run("keys", "create", "x", "--priority", "1000").returncode == 2
