"""Runs the real program, and reads what it wrote."""

import contextlib
import json
import os
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import soundfile

STEM_NAMES = ("vocals", "bass", "drums", "other", "instrumental")
CACHE = Path(os.environ.get("STEMSCRIBE_CACHE") or Path.home() / ".cache/stemscribe")
HANG_SEC = 300  # longer than any run takes on a slow machine


@dataclass
class Output:
    """The folder of one song."""

    folder: Path

    def _json(self, name: str) -> dict:
        return json.loads((self.folder / name).read_text())

    @cached_property
    def result(self) -> dict:
        return self._json("result.json")

    @cached_property
    def frames(self) -> dict:
        return self._json("frames.json")

    @cached_property
    def chords(self) -> dict:
        return self._json("chords.json")

    @property
    def files(self) -> set[str]:
        return {str(p.relative_to(self.folder)) for p in self.folder.rglob("*") if not p.is_dir()}

    def stem_file(self, name: str) -> Path:
        return self.folder / self.result["stems"][name]["file"]

    def stem(self, name: str) -> np.ndarray:
        """float64 [channels, samples] of a WAV or FLAC stem."""
        audio, rate_hz = soundfile.read(self.stem_file(name), dtype="float64", always_2d=True)
        assert rate_hz == 44100
        return audio.T


@dataclass
class Run:
    code: int
    stdout: str
    stderr: str
    progress: list[dict]

    @property
    def documents(self) -> list[dict]:
        """What `--json` printed: a document a line."""
        return [json.loads(line) for line in self.stdout.splitlines()]

    @property
    def outputs(self) -> list[Output]:
        return [Output(Path(d["folder"])) for d in self.documents if "folder" in d]


class Tool:
    """`stemscribe`, found by STEMSCRIBE_BIN (the program or its folder) or in build/bin."""

    def __init__(self):
        named = os.environ.get("STEMSCRIBE_BIN")
        path = Path(named) if named else Path(__file__).resolve().parents[1] / "build" / "bin"
        self.path = path / "stemscribe" if path.is_dir() else path
        assert os.access(self.path, os.X_OK), f"{self.path} is no program: build it, or set STEMSCRIBE_BIN"

    def __call__(self, *args, cwd=None, env=None, **popen) -> Run:
        """Runs to the end. `env` is added to the environment."""
        done = subprocess.run(
            [self.path, *map(str, args)],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=HANG_SEC,
            cwd=cwd,
            env={**os.environ, **(env or {})},
            **popen,
        )
        return Run(done.returncode, done.stdout.decode(), done.stderr.decode(errors="replace"), [])

    def transcribe(self, *args, out: Path, **popen) -> Run:
        """`stemscribe transcribe … -o out --json --progress-fd N`."""
        with tempfile.TemporaryFile() as progress:
            fd = progress.fileno()
            run = self("transcribe", *args, "-o", out, "--json", "--progress-fd", fd, pass_fds=[fd], **popen)
            progress.seek(0)
            run.progress = [json.loads(line) for line in progress.read().splitlines()]
        return run

    def transcribe_one(self, *args, out: Path, **popen) -> Output:
        """As above, for one song that must succeed."""
        run = self.transcribe(*args, out=out, **popen)
        assert run.code == 0, run.stderr
        assert len(run.outputs) == 1
        return run.outputs[0]

    @contextlib.contextmanager
    def started(self, *args, ignoring=()):
        """A transcription at work, with the reading ends of its progress and stdout; killed in the end. `ignoring`: signals that it
        inherits as ignored, as from nohup."""
        reading, writing = os.pipe()
        process = subprocess.Popen(
            [self.path, "transcribe", *map(str, args), "--json", "--progress-fd", str(writing)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=[writing],
            preexec_fn=lambda: [signal.signal(number, signal.SIG_IGN) for number in ignoring],
        )
        os.close(writing)
        try:
            with os.fdopen(reading) as progress:
                yield process, progress
        finally:
            process.kill()
            process.communicate()


def ffmpeg(*args):
    subprocess.run(["ffmpeg", "-v", "error", "-y", *map(str, args)], check=True, stdin=subprocess.DEVNULL)


def decode(path: Path) -> np.ndarray:
    """float32 [channels, samples] as FFmpeg's program decodes it: what players do."""
    with tempfile.NamedTemporaryFile(suffix=".wav") as wav:
        ffmpeg("-i", path, "-c:a", "pcm_f32le", wav.name)
        audio, _ = soundfile.read(wav.name, dtype="float32", always_2d=True)
    return audio.T


def snr_db(reference: np.ndarray, estimate: np.ndarray) -> float:
    """Of all samples together: signal to distortion, without any allowance for gain or delay."""
    n = min(reference.shape[-1], estimate.shape[-1])
    error = reference[..., :n] - estimate[..., :n]
    return 10 * np.log10(np.sum(reference[..., :n] ** 2) / (np.sum(error**2) + 1e-20))


def lag_samples(reference: np.ndarray, estimate: np.ndarray) -> int:
    """By how much `estimate` comes too late, from the peak of the cross-correlation of their mono sums."""
    a, b = reference.mean(axis=0), estimate.mean(axis=0)
    size = 1 << (len(a) + len(b)).bit_length()
    correlation = np.fft.irfft(np.fft.rfft(b, size) * np.conj(np.fft.rfft(a, size)), size)
    peak = int(np.argmax(correlation))
    return peak if peak < size // 2 else peak - size
