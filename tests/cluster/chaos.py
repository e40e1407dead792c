"""Many short jobs through a cluster while it is broken in all ways, again and again. Nothing may be lost.

    python -m cluster.chaos --jobs 300 --seed 1

prints what was done and what became of it; it fails if a promise was broken. The seed chooses the faults and the songs.
"""

import argparse
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

import httpx

from cluster.cluster import Cluster
from cluster.faults import LEASE_SEC, Faults

from api_service import fake_song, make_fake_tool, wait_until  # noqa: E402  (cluster.cluster adds the path)

NUM_SERVERS, NUM_WORKERS, NUM_CLIENTS = 2, 4, 4
END_SEC = 180  # for all jobs, once the faults are over
ENDS = ("ok",) * 8 + ("crash", "fail")


class Clients:
    """Upload songs until `count` are accepted; a refused or broken upload is tried again with the same key."""

    def __init__(self, cluster: Cluster, count: int, seed: int):
        self.cluster = cluster
        self.accepted: dict[str, str] = {}  # job id to how it is to end
        self.tries = Counter()
        self._todo = list(range(count))
        self._seed = seed
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._run) for _ in range(NUM_CLIENTS)]

    def start(self):
        for thread in self._threads:
            thread.start()

    def are_busy(self) -> bool:
        return any(thread.is_alive() for thread in self._threads)

    def _run(self):
        while True:
            with self._lock:
                if not self._todo:
                    return
                number = self._todo.pop()
            chance = random.Random(f"{self._seed}-{number}")
            self._upload(number, chance.choice(ENDS), chance.uniform(0, 0.6))

    def _upload(self, number: int, end: str, seconds: float):
        song = fake_song(end=end, seconds=seconds, number=number)
        key = {"Idempotency-Key": f"song-{self._seed}-{number}"}
        deadline = time.monotonic() + END_SEC
        while time.monotonic() < deadline:
            server = self.cluster.servers[(number + sum(self.tries.values())) % NUM_SERVERS]
            try:
                response = server.upload(song, headers=key)
            except httpx.TransportError:
                self.tries["broken"] += 1
                continue
            self.tries[response.status_code] += 1
            if response.status_code == 202:
                with self._lock:
                    self.accepted[response.json()["job_id"]] = end
                return
            assert response.status_code >= 500, response.text
            time.sleep(0.1)
        raise TimeoutError(f"song {number} was never accepted")


def final_states(cluster: Cluster) -> dict[str, tuple[str, str]]:
    rows = cluster.postgresql.query("SELECT id, status, error_message FROM jobs")
    return {row[0]: (row[1], row[2]) for row in rows}


def check(cluster: Cluster, accepted: dict[str, str]) -> Counter:
    """Every promise; gives what the jobs became."""
    wait_until(
        lambda: all(status in ("completed", "failed") for status, _ in final_states(cluster).values()), "all jobs to end", END_SEC
    )
    states = final_states(cluster)
    assert set(states) == set(accepted), "a job was lost, or made up"
    for job_id, (status, message) in states.items():
        wanted = "completed" if accepted[job_id] == "ok" else "failed"
        assert status == wanted or message, (job_id, accepted[job_id], status)
    completed = {job_id for job_id, (status, _) in states.items() if status == "completed"}
    assert not [job_id for job_id in completed if accepted[job_id] != "ok"], "a song that fails has a result"
    published = Counter(row[0] for row in cluster.postgresql.query("SELECT job_id FROM job_results"))
    assert set(published) == completed and set(published.values()) <= {1}
    for server, job_id in zip(cluster.servers * len(completed), sorted(completed), strict=False):
        stem = server.client.get(f"/api/v1/jobs/{job_id}/stems/vocals")
        assert stem.status_code == 200 and stem.content == b"vocals" * 1000, job_id
    return Counter(status for status, _ in states.values())


def orphans(cluster: Cluster, accepted: dict[str, str]) -> list[str]:
    """Blobs of no job, and of attempts that are over."""
    return [
        name for name in cluster.s3.blobs() if name.startswith("jobs/") and (name.split("/")[1] not in accepted or ".attempt-" in name)
    ]


def run(programs: Path, folder: Path, num_jobs: int, seed: int) -> dict:
    settings = {"STEMSCRIBE_BIN": make_fake_tool(folder), "LEASE_SEC": LEASE_SEC, "CLEANUP_INTERVAL_MIN": 0.02, "DATABASE_TIMEOUT_SEC": 5}
    with Cluster(programs, folder, NUM_SERVERS, NUM_WORKERS, **settings) as cluster:
        clients = Clients(cluster, num_jobs, seed)
        clients.start()
        faults = Faults(cluster, seed)
        faults.run_while(clients.are_busy)
        assert len(clients.accepted) == num_jobs
        became = check(cluster, clients.accepted)
        # An upload that broke may be somebody's for an hour; nothing else may be left.
        left = [name for name in orphans(cluster, clients.accepted) if ".attempt-" in name]
        connections = cluster.postgresql.num_clients()
        assert connections <= (NUM_SERVERS + NUM_WORKERS) * 8, connections
        assert cluster.redis.num_clients() <= (NUM_SERVERS + NUM_WORKERS) * 8
        cluster.stop()
        assert cluster.postgresql.num_clients() == 0
    return {
        "seed": seed,
        "jobs": dict(became),
        "faults": dict(faults.done),
        "uploads": {str(key): value for key, value in clients.tries.items()},
        "attempt blobs left": len(left),
        "connections": connections,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--programs", type=Path, default=Path(__file__).resolve().parents[2] / "build/bin")
    parser.add_argument("--jobs", type=int, default=300)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o711)
        for name, value in run(options.programs, Path(folder), options.jobs, options.seed).items():
            print(f"{name:20} {value}")


if __name__ == "__main__":
    sys.exit(main())
