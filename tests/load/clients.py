"""Clients of all kinds: those that behave, those that dawdle, those that break off, those that send nonsense."""

import asyncio
import contextlib
import random
import socket
import ssl
import struct
import time
from collections import Counter, defaultdict

import httpx
from api_service import FINAL, fake_song

ANSWER_SEC = 60
HEADER_SEC = 9  # a bit less than HEADER_TIMEOUT_SEC
THINK_SEC = 1.0
STEM_BYTES = 600_000
NONSENSE = (
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 this is no HTTP\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + b"X-Long: " + b"a" * 40_000 + b"\r\n\r\n",
    b"POST /api/v1/transcribe HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n",
    b"GET /api/v1/jobs?limit=%zz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    b"PUT /health HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
)


class Unexpected(Exception):
    """An answer that nobody asked for."""


class Tally:
    """What was done, how long it took, and what went wrong."""

    def __init__(self):
        self.statuses = Counter()
        self.seconds = defaultdict(list)
        self.wrong = Counter()
        self.done = Counter()

    def count(self, what: str, response: httpx.Response, seconds: float, *expected: int):
        self.statuses[what, response.status_code] += 1
        self.seconds[what].append(seconds)
        if response.status_code not in expected:
            raise Unexpected(f"{what}: {response.status_code} {response.text[:200]}")


class Clients:
    """Runs until `deadline` (monotonic). Each client has connections of its own."""

    def __init__(self, url: str, host: str, port: int, seed: int):
        self.url, self.address = url, (host, port)
        self._tls = ssl._create_unverified_context() if url.startswith("https:") else None
        self.tally = Tally()
        self.deadline = 0.0
        self._seed = seed

    async def run(self, counts: dict[str, int], duration_sec: float):
        self.deadline = time.monotonic() + duration_sec
        kinds = {"songs": self._song, "lookers": self._look, "slow": self._dawdle, "broken": self._break_off}
        await asyncio.gather(
            *(self._repeat(kind, kinds[kind], f"{self._seed}-{kind}-{i}") for kind, count in counts.items() for i in range(count))
        )

    async def _repeat(self, kind: str, act, seed: str):
        chance = random.Random(seed)
        await asyncio.sleep(chance.uniform(0, THINK_SEC * 3))
        async with httpx.AsyncClient(base_url=self.url, timeout=ANSWER_SEC, verify=False) as client:  # nobody to verify; it takes long
            while time.monotonic() < self.deadline:
                try:
                    await act(client, chance)
                    self.tally.done[kind] += 1
                except (Unexpected, httpx.HTTPError, OSError, TimeoutError) as error:
                    self.tally.wrong[f"{kind}: {error!r}"] += 1
                await asyncio.sleep(chance.uniform(0, 2 * THINK_SEC))

    async def _ask(self, client: httpx.AsyncClient, what: str, method: str, path: str, *expected: int, **more) -> httpx.Response:
        start = time.monotonic()
        response = await client.request(method, path, **more)
        self.tally.count(what, response, time.monotonic() - start, *expected)
        return response

    async def _song(self, client: httpx.AsyncClient, chance: random.Random):
        """A song's whole life."""
        song = fake_song(chance.randrange(10_000, 1_000_000), seconds=chance.uniform(0, 0.3), size=20, tag=chance.random())
        sent = await self._ask(client, "upload", "POST", "/api/v1/transcribe", 202, files={"file": ("song.wav", song)})
        job = f"/api/v1/jobs/{sent.json()['job_id']}"
        last = ""
        async with client.stream("GET", f"{job}/events", timeout=ANSWER_SEC * 5) as events:
            async for line in events.aiter_lines():
                last = line if line.startswith("data:") else last
        if '"completed"' not in last:
            raise Unexpected(f"the job's last event is {last[:200]!r}")
        await self._ask(client, "status", "GET", job, 200)
        stem = await self._ask(client, "download", "GET", f"{job}/stems/vocals", 200)
        part = await self._ask(client, "range", "GET", f"{job}/stems/vocals", 206, headers={"Range": "bytes=6-605"})
        if part.content != stem.content[6:606]:
            raise Unexpected("the range is not that part of the file")
        await self._ask(client, "zip", "GET", f"{job}/archive", 200)
        await self._ask(client, "delete", "DELETE", job, 200, 204)
        await self._ask(client, "status", "GET", job, 404)

    async def _look(self, client: httpx.AsyncClient, chance: random.Random):
        """Lists, looks at what is there, and asks again with the ETag."""
        page = await self._ask(client, "list", "GET", "/api/v1/jobs?limit=20", 200)
        for job in page.json()["jobs"][:2]:
            path = f"/api/v1/jobs/{job['job_id']}"
            answer = await self._ask(client, "status", "GET", path, 200, 404)
            if etag := answer.headers.get("etag"):
                expected = (304,) if job["status"] in FINAL else (200, 304)
                await self._ask(client, "again", "GET", path, *expected, 404, headers={"If-None-Match": etag})
        await self._ask(client, "health", "GET", "/health", 200)
        await self._ask(client, "nothing", "GET", f"/no/such/{chance.random()}", 404)

    async def _dawdle(self, _: httpx.AsyncClient, chance: random.Random):
        """Sends a request a byte at a time, or takes an answer slowly."""
        reader, writer = await asyncio.open_connection(*self.address, ssl=self._tls)
        start = time.monotonic()
        sent_sec, answer = 0.0, b""
        try:
            if chance.random() < 0.5:
                for byte in b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n":
                    writer.write(bytes([byte]))
                    await asyncio.sleep(0.05)
                sent_sec = time.monotonic() - start
            else:
                writer.write(b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            while piece := await asyncio.wait_for(reader.read(2000), ANSWER_SEC):
                answer += piece
                await asyncio.sleep(0.02)
        except ConnectionError:
            if sent_sec < HEADER_SEC:
                raise
        finally:
            writer.close()
        # On a machine that is slower than we meant to be, the server is right to give up.
        if not answer.startswith(b"HTTP/1.1 200 ") and sent_sec < HEADER_SEC:
            raise Unexpected(f"slow: {answer[:100]!r}")

    async def _break_off(self, _: httpx.AsyncClient, chance: random.Random):
        """Nonsense; uploads that end in the middle; resets while an answer is on its way."""
        way = chance.randrange(3)
        in_the_clear = way == 0 and chance.random() < 0.5  # where TLS is spoken, that is nonsense in itself
        reader, writer = await asyncio.open_connection(*self.address, ssl=None if in_the_clear else self._tls)
        connection = writer.get_extra_info("socket")
        try:
            if way == 0:
                writer.write(chance.choice(NONSENSE))
                answer = b""
                with contextlib.suppress(ConnectionError):
                    answer = await asyncio.wait_for(reader.read(100), ANSWER_SEC)
                if answer.startswith((b"HTTP/1.1 2", b"HTTP/1.1 5")):
                    raise Unexpected(f"nonsense: {answer!r}")
            elif way == 1:
                head = b"POST /api/v1/transcribe HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n"
                writer.write(head + b"Content-Type: multipart/form-data; boundary=x\r\n\r\n--x\r\n" + bytes(50_000))
                await asyncio.sleep(chance.uniform(0, 0.3))
            else:
                writer.write(b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n" * 5)
                await asyncio.sleep(chance.uniform(0, 0.05))
            if chance.random() < 0.5:  # a reset instead of an end
                with contextlib.suppress(OSError):  # a broken TLS connection is gone by now
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        finally:
            writer.close()
