"""Limits, full disks, retention."""

import contextlib
import datetime
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from api_service import assert_error, fake_song, files_below, wait_until

MB = 1 << 20
DAY_MS = 24 * 3600 * 1000
LONG_AGO = time.time() - 7 * 3600


@pytest.fixture
def small_disk(tmp_path) -> Iterator[Path]:
    """A file system of 16 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", folder], check=True)
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def test_a_nearly_full_disk_refuses_uploads(start_service):
    service = start_service(LOW_DISK_MB=9_999_999)
    assert_error(service.upload(fake_song()), 507, "storage_limit_exceeded")
    health = service.client.get("/health").json()
    assert health["status"] == "degraded"
    assert health["checks"]["room"]["ok"] is False
    assert service.client.get("/health/ready").status_code == 200  # what is there can be had, and deleted
    assert service.client.get("/health/live").status_code == 200
    wait_until(lambda: "the storage is nearly full" in service.log.read_text(), "a warning in the log")
    [line] = [line for line in service.log_lines() if line["message"] == "the storage is nearly full"]
    assert line["level"] == "WARNING"
    assert line["free_bytes"] > 0
    service.stop()


def test_a_full_storage_refuses_uploads(make_service):
    service = make_service(STORAGE_LIMIT_GB=1)
    old = service.storage / "jobs" / "550e8400-e29b-41d4-a716-446655440000" / "input"
    old.mkdir(parents=True)
    with (old / "song.wav").open("wb") as file:
        file.truncate((1 << 30) - 2 * MB)  # takes no room, but counts
    os.utime(old / "song.wav", (time.time() + 60,) * 2)  # else it is the leftover of an earlier process, and swept
    service.start()
    assert_error(service.upload(fake_song(size_bytes=3 * MB)), 507, "storage_limit_exceeded")
    assert service.upload(fake_song(size_bytes=MB)).status_code == 202
    usage = service.client.get("/health").json()["storage"]
    assert usage["limit_bytes"] == 1 << 30
    assert usage["used_bytes"] > (1 << 30) - 2 * MB
    service.stop()


def test_usage_is_kept_and_told(start_service):
    service = start_service()
    job_id = service.completed(size_bytes=MB)
    on_disk = sum(path.stat().st_size for path in service.storage.glob("jobs/**/*") if path.is_file())

    def used() -> int:
        return service.client.get("/health").json()["storage"]["used_bytes"]

    wait_until(lambda: used() == on_disk, "health to look again")
    metrics = service.client.get("/metrics").text
    assert f"{on_disk}" in metrics.replace(".0", "") or "e+" in metrics
    service.client.delete(f"/api/v1/jobs/{job_id}")
    wait_until(lambda: used() == 0, "the room to be free again")
    service.stop()


def test_a_disk_that_becomes_full_during_an_upload(start_service, small_disk):
    service = start_service(STORAGE_PATH=small_disk / "storage", MAX_FILE_SIZE_MB=50)
    service.storage = small_disk / "storage"

    def song():  # without a length, so nobody knows before
        head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'
        yield head + fake_song()
        for _ in range(40):
            yield bytes(MB)
        yield b"\r\n--x--\r\n"

    response = service.client.post(
        "/api/v1/transcribe", content=song(), headers={"Content-Type": "multipart/form-data; boundary=x"}
    )
    assert_error(response, 507, "storage_limit_exceeded")
    service.check_no_leftovers()
    assert files_below(service.storage / "jobs") == set()
    assert service.upload(fake_song(size_bytes=20 * MB)).status_code == 507  # by its length
    assert service.upload(fake_song(size_bytes=MB)).status_code == 202
    service.stop()


def test_a_disk_that_becomes_full_behind_our_back(start_service, small_disk):
    """The room was there when the upload began; somebody else took it."""
    service = start_service(STORAGE_PATH=small_disk / "storage")
    service.storage = small_disk / "storage"

    def song():
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n' + fake_song()
        yield bytes(MB)
        wait_until(lambda: files_below(service.storage / ".tmp"), "the upload to begin")
        # The upload may take some of the room meanwhile: write until there is none.
        with (small_disk / "other").open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(MB // 4))
        for _ in range(6):
            yield bytes(MB)
        yield b"\r\n--x--\r\n"

    response = service.client.post(
        "/api/v1/transcribe", content=song(), headers={"Content-Type": "multipart/form-data; boundary=x"}
    )
    assert_error(response, 507, "storage_limit_exceeded")
    (small_disk / "other").unlink()
    service.check_no_leftovers()
    service.stop()


def test_a_disk_that_becomes_full_during_a_job(start_service, small_disk):
    service = start_service(STORAGE_PATH=small_disk / "storage")
    service.storage = small_disk / "storage"
    job_id = service.submit(end="fill")
    job = service.wait_for(job_id, "failed")
    assert job["error_code"] == "storage_limit_exceeded"
    assert "disk became full" in job["error_message"]
    assert service.job_files(job_id) == {"input/song.wav"}
    assert shutil.disk_usage(small_disk).free > 15 * MB
    assert service.wait_for(service.submit())["status"] == "completed"
    service.stop()


def test_a_full_disk_of_the_database_and_the_log(start_service, small_disk):
    database, log = small_disk / "api.db", small_disk / "api.log"
    service = start_service(DATABASE_URL=f"sqlite:///{database}", LOG_FILE=log)
    before = service.completed()
    with (small_disk / "other").open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))
    statuses = {service.upload(fake_song()).status_code for _ in range(20)}
    assert 507 in statuses
    assert statuses <= {202, 507}, statuses  # the log of SQLite may have had some room
    assert service.client.get("/health/live").status_code == 200
    assert service.job(before)["status"] == "completed"
    (small_disk / "other").unlink()
    wait_until(lambda: service.client.get("/health/ready").status_code == 200, "room for the database")
    wait_until(lambda: service.client.get("/api/v1/jobs?status=queued,processing").json()["jobs"] == [], "the end of all jobs")
    assert service.client.get(f"/api/v1/jobs/{service.completed()}/chords").status_code == 200
    jobs = service.client.get("/api/v1/jobs?limit=100").json()["jobs"]
    assert {path.name for path in (service.storage / "jobs").iterdir()} == {job["job_id"] for job in jobs}
    assert all(job["status"] == "completed" for job in jobs), jobs
    service.stop()


def set_age(service, job_id: str, days: float):
    service.sql("UPDATE jobs SET completed_at = completed_at - ? WHERE id = ?", int(days * DAY_MS), job_id)


def test_a_new_database_does_not_cost_the_songs_of_the_old_one(make_service, tmp_path):
    """An operator starts it in another folder, where sqlite:///./api.db is another database: nothing may be lost."""
    service = make_service(CLEANUP_INTERVAL_MIN=0.01).start()
    job_id = service.completed()
    service.stop()
    files = service.job_files(job_id)
    right = service.settings["DATABASE_URL"]
    service.settings["DATABASE_URL"] = f"sqlite:///{tmp_path}/another.db"
    service.start()
    wait_until(lambda: "older than the database: they stay" in service.log.read_text(), "a sweep")
    assert service.client.post("/api/v1/admin/cleanup").json()["orphans"] == []
    service.stop()
    service.settings["DATABASE_URL"] = right
    service.start()
    assert service.job(job_id)["status"] == "completed"
    assert service.job_files(job_id) == files
    service.stop()


def test_retention(make_service):
    service = make_service(JOB_RETENTION_DAYS=3, CLEANUP_INTERVAL_MIN=1440)
    assert service.run("migrate").returncode == 0
    service.sql("UPDATE schema_migrations SET applied_at = 0")  # as if it had been there for years
    service.start()
    old, failed, young = service.completed(), service.submit(end="fail"), service.completed()
    service.wait_for(failed, "failed")
    set_age(service, old, 3.01)
    set_age(service, failed, 30)
    set_age(service, young, 2.9)
    orphan = service.storage / "jobs" / "550e8400-e29b-41d4-a716-446655440000" / "input" / "song.wav"
    orphan.parent.mkdir(parents=True)
    orphan.write_bytes(bytes(1000))
    for path in (orphan, orphan.parent, orphan.parent.parent):
        os.utime(path, (LONG_AGO, LONG_AGO))

    def cleanup(**params) -> dict:
        response = service.client.post("/api/v1/admin/cleanup", params=params)
        assert response.status_code == 200, response.text
        return response.json()

    would = cleanup(dry_run="true")
    assert would["dry_run"] is True
    assert set(would["expired_jobs"]) == {old, failed}
    assert would["orphans"] == [f"jobs/{orphan.parent.parent.name}"]
    assert would["bytes"] > 1000
    assert service.job(old)["status"] == "completed"
    assert orphan.exists()
    did = cleanup()
    assert did == {**would, "dry_run": False, "expired_jobs": did["expired_jobs"]}
    assert set(did["expired_jobs"]) == {old, failed}
    for job_id in (old, failed):
        assert_error(service.client.get(f"/api/v1/jobs/{job_id}"), 404, "job_not_found")
    assert {path.name for path in (service.storage / "jobs").iterdir()} == {young}
    assert cleanup() == {"dry_run": False, "expired_jobs": [], "orphans": [], "bytes": 0}
    service.stop()


def test_the_sweep_runs_by_itself(start_service):
    service = start_service(JOB_RETENTION_DAYS=1, CLEANUP_INTERVAL_MIN=0.01)
    job_id = service.completed()
    job = service.job(job_id)
    ended, expires = (datetime.datetime.fromisoformat(job[field]) for field in ("completed_at", "expires_at"))
    assert expires - ended == datetime.timedelta(days=1)
    set_age(service, job_id, 1.01)
    wait_until(lambda: service.client.get(f"/api/v1/jobs/{job_id}").status_code == 404, "the sweep")
    service.stop()
    assert files_below(service.storage / "jobs") == set()


def test_no_retention(start_service):
    service = start_service(JOB_RETENTION_DAYS=0)
    job_id = service.completed()
    assert service.job(job_id)["expires_at"] is None
    set_age(service, job_id, 5000)
    assert service.client.post("/api/v1/admin/cleanup").json()["expired_jobs"] == []
    assert service.job(job_id)["status"] == "completed"
    service.stop()


def test_cleanup_from_the_command_line(start_service):
    service = start_service(JOB_RETENTION_DAYS=1)
    job_id = service.completed()
    set_age(service, job_id, 2)
    service.stop()
    would = service.run("cleanup", "--dry-run")
    assert would.returncode == 0, would.stderr
    assert f"expired job {job_id}" in would.stdout
    assert service.sql("SELECT count(*) FROM jobs") == [(1,)]
    did = service.run("cleanup")
    assert f"expired job {job_id}" in did.stdout
    assert service.sql("SELECT count(*) FROM jobs") == [(0,)]
    assert files_below(service.storage / "jobs") == set()
