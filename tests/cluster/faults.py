"""What the chaos suite does to a cluster. Each fault starts, lasts a while, and is put right again."""

import random
import time
from collections import Counter
from collections.abc import Callable

from api_service import wait_until

from cluster.audit import Audit
from cluster.cluster import Worker
from cluster.proxy import Proxy

LEASE_SEC = 3


class Faults:
    """Faults by a seed; `done` counts them. Use it on the thread that started the cluster: servers die with their thread.
    `cluster` runs with proxies."""

    def __init__(self, cluster, audit: Audit, seed: int):
        self.cluster = cluster
        self.audit = audit
        self.random = random.Random(seed)
        self.done: Counter = Counter()
        self._kinds: dict[str, Callable[[], None]] = {
            "kill worker": self._kill_worker,
            "pause worker": self._pause_worker,
            "flush Redis": cluster.redis.flush,
            "restart Redis": lambda: self._restart(cluster.redis, cluster.redis.kill),
            "restart PostgreSQL": lambda: self._restart(cluster.postgresql, cluster.postgresql.kill_at_once),
            "restart S3": lambda: self._restart(cluster.s3, cluster.s3.kill),
            "S3 answers 500": lambda: self._break_s3("error"),
            "S3 hangs": lambda: self._break_s3("hang"),
            "S3 loses answers": lambda: self._break_s3("lose"),
        }
        for name, proxy in cluster.proxies.items():
            self._kinds[f"cut {name}"] = proxy.cut
            self._kinds[f"delay {name}"] = lambda proxy=proxy: self._delay(proxy)

    def run_while(self, condition: Callable[[], bool]):
        """Every kind at least once, and as often as the others; then on while `condition()`."""
        while condition() or len(self.done) < len(self._kinds):
            for kind in self.random.sample(sorted(self._kinds), len(self._kinds)):
                self._kinds[kind]()
                self.done[kind] += 1
                time.sleep(self.random.uniform(0.1, 0.5))

    def _kill_worker(self):
        worker = self.random.choice(self.cluster.workers)
        worker.kill()
        time.sleep(self.random.uniform(0, 1))
        worker.start()

    def _pause_worker(self):
        """In the middle of a job, until somebody else has it: then it is a zombie, and wakes up."""
        while True:
            worker = wait_until(self._busy_worker, "a worker that works")
            worker.pause()
            lease = self.audit.lease_of(worker.instance)  # what it holds now that it cannot let go
            if lease:
                break
            worker.resume()
        wait_until(lambda: self.audit.is_lost(lease), f"the loss of {lease}")
        self.audit.zombies.append(lease)
        worker.resume()

    def _busy_worker(self) -> Worker | None:
        workers = self.random.sample(self.cluster.workers, len(self.cluster.workers))
        return next((one for one in workers if self.audit.lease_of(one.instance)), None)

    def _restart(self, server, kill: Callable[[], None]):
        kill()
        time.sleep(self.random.uniform(0, 1.5))
        server.start()

    def _break_s3(self, mode: str):
        proxy = self.cluster.proxies["S3"]
        proxy.share = self.random.choice((0.3, 1.0))
        proxy.mode = mode
        time.sleep(self.random.uniform(0.5, 2))
        proxy.mode = ""

    def _delay(self, proxy: Proxy):
        proxy.delay_sec = self.random.uniform(0.02, 0.2)
        time.sleep(self.random.uniform(0.5, 1.5))
        proxy.delay_sec = 0.0
