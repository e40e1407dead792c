"""A redis-server for tests. It keeps nothing on disk: a restart is a wipe, the worst case."""

import socket

from cluster.server_process import ServerProcess


class RedisServer(ServerProcess):
    name = "redis"

    def command(self) -> list[str]:
        return [
            *("redis-server", "--port", str(self.port), "--bind", "127.0.0.1"),
            *("--save", "", "--appendonly", "no", "--dir", str(self.folder)),
        ]

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    def call(self, *words: str) -> str:
        """One command; the answer as it comes."""
        parts = [f"${len(word.encode())}\r\n{word}\r\n" for word in words]
        with socket.create_connection(
            ("127.0.0.1", self.port), timeout=10
        ) as connection:
            connection.sendall(f"*{len(parts)}\r\n{''.join(parts)}".encode())
            connection.shutdown(socket.SHUT_WR)
            return connection.makefile("rb").read().decode(errors="replace")

    def flush(self) -> None:
        assert self.call("FLUSHALL").startswith("+OK")

    def num_clients(self) -> int:
        return self.call("CLIENT", "LIST").count(" addr=") - 1  # without ourselves
