"""What the chaos suite does to a cluster. Each fault starts, lasts a while, and is put right again."""

import random
import threading
import time
from collections import Counter

from cluster.cluster import Cluster

LEASE_SEC = 3


class Faults:
    """Does faults one after the other on a thread of its own until stopped; `done` counts them."""

    def __init__(self, cluster: Cluster, seed: int):
        self.cluster = cluster
        self.random = random.Random(seed)
        self.done: Counter = Counter()
        self.errors: list[BaseException] = []
        self.kinds = (
            self.kill_worker,
            self.pause_worker,
            self.flush_redis,
            self.restart_redis,
            self.restart_postgresql,
            self.cut_connections,
            self.hang_s3,
            self.restart_s3,
        )
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "Faults":
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stopping.set()
        self._thread.join()

    def _run(self):
        kinds: list = []
        while not self._stopping.is_set():
            if not kinds:  # every kind comes as often
                kinds = self.random.sample(self.kinds, len(self.kinds))
            fault = kinds.pop()
            try:
                fault()
            except BaseException as error:  # noqa: BLE001: told by the suite
                self.errors.append(error)
                return
            self.done[fault.__name__] += 1
            self._wait(self.random.uniform(0.1, 0.8))

    def _wait(self, seconds: float):
        self._stopping.wait(seconds)

    def kill_worker(self):
        worker = self.random.choice(self.cluster.workers)
        worker.kill()
        self._wait(self.random.uniform(0, 1))
        worker.start()

    def pause_worker(self):
        worker = self.random.choice(self.cluster.workers)
        worker.pause()
        time.sleep(LEASE_SEC + 1)  # in full, or it is no zombie
        worker.resume()

    def flush_redis(self):
        self.cluster.redis.flush()

    def restart_redis(self):
        self.cluster.redis.kill()
        self._wait(self.random.uniform(0, 2))
        self.cluster.redis.start()

    def restart_postgresql(self):
        self.cluster.postgresql.kill_at_once()
        self._wait(self.random.uniform(0, 2))
        self.cluster.postgresql.start()

    def cut_connections(self):
        self.cluster.postgresql.query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'stemscribed'"
        )
        self.cluster.redis.call("CLIENT", "KILL", "TYPE", "normal")
        self.cluster.redis.call("CLIENT", "KILL", "TYPE", "pubsub")

    def hang_s3(self):
        self.cluster.s3.pause()
        self._wait(self.random.uniform(0.5, 3))
        self.cluster.s3.resume()

    def restart_s3(self):
        self.cluster.s3.kill()
        self._wait(self.random.uniform(0, 1))
        self.cluster.s3.start()
