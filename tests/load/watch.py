"""What a process holds: memory, descriptors, threads; and whether it grows."""

import statistics
import threading
import time
from dataclasses import dataclass
from pathlib import Path

NAMES = ("memory_mb", "descriptors", "threads")
# More than this, from the time after the warm-up to the end, is growth. Memory: allocators keep some of what they once had.
ALLOWED_SHARE = {"memory_mb": 0.10, "descriptors": 0.10, "threads": 0.0}
ALLOWED_MORE = {"memory_mb": 8, "descriptors": 20, "threads": 0}


@dataclass
class Sample:
    at_sec: float
    memory_mb: float
    descriptors: int
    threads: int


def look_at(pid: int, at_sec: float = 0) -> Sample:
    process = Path(f"/proc/{pid}")
    status = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines() if ":" in line)
    memory_mb = int(status["VmRSS"].split()[0]) / 1024
    return Sample(at_sec, memory_mb, len(list((process / "fd").iterdir())), int(status["Threads"]))


class Watch:
    """Takes a sample every `interval_sec` until stopped."""

    def __init__(self, pid: int, interval_sec: float = 1.0):
        self.samples: list[Sample] = []
        self._pid = pid
        self._interval_sec = interval_sec
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stopped.set()
        self._thread.join()

    def _run(self):
        start = time.monotonic()
        while not self._stopped.wait(self._interval_sec):
            self.samples.append(look_at(self._pid, time.monotonic() - start))


def between(samples: list[Sample], first: float, last: float, name: str) -> float:
    """The median over a part of the samples, given as shares of their time."""
    end = samples[-1].at_sec
    chosen = [getattr(sample, name) for sample in samples if first * end <= sample.at_sec <= last * end]
    return statistics.median(chosen)


def growth(samples: list[Sample]) -> dict[str, tuple[float, float]]:
    """Of each thing that is held: the median after the warm-up (the first third), and that of the end."""
    return {name: (between(samples, 0.33, 0.5, name), between(samples, 0.83, 1.0, name)) for name in NAMES}


def grown(samples: list[Sample]) -> list[str]:
    """What has grown more than is allowed."""
    complaints = []
    for name, (before, after) in growth(samples).items():
        allowed = before + max(before * ALLOWED_SHARE[name], ALLOWED_MORE[name])
        if after > allowed:
            complaints.append(f"{name} grew from {before:.0f} to {after:.0f}")
    return complaints
