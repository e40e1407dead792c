"""What all tests share: the program, and songs. Expensive things are made once."""

import os
import sys
from pathlib import Path

import numpy as np
import pytest

from synth import Song, SongSpec, make_song, write_wav
from tool import Tool

sys.path.insert(0, str(Path(__file__).with_name("api")))

from api_service import make_fake_tool  # noqa: E402

RATE = 44100
SONG_SPECS = {
    "plain": SongSpec(seed=1),
    "sharp": SongSpec(4, 112, "D major", ("D:maj", "B:min", "G:maj", "A:maj"), tuning_cents=40),
    "flat": SongSpec(5, 96, "F# minor", ("F#:min", "D:maj", "A:maj", "E:maj"), tuning_cents=-35),
    "sevenths": SongSpec(3, 84, "Eb major", ("Eb:maj7", "C:min7", "Ab:maj7", "Bb:7")),
}


@pytest.fixture(scope="session")
def tool() -> Tool:
    return Tool()


@pytest.fixture(scope="session")
def programs(tool) -> Path:
    """The folder of the built programs."""
    folder = tool.path.parent
    assert os.access(folder / "stemscribed", os.X_OK), f"{folder} has no stemscribed: build it, or set STEMSCRIBE_BIN"
    return folder


@pytest.fixture(scope="session")
def fake_tool(tmp_path_factory) -> Path:
    """A program that does as the song says (api/fake_tool.py)."""
    return make_fake_tool(tmp_path_factory.mktemp("fake-tool"))


@pytest.fixture(scope="session")
def songs() -> dict[str, Song]:
    return {name: make_song(spec) for name, spec in SONG_SPECS.items()}


@pytest.fixture(scope="session")
def media(tmp_path_factory, songs) -> Path:
    """A folder with the songs as WAV, and short clips of one of them."""
    folder = tmp_path_factory.mktemp("media")
    for name, song in songs.items():
        write_wav(folder / f"{name}.wav", song.mix)
    mix = songs["plain"].mix
    write_wav(folder / "clip.wav", mix[:, : 4 * RATE])
    write_wav(folder / "clip2.wav", mix[:, 4 * RATE : 7 * RATE])
    write_wav(folder / "short.wav", mix[:, RATE : RATE + RATE // 5])
    write_wav(folder / "long.wav", np.tile(mix, 4))
    write_wav(folder / "vocals_only.wav", songs["plain"].stems["vocals"][:, : 6 * RATE])
    write_wav(folder / "silence.wav", np.zeros((2, 3 * RATE)))
    (folder / "text.mp3").write_text("Dear diary, today I renamed a letter.\n" * 200)
    (folder / "empty.wav").touch()
    return folder


@pytest.fixture(scope="session")
def transcribed(tool, media, songs, tmp_path_factory):
    """All songs by one run, as WAV: name -> Output."""
    files = [media / f"{name}.wav" for name in songs]
    run = tool.transcribe(*files, "--stem-format", "wav", out=tmp_path_factory.mktemp("transcribed"))
    assert run.code == 0, run.stderr
    return dict(zip(songs, run.outputs, strict=True))
