"""Proxies before the servers of a cluster. They cut and delay connections; the one before S3 also answers 500, hangs, and
loses answers. All faults are switched on and off from outside, on a loop of their own."""

import asyncio
import contextlib
import random
import threading
from collections import Counter

from cluster.server_process import free_port

BLOCK_BYTES = 64 * 1024
LOOK_SEC = 0.02
ERROR_BODY = b"<?xml version='1.0'?><Error><Code>InternalError</Code><Message>a fault of chaos</Message></Error>"
ERROR_ANSWER = (
    b"HTTP/1.1 500 Internal Server Error\r\nContent-Type: application/xml\r\n"
    b"Content-Length: %d\r\n\r\n%s" % (len(ERROR_BODY), ERROR_BODY)
)


class Proxy:
    """From `port` to `target_port` of this machine. `delay_sec` holds back every block, both ways; `cut` breaks what is
    open. `done` counts what was done to connections."""

    def __init__(self, target_port: int):
        self.target_port = target_port
        self.port = free_port()
        self.delay_sec = 0.0
        self.done: Counter = Counter()
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def start(self) -> "Proxy":
        self._thread.start()
        self._call(asyncio.start_server(self._serve, "127.0.0.1", self.port))
        return self

    def stop(self):
        if not self._thread.is_alive():
            return
        self._call(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def cut(self):
        self._call(self._cut())

    def _call(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(10)

    async def _cut(self):
        for writer in self._writers:
            writer.transport.abort()  # a reset, in the middle of whatever was said
        self.done["cut"] += len(self._writers) // 2

    async def _end(self):
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter):
        writers = [writer]
        try:
            target = await asyncio.open_connection("127.0.0.1", self.target_port)
            writers.append(target[1])
            self._writers.update(writers)
            ways = [asyncio.ensure_future(way) for way in self._ways((reader, writer), target)]
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
                await asyncio.gather(*ways, return_exceptions=True)
        except OSError:
            writer.transport.abort()  # nobody is there
        finally:
            self._writers.difference_update(writers)
            for one in writers:
                one.close()

    def _ways(self, client, target) -> list:
        return [self._carry(client[0], target[1]), self._carry(target[0], client[1])]

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter):
        while data := await reader.read(BLOCK_BYTES):
            await self._pass_on(data, writer)

    async def _pass_on(self, data: bytes, writer: asyncio.StreamWriter):
        if self.delay_sec:
            self.done["delayed"] += 1
            await asyncio.sleep(self.delay_sec)
        writer.write(data)
        await writer.drain()


class S3Proxy(Proxy):
    """`mode` is what befalls `share` of the requests: "error" answers 500 and does nothing, "hang" never answers (and
    breaks the connection when the mode ends), "lose" has the request carried out and breaks the connection instead of
    answering."""

    def __init__(self, target_port: int, seed: int):
        super().__init__(target_port)
        self.mode = ""
        self.share = 1.0
        self._random = random.Random(seed)

    def _ways(self, client, target) -> list:
        lost = asyncio.Event()
        return [self._take_requests(client, target[1], lost), self._take_answers(target[0], client[1], lost)]

    async def _take_requests(self, client, to_server: asyncio.StreamWriter, lost: asyncio.Event):
        reader, writer = client
        with contextlib.suppress(asyncio.IncompleteReadError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                fault = self.mode if self._random.random() < self.share else ""
                if fault:
                    self.done[fault] += 1
                if fault == "hang":
                    while self.mode == "hang":
                        await asyncio.sleep(LOOK_SEC)
                    return writer.transport.abort()
                if fault == "lose":
                    lost.set()
                if fault != "error":
                    await self._pass_on(head, to_server)
                async for block in body_of(head, reader):
                    if fault != "error":
                        await self._pass_on(block, to_server)
                if fault == "error":
                    await self._pass_on(ERROR_ANSWER, writer)

    async def _take_answers(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, lost: asyncio.Event):
        while data := await reader.read(BLOCK_BYTES):
            if lost.is_set():
                return writer.transport.abort()
            await self._pass_on(data, writer)


async def body_of(head: bytes, reader: asyncio.StreamReader):
    """The blocks of a request's body. Ours always tells its length."""
    names = {name.lower(): value for name, _, value in (line.partition(b":") for line in head.split(b"\r\n"))}
    left = int(names.get(b"content-length", b"0"))
    while left:
        block = await reader.read(min(left, BLOCK_BYTES))
        if not block:
            raise asyncio.IncompleteReadError(b"", left)
        left -= len(block)
        yield block
