"""Many short jobs through a cluster while it is broken in all ways, again and again. Nothing may be lost.

    python -m cluster.chaos --jobs 300 --seed 1

prints what was done and what became of it; it fails if a promise was broken. The seed chooses the faults and the songs.
"""

import argparse
import itertools
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from cluster.audit import FINAL, Audit
from cluster.cluster import Cluster
from cluster.faults import LEASE_SEC, Faults
from cluster.proxy import Proxy, S3Proxy

from api_service import Service, fake_song, make_fake_tool, wait_until  # noqa: E402  (cluster.cluster adds the path)

NUM_SERVERS, NUM_WORKERS, NUM_CLIENTS = 2, 4, 8
LONGEST_SEC = 1.5  # of a job
END_SEC = 180  # for all jobs, once the faults are over
ENDS = ("ok",) * 8 + ("crash", "fail")


class BreakableCluster(Cluster):
    """Its programs reach PostgreSQL, Redis and the bucket through proxies."""

    def __init__(self, programs: Path, folder: Path, seed: int, **settings):
        self.proxies: dict[str, Proxy] = {}
        self._seed = seed
        super().__init__(programs, folder, NUM_SERVERS, NUM_WORKERS, **settings)

    @property
    def settings(self) -> dict:
        if not self.proxies:
            self.proxies = {
                "PostgreSQL": Proxy(self.postgresql.port),
                "Redis": Proxy(self.redis.port),
                "S3": S3Proxy(self.s3.port, self._seed),
            }
        urls = {"DATABASE_URL": self.postgresql, "QUEUE_URL": self.redis, "STORAGE_URL": self.s3}
        ways = zip(urls.items(), self.proxies.values(), strict=True)
        return {**super().settings, **{name: server.url.replace(f":{server.port}", f":{proxy.port}") for (name, server), proxy in ways}}

    def __enter__(self) -> "BreakableCluster":
        for proxy in self.proxies.values():
            proxy.start()
        return super().__enter__()

    def __exit__(self, *_):
        super().__exit__()
        for proxy in self.proxies.values():
            proxy.stop()


class Clients:
    """Upload one song after another and wait for its end, `count` of them at least, until they are told to stop. A refused
    or broken upload is tried again with the same key."""

    def __init__(self, cluster: Cluster, count: int, seed: int):
        self.cluster = cluster
        self.count = count
        self.accepted: dict[str, str] = {}  # job id to how it is to end
        self.tries = Counter()
        self._seed = seed
        self._numbers = itertools.count()
        self._may_stop = threading.Event()
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(NUM_CLIENTS)

    def start(self):
        self.running = [self._pool.submit(self._run) for _ in range(NUM_CLIENTS)]

    def are_busy(self) -> bool:
        return len(self.accepted) < self.count and not any(client.done() for client in self.running)

    def stop(self):
        """Raises what a client raised."""
        self._may_stop.set()
        self._pool.shutdown()
        for client in self.running:
            client.result()

    def _run(self):
        while len(self.accepted) < self.count or not self._may_stop.is_set():
            number = next(self._numbers)
            chance = random.Random(f"{self._seed}-{number}")
            job_id = self._upload(number, chance.choice(ENDS), chance.uniform(0, LONGEST_SEC))
            wait_until(lambda job_id=job_id: self._has_ended(job_id), f"the end of {job_id}", END_SEC)

    def _ask(self, ask: Callable[[Service], httpx.Response]) -> httpx.Response | None:
        """The answer, if there is one and it is not that the service is not available."""
        with self._lock:
            server = self.cluster.servers[sum(self.tries.values()) % NUM_SERVERS]
        try:
            response = ask(server)
        except httpx.TransportError:
            response = None
        with self._lock:
            self.tries[str(response.status_code) if response is not None else "broken"] += 1
        if response is None or response.status_code >= 500:
            time.sleep(0.1)
            return None
        return response

    def _upload(self, number: int, end: str, seconds: float) -> str:
        song = fake_song(end=end, seconds=seconds, number=number)
        key = {"Idempotency-Key": f"song-{self._seed}-{number}"}
        response = wait_until(lambda: self._ask(lambda server: server.upload(song, headers=key)), f"song {number} to be taken", END_SEC)
        assert response.status_code in (200, 202), response.text  # 200: it was taken before, and the answer lost
        job_id = response.json()["job_id"]
        with self._lock:
            self.accepted[job_id] = end
        return job_id

    def _has_ended(self, job_id: str) -> bool:
        response = self._ask(lambda server: server.client.get(f"/api/v1/jobs/{job_id}"))
        if response is None:
            return False
        assert response.status_code == 200, response.text
        time.sleep(0.1)
        return response.json()["status"] in FINAL


def tell_state(cluster: Cluster, clients: Clients):
    """For whoever reads why a run failed."""
    print("clients:", [client.exception() for client in clients.running if client.done()], dict(clients.tries))
    for row in cluster.postgresql.query(
        "SELECT status, publishing, lease_owner, attempt, count(*) FROM jobs GROUP BY 1, 2, 3, 4 ORDER BY count(*) DESC LIMIT 20"
    ):
        print("jobs:", *row)
    for process in (*cluster.workers, *cluster.servers):
        print(process.folder.name, "runs" if process.process.poll() is None else "has ended", process.log_tail(), sep="\n")


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
    songs = {name.split("/")[1] for name in cluster.s3.blobs() if "/input/" in name}
    assert set(states) <= songs, "a job has lost its song"
    completed = {job_id for job_id, (status, _) in states.items() if status == "completed"}
    assert not [job_id for job_id in completed if accepted[job_id] != "ok"], "a song that fails has a result"
    published = Counter(row[0] for row in cluster.postgresql.query("SELECT job_id FROM job_results"))
    assert set(published) == completed and set(published.values()) <= {1}
    for server, job_id in zip(cluster.servers * len(completed), sorted(completed), strict=False):
        stem = server.client.get(f"/api/v1/jobs/{job_id}/stems/vocals")
        assert stem.status_code == 200 and stem.content == b"vocals" * 1000, job_id
    return Counter(status for status, _ in states.values())


def sweep(cluster: Cluster, accepted: dict[str, str]) -> int:
    """How many folders uploads left that broke. They may be somebody's for an hour, so they are cleaned up by hand, and what
    attempts left goes by itself; then there is nothing that belongs to no job or no attempt."""
    wait_until(lambda: not [name for name in cluster.s3.blobs() if ".attempt-" in name], "the sweep of attempts", END_SEC)
    left = {name.split("/")[1] for name in cluster.s3.blobs() if name.startswith("jobs/")} - set(accepted)
    done = cluster.servers[0].run("cleanup", "--orphans-after", "0")
    assert done.returncode == 0, done.stderr
    blobs = [name for name in cluster.s3.blobs() if name.startswith("jobs/")]
    assert not [name for name in blobs if name.split("/")[1] not in accepted or ".attempt-" in name]
    return len(left)


def run(programs: Path, folder: Path, num_jobs: int, seed: int) -> dict:
    settings = {"STEMSCRIBE_BIN": make_fake_tool(folder), "LEASE_SEC": LEASE_SEC, "CLEANUP_INTERVAL_MIN": 0.02, "DATABASE_TIMEOUT_SEC": 5}
    with BreakableCluster(programs, folder, seed, **settings) as cluster:
        audit = Audit(cluster.postgresql)
        audit.start()
        clients = Clients(cluster, num_jobs, seed)
        clients.start()
        faults = Faults(cluster, audit, seed)
        try:
            faults.run_while(clients.are_busy)
            clients.stop()
        except BaseException:
            tell_state(cluster, clients)
            raise
        assert len(clients.accepted) >= num_jobs
        became = check(cluster, clients.accepted)
        counts = audit.check()
        assert counts["results"] == became["completed"]
        left = sweep(cluster, clients.accepted)
        connections = cluster.postgresql.num_clients()
        assert connections <= (NUM_SERVERS + NUM_WORKERS) * 8, connections
        assert cluster.redis.num_clients() <= (NUM_SERVERS + NUM_WORKERS) * 8
        cluster.stop()
        assert cluster.postgresql.num_clients() == 0
    return {
        "seed": seed,
        "jobs": dict(became),
        **counts,
        "faults": dict(faults.done),
        "connections broken": {name: dict(proxy.done) for name, proxy in cluster.proxies.items()},
        "answers": dict(clients.tries),
        "orphans swept": left,
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
