"""GET /api/v1/jobs: pages that hold still while jobs are added, and filters."""

import datetime

import pytest
from api_service import Service, fake_song


@pytest.fixture(scope="module")
def jobs(module_service) -> list[str]:
    """Ids, oldest first: of every third the job fails."""
    ids = [module_service.submit(end="fail" if n % 3 == 0 else "ok") for n in range(9)]
    for job_id in ids:
        module_service.wait_for(job_id)
    return ids


@pytest.fixture(scope="module")
def module_service(programs, fake_tool, tmp_path_factory) -> Service:
    service = Service(
        programs / "stemscribed", tmp_path_factory.mktemp("list"), STEMSCRIBE_BIN=fake_tool, MAX_CONCURRENT_JOBS=2
    ).start()
    yield service
    service.discard()


def get_page(service, **params) -> tuple[list[str], str | None]:
    response = service.client.get("/api/v1/jobs", params=params)
    assert response.status_code == 200, response.text
    body = response.json()
    assert set(body) == {"jobs", "next_cursor"}
    return [job["job_id"] for job in body["jobs"]], body["next_cursor"]


def get_all(service, between=lambda: None, **params) -> list[str]:
    found, cursor = get_page(service, **params)
    while cursor:
        between()
        more, cursor = get_page(service, **params, cursor=cursor)
        assert more
        found += more
    return found


def test_newest_first(module_service, jobs):
    assert get_page(module_service) == (jobs[::-1], None)


@pytest.mark.parametrize("limit", [1, 2, 4, 9, 100])
def test_pages_of_any_size_hold_them_all(module_service, jobs, limit):
    assert get_all(module_service, limit=limit) == jobs[::-1]


def test_filters(module_service, jobs):
    failed = jobs[::3]
    completed = [job for job in jobs if job not in failed]
    assert get_all(module_service, status="failed") == failed[::-1]
    assert get_all(module_service, status="completed", limit=2) == completed[::-1]
    assert get_all(module_service, status="failed,completed", limit=2) == jobs[::-1]
    assert get_all(module_service, status=["failed", "completed"]) == jobs[::-1]
    assert get_all(module_service, status="queued") == []


def test_filters_by_time(module_service, jobs):
    times = [module_service.job(job)["created_at"] for job in jobs]
    after = [job for job, time in zip(jobs, times, strict=True) if time >= times[4]]
    before = [job for job, time in zip(jobs, times, strict=True) if time < times[4]]
    assert get_all(module_service, created_after=times[4], limit=2) == after[::-1]
    assert get_all(module_service, created_before=times[4], limit=2) == before[::-1]
    assert get_all(module_service, created_after=times[4], created_before=times[4]) == []
    elsewhere = datetime.datetime.fromisoformat(times[4]).astimezone(datetime.timezone(datetime.timedelta(hours=5, minutes=30)))
    assert get_all(module_service, created_after=elsewhere.isoformat(timespec="milliseconds")) == after[::-1]


def test_a_search_is_by_words_of_names(module_service, jobs):
    def submit(filename: str, **options) -> str:
        return module_service.upload(fake_song(), filename, **options).json()["job_id"]

    halo = submit("01 Halo.wav", name="Beyoncé – Halo")
    deja = submit("Déjà Vu.wav")
    assert get_page(module_service, q="BEYONCE hal") == ([halo], None)
    assert get_page(module_service, q="halo 01") == ([halo], None)
    assert get_page(module_service, q="deja") == ([deja], None)
    assert get_page(module_service, q="halo deja") == ([], None)
    assert get_page(module_service, q="%") == ([], None)
    assert get_page(module_service, q="é" * 200) == ([], None)
    assert get_all(module_service, q="wav", limit=4) == [deja, halo, *jobs[::-1]]
    assert get_all(module_service, q="wav", status="failed", limit=2) == jobs[::3][::-1]
    for job_id in (halo, deja):
        module_service.wait_for(job_id)
        module_service.client.delete(f"/api/v1/jobs/{job_id}").raise_for_status()


def test_pages_hold_still_while_jobs_come_and_go(module_service, jobs):
    """The last one: it changes the list."""
    added = []
    found = get_all(module_service, between=lambda: added.append(module_service.submit()), limit=2)
    assert found == jobs[::-1]
    assert added
    first, cursor = get_page(module_service, limit=2)
    for job in first:
        module_service.wait_for(job)
        assert module_service.client.delete(f"/api/v1/jobs/{job}").status_code == 200
    assert get_page(module_service, limit=100, cursor=cursor)[0] == [*added[::-1], *jobs[::-1]][2:]
