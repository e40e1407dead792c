"""What the chaos suite does to a cluster. Each fault starts, lasts a while, and is put right again."""

import random
import time
from collections import Counter
from collections.abc import Callable

from cluster.cluster import Cluster

LEASE_SEC = 3


class Faults:
    """Faults by a seed; `done` counts them. Use it on the thread that started the cluster: servers die with their thread."""

    def __init__(self, cluster: Cluster, seed: int):
        self.cluster = cluster
        self.random = random.Random(seed)
        self.done: Counter = Counter()
        self._kinds = (
            self.kill_worker,
            self.pause_worker,
            self.flush_redis,
            self.restart_redis,
            self.restart_postgresql,
            self.cut_connections,
            self.hang_s3,
            self.restart_s3,
        )

    def run_while(self, condition: Callable[[], bool]):
        """Every kind at least once, and as often as the others; then on while `condition()`."""
        while condition() or len(self.done) < len(self._kinds):
            for fault in self.random.sample(self._kinds, len(self._kinds)):
                fault()
                self.done[fault.__name__] += 1
                time.sleep(self.random.uniform(0.1, 0.8))

    def kill_worker(self):
        worker = self.random.choice(self.cluster.workers)
        worker.kill()
        time.sleep(self.random.uniform(0, 1))
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
        time.sleep(self.random.uniform(0, 2))
        self.cluster.redis.start()

    def restart_postgresql(self):
        self.cluster.postgresql.kill_at_once()
        time.sleep(self.random.uniform(0, 2))
        self.cluster.postgresql.start()

    def cut_connections(self):
        self.cluster.postgresql.query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'stemscribed'"
        )
        self.cluster.redis.call("CLIENT", "KILL", "TYPE", "normal")
        self.cluster.redis.call("CLIENT", "KILL", "TYPE", "pubsub")

    def hang_s3(self):
        self.cluster.s3.pause()
        time.sleep(self.random.uniform(0.5, 3))
        self.cluster.s3.resume()

    def restart_s3(self):
        self.cluster.s3.kill()
        time.sleep(self.random.uniform(0, 1))
        self.cluster.s3.start()
