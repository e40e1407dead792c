"""A whole cluster on one machine: PostgreSQL, Redis, an S3 server, API servers, workers."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "api"))

from api_service import Service  # noqa: E402

from cluster.postgresql_server import PostgresqlServer  # noqa: E402
from cluster.redis_server import RedisServer  # noqa: E402
from cluster.s3_server import S3Server  # noqa: E402

WORKS = re.compile(r"stemscribed \S+ works as (\S+)\n")


class Worker(Service):
    """One `stemscribed worker`."""

    def start(self) -> "Worker":
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [self.program, "worker"], env=self.environment, cwd=self.folder, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=log, text=True,
            )  # fmt: skip
        line = self.process.stdout.readline()
        works = WORKS.fullmatch(line)
        assert works, f"it did not start: {line!r}\n{self.log_tail()}"
        self.instance = works[1]
        return self

    def wait(self) -> int:
        code = self.process.wait(timeout=60)
        self.process.stdout.close()
        return code

    def pause(self):
        """It sleeps, with its children, as a machine that is suspended."""
        self._signal_all(signal.SIGSTOP)

    def resume(self):
        self._signal_all(signal.SIGCONT)

    def _signal_all(self, number: signal.Signals):
        for pid in [self.process.pid, *self.running_children]:
            os.kill(pid, number)


class Cluster:
    """Use as a context. Every process has a folder of its own below `folder`."""

    def __init__(self, programs: Path, folder: Path, num_servers: int = 2, num_workers: int = 3, **settings):
        self.programs = programs
        self.folder = folder
        self.postgresql = PostgresqlServer(folder)
        self.redis = RedisServer(folder)
        self.s3 = S3Server(folder)
        self.given = settings
        self.servers = [self._make(Service, f"server-{i}") for i in range(num_servers)]
        self.workers = [self._make(Worker, f"worker-{i}") for i in range(num_workers)]

    @property
    def settings(self) -> dict:
        return {
            "DATABASE_URL": self.postgresql.url,
            "QUEUE_URL": self.redis.url,
            "STORAGE_URL": self.s3.url,
            "MAX_CONCURRENT_JOBS": 1,
            **self.s3.environment,
            **self.given,
        }

    def _make(self, kind: type[Service], name: str, **settings) -> Service:
        (self.folder / name).mkdir(parents=True, exist_ok=True)
        return kind(self.programs / "stemscribed", self.folder / name, **self.settings, **settings)

    def add_worker(self, **settings) -> Worker:
        worker = self._make(Worker, f"worker-{len(self.workers)}", **settings)
        self.workers.append(worker)
        return worker.start()

    def __enter__(self) -> "Cluster":
        try:
            for server in (self.postgresql, self.redis, self.s3, *self.servers, *self.workers):
                server.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for process in (*self.workers, *self.servers):
            process.discard()
        self.s3.kill()
        self.redis.kill()
        self.postgresql.kill_at_once()

    def stop(self):
        """SIGTERM to all of ours; each must end in good order."""
        for process in (*self.workers, *self.servers):
            if process.process.poll() is None:
                process.stop()
