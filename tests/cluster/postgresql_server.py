"""A PostgreSQL server for tests and `make cluster`. It does not run as root, so it takes the user nobody there."""

import os
import shutil
import signal
import subprocess
import uuid
from pathlib import Path

from cluster.server_process import ServerProcess

FOLDERS = sorted(Path("/usr/lib/postgresql").glob("*/bin"))  # Debian keeps them out of the PATH


def program(name: str) -> str:
    return shutil.which(name, path=os.pathsep.join([*map(str, FOLDERS), os.environ["PATH"]])) or name


class PostgresqlServer(ServerProcess):
    name = "postgresql"

    def as_servant(self) -> list[str]:
        if os.geteuid() != 0:
            return []
        return ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups", "--pdeathsig", "QUIT"]

    @property
    def data(self) -> Path:
        return self.folder / "postgresql"

    def start(self) -> "PostgresqlServer":
        if not self.data.exists():
            self.data.mkdir()
            if os.geteuid() == 0:
                shutil.chown(self.data, "nobody", "nogroup")
                for parent in [self.folder, *self.folder.parents]:  # pytest's folders are for root alone
                    if parent.stat().st_mode & 0o001 == 0:
                        parent.chmod(parent.stat().st_mode | 0o011)
            initdb = [program("initdb"), "-D", str(self.data), "-U", "stemscribe", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
            subprocess.run([*self.as_servant(), *initdb], check=True, capture_output=True, cwd="/")
        return super().start()

    def command(self) -> list[str]:
        options = ("listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=200")
        flags = [word for option in options for word in ("-c", option)]
        return [*self.as_servant(), program("postgres"), "-D", str(self.data), "-p", str(self.port), *flags]

    def kill_at_once(self) -> None:
        """As by a crash, but without leaving shared memory behind: connections break, recovery follows."""
        self._end(signal.SIGQUIT)

    def is_listening(self) -> bool:
        """It listens before it has recovered."""
        return subprocess.run([program("pg_isready"), "-q", "-d", self.url], check=False).returncode == 0

    @property
    def url(self) -> str:
        return f"postgresql://stemscribe@127.0.0.1:{self.port}/postgres"

    def make_database(self) -> str:
        """The URL of one more, which is empty."""
        name = f"other_{uuid.uuid4().hex}"
        self.query(f"CREATE DATABASE {name}")
        return self.url.replace("/postgres", f"/{name}")

    def query(self, sql: str) -> list[list[str]]:
        """Rows of text."""
        psql = [program("psql"), "-X", "-At", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-c", sql, self.url]
        done = subprocess.run(psql, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, f"{done.stderr}\n{self.log()[-2000:]}"
        return [line.split("\t") for line in done.stdout.splitlines()]

    def num_clients(self) -> int:
        """Without ourselves."""
        rows = self.query("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()")
        return int(rows[0][0])
