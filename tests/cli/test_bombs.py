"""Small files that claim to be huge, endless or deep: a clear answer, soon and within bounds, in the sandbox."""

import resource
import struct
import subprocess
import time

import pytest

from tool import ffmpeg

BAD_INPUT = 3
HANG_SEC = 60
MEMORY_BYTES = 3 << 30


def wav(
    rate_hz: int, channels: int, bits: int, claimed_bytes: int, data: bytes
) -> bytes:
    align = channels * bits // 8
    fmt = struct.pack(
        "<HHIIHH",
        1,
        channels & 0xFFFF,
        rate_hz,
        rate_hz * align & 0xFFFFFFFF,
        align & 0xFFFF,
        bits,
    )
    return (
        b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0"
        + fmt
        + b"data"
        + struct.pack("<I", claimed_bytes)
        + data
    )


def bounded():
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (HANG_SEC, HANG_SEC + 1))


def transcribe(tool, song, out) -> subprocess.CompletedProcess:
    return subprocess.run(
        [tool.path, "--sandbox", "auto", "transcribe", "--stages", "transcription", "-q", "-o", out, song],
        capture_output=True, stdin=subprocess.DEVNULL, timeout=HANG_SEC, preexec_fn=bounded, text=True,
    )  # fmt: skip


SECOND = bytes(2 * 8000)
BOMBS = {
    "a rate of 4 GHz": wav(0xFFFFFFFF, 1, 16, len(SECOND), SECOND),
    "a rate of 2 GHz": wav(0x7FFFFFFF, 2, 16, len(SECOND), SECOND),
    "a rate of 0": wav(0, 1, 16, len(SECOND), SECOND),
    "a rate of 1": wav(1, 1, 8, 0xFFFFFFFE, SECOND * 100),
    "65535 channels": wav(44100, 65535, 8, 0xFFFFFFFF, SECOND * 20),
    "no channels": wav(44100, 0, 16, len(SECOND), SECOND),
    "65535 bits": wav(44100, 1, 65535, len(SECOND), SECOND),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_header_of_absurd_numbers(tool, tmp_path, name):
    song = tmp_path / "song.wav"
    song.write_bytes(BOMBS[name])
    run = transcribe(tool, song, tmp_path / "out")
    assert run.returncode == BAD_INPUT, run.stderr
    assert run.stderr.startswith(f"{song}: ")
    assert len(run.stderr.splitlines()) == 1
    assert list(tmp_path.glob("out/*")) == []


def test_a_header_that_lies_about_the_length(tool, tmp_path):
    """4 GB are said to follow: what is there counts."""
    song = tmp_path / "song.wav"
    song.write_bytes(wav(8000, 1, 16, 0xFFFFFFFE, SECOND))
    assert transcribe(tool, song, tmp_path / "out").returncode == 0


def test_many_streams(tool, tmp_path):
    ffmpeg(
        "-f",
        "lavfi",
        "-i",
        "sine=duration=0.2",
        *["-map", "0"] * 500,
        "-c:a",
        "pcm_s16le",
        tmp_path / "song.mka",
    )
    begun = time.monotonic()
    run = transcribe(tool, tmp_path / "song.mka", tmp_path / "out")
    assert run.returncode in (0, BAD_INPUT)
    assert time.monotonic() - begun < HANG_SEC


def test_boxes_within_boxes(tool, tmp_path):
    body = b""
    for _ in range(20_000):
        body = struct.pack(">I4s", min(len(body) + 8, 0xFFFFFFFF), b"moov") + body
    song = tmp_path / "song.mp4"
    song.write_bytes(struct.pack(">I4s4sI", 16, b"ftyp", b"isom", 0) + body)
    assert transcribe(tool, song, tmp_path / "out").returncode == BAD_INPUT


def test_elements_within_elements(tool, tmp_path):
    """Matroska, every element of unknown length."""
    song = tmp_path / "song.mka"
    song.write_bytes(
        bytes.fromhex("1a45dfa3 84 42828161")
        + bytes.fromhex("18538067 01ffffffffffffff") * 50_000
    )
    assert transcribe(tool, song, tmp_path / "out").returncode == BAD_INPUT


def test_tags_without_end(tool, tmp_path):
    """An ID3 tag of 256 MB in front of nothing, and thousands of tags in a row."""
    song = tmp_path / "song.mp3"
    song.write_bytes(
        b"ID3\x04\0\0\x7f\x7f\x7f\x7f" + bytes(1000) + b"ID3\x04\0\0\0\0\0\0" * 50_000
    )
    assert transcribe(tool, song, tmp_path / "out").returncode == BAD_INPUT
