"""The service is killed with -9 again and again while jobs run: none is lost, none done twice visibly, nothing is left over.

STEMSCRIBE_KILLS sets how often (25); STEMSCRIBE_KILL_SEED the moments.
"""

import json
import os
import random
import threading
import time

import httpx
from api_service import fake_song, files_below

KILLS = int(os.environ.get("STEMSCRIBE_KILLS", 25))
SEED = int(os.environ.get("STEMSCRIBE_KILL_SEED", 7))
LIVES_UPLOADS = 8  # at most; so that some get through, however busy the machine is
OLD = time.time() - 7 * 3600  # older than any grace for files that may still be in use
STEM_FILES = {f"separated/{name}.mp3" for name in ("vocals", "bass", "drums", "other", "instrumental")}
OUTPUTS = {
    *STEM_FILES,
    "transcription/frames.json",
    "transcription/frames.json.gz",
    "transcription/notes.json",
    "transcription/vocals.mid",
    "chords/chords.json",
}


class Uploader:
    """Uploads songs until stopped; `accepted` are the jobs that the service has confirmed."""

    def __init__(self, seed: int):
        self.random = random.Random(seed)
        self.accepted: list[str] = []
        self.url = ""
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while not self.stopped.is_set():
            song = fake_song(
                size_bytes=self.random.choice([100, 200_000]), seconds=self.random.choice([0, 0, 0.1]), steps=3, size=20
            )
            try:
                response = httpx.post(f"{self.url}/api/v1/transcribe", files={"file": ("a.wav", song)}, timeout=20)
            except (httpx.HTTPError, httpx.InvalidURL):
                time.sleep(0.01)  # it is dead; the next one comes soon
                continue
            if response.status_code == 202:
                self.accepted.append(response.json()["job_id"])
            self.stopped.wait(self.random.uniform(0, 0.15))

    def stop(self):
        self.stopped.set()
        self.thread.join()


def check_published_once(service, ends: list[tuple]):
    """A callback is written in the transaction that ends a job, and an end is written once."""
    completions = {}
    for line in service.log_lines():
        if line.get("message", line.get("msg")) == "job ended" and line.get("status") == "completed":
            completions[line["job_id"]] = completions.get(line["job_id"], 0) + 1
    assert {job: count for job, count in completions.items() if count > 1} == {}
    assert len(ends) == len({row[0] for row in ends})


def test_kills_at_random_moments(make_service):
    moments = random.Random(SEED)
    service = make_service(MAX_CONCURRENT_JOBS=2).start()
    begun_at = time.monotonic()
    service.submit(size=20)
    lives_sec = max(0.5, LIVES_UPLOADS * (time.monotonic() - begun_at))
    service.kill()
    uploader = Uploader(SEED)
    seen_completed: dict[str, str] = {}
    try:
        for _ in range(KILLS):
            service.start()
            uploader.url = service.url
            time.sleep(moments.uniform(0, lives_sec))
            service.kill()
            # What was completed once stays just as it is.
            now = dict(service.sql("SELECT id, completed_at FROM jobs WHERE status = 'completed'"))
            assert seen_completed.items() <= now.items()
            seen_completed = now
    finally:
        uploader.stop()
    assert uploader.accepted, "no upload got through: the moments are too short"
    service.start()
    for job_id in uploader.accepted:
        service.wait_for(job_id, "completed")
    # Uploads that were taken, but whose answer the kill cut off, are jobs as well.
    rows = service.sql("SELECT id FROM jobs")
    for (job_id,) in rows:
        service.wait_for(job_id, "completed")
    assert set(uploader.accepted) <= {row[0] for row in rows}
    [(interrupted,)] = service.sql("SELECT count(*) FROM jobs WHERE attempt > 1")
    assert interrupted > 0, "no job was hit: the moments are badly chosen"
    check_published_once(service, service.sql("SELECT job_id FROM job_results"))
    for (job_id,) in rows[:: max(1, len(rows) // 10)]:
        results = service.client.get(f"/api/v1/jobs/{job_id}/results").json()["results"]
        assert len(results["stems"]) == 5
        assert service.client.get(results["stems"]["vocals"]).content == b"vocals" * 1000 * 20
    service.stop()

    for path in service.storage.rglob("*"):
        os.utime(path, (OLD, OLD))
    service.sql("UPDATE schema_migrations SET applied_at = 0")  # what is older than the database would stay
    cleanup = service.run("cleanup")
    assert cleanup.returncode == 0, cleanup.stderr
    service.check_no_leftovers()
    expected = {f"{job_id}/{file}" for (job_id,) in rows for file in {"input/song.wav", *OUTPUTS}}
    assert files_below(service.storage / "jobs") == expected
    assert json.loads(service.sql("SELECT result FROM job_results")[0][0])
