"""The memory of the whole tool: it hardly grows with the song."""

import subprocess
import sys

import pytest
from tool import ffmpeg

MOST_MB = 500  # with bf16, whose activations take half of the memory
# A process of its own: what the parent of a program holds counts as the program's until it runs.
LAUNCHER = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


@pytest.fixture(scope="module")
def peaks_mb(tool, media, tmp_path_factory) -> dict[int, float]:
    """Peak memory of the tool by seconds of song."""
    folder = tmp_path_factory.mktemp("memory")
    found = {}
    for seconds in (60, 180):
        song = folder / f"{seconds}.flac"
        ffmpeg("-stream_loop", "-1", "-i", media / "clip.wav", "-t", str(seconds), song)
        command = [tool.path, "transcribe", "--quiet", "--overwrite", "-o", folder / "out", song]
        run = subprocess.run([sys.executable, "-c", LAUNCHER, *command], capture_output=True, text=True, check=True)
        found[seconds] = int(run.stdout.splitlines()[-1]) * 1024 / 1e6
    return found


def test_three_minutes_take_hardly_more_than_one(peaks_mb):
    assert peaks_mb[180] < peaks_mb[60] + 40


@pytest.mark.skipif("avx512_bf16" not in open("/proc/cpuinfo").read(), reason="needs a CPU that multiplies in bf16")
def test_the_peak_is_low(peaks_mb):
    assert peaks_mb[180] < MOST_MB
