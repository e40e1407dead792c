"""probe, models, doctor, --version, --help."""

import json
import os
import re
import shutil
from pathlib import Path

import pytest

from tool import CACHE, ffmpeg

MODELS = {"spleeter-vocals", "spleeter-accompaniment", "splitter", "rhythm", "fcpe", "swift-f0", *(f"chord-net-{n}" for n in range(5))}
PROBE_KEYS = {
    "container", "codec", "duration", "duration_is_exact", "rate_hz", "channels", "channel_layout", "sample_format",
    "bits_per_sample", "bit_rate", "size_bytes", "has_video", "tags", "decodable", "why_not",
}  # fmt: skip


def test_version(tool):
    run = tool("--version")
    assert run.code == 0
    assert re.fullmatch(r"stemscribe \d+\.\d+\.\d+\S*\n", run.stdout)


def test_help_names_all_commands_and_exit_codes(tool):
    run = tool("--help")
    assert run.code == 0
    for word in ("transcribe", "probe", "models", "doctor", "--version", "Exit codes", "130"):
        assert word in run.stdout


@pytest.mark.parametrize("arguments, unknown", [(["transcibe", "song.mp3"], "transcibe"), (["--modles", "x"], "--modles"), (["models", "lst"], "lst")])
def test_what_is_mistyped_is_named(tool, arguments, unknown):
    run = tool(*arguments)
    assert run.code == 2
    assert f"{unknown} is no command or option" in run.stderr


def test_help_of_transcribe_names_all_options(tool):
    run = tool("transcribe", "--help")
    assert run.code == 0
    for option in (
        "--output", "--stem-format", "--bitrate", "--stages", "--chord-vocabulary", "--threads", "--precision", "--json",
        "--progress-fd", "--overwrite",
    ):  # fmt: skip
        assert option in run.stdout


def probe(tool, path):
    run = tool("probe", path)
    document = json.loads(run.stdout)
    assert set(document) == PROBE_KEYS
    assert run.code == (0 if document["decodable"] else 3)
    return document


def test_probe_of_a_song(tool, media, tmp_path):
    song = tmp_path / "song.mp3"
    ffmpeg("-i", media / "clip.wav", "-b:a", "128k", "-metadata", "title=Ça va", "-metadata", "artist=歌手", song)
    document = probe(tool, song)
    assert document["decodable"] and document["why_not"] is None
    assert (document["container"], document["codec"]) == ("mp3", "mp3")
    assert (document["rate_hz"], document["channels"], document["channel_layout"]) == (44100, 2, "stereo")
    assert document["duration"] == pytest.approx(4, abs=0.06)
    assert document["bit_rate"] == pytest.approx(128_000, rel=0.05)
    assert document["size_bytes"] == song.stat().st_size
    assert document["tags"]["title"] == "Ça va" and document["tags"]["artist"] == "歌手"
    assert document["has_video"] is False


@pytest.mark.parametrize("name", ["text.mp3", "empty.wav", "missing.wav", "."])
def test_probe_says_why_not(tool, media, name):
    document = probe(tool, media / name)
    assert not document["decodable"]
    assert re.fullmatch(r"[A-Z].*\.", document["why_not"])


def test_models_list(tool):
    run = tool("models", "list")
    assert run.code == 0
    rows = run.stdout.splitlines()[1:]
    assert {row.split()[0] for row in rows} == MODELS
    assert all("MIT" in row or "Apache-2.0" in row for row in rows)


def test_models_verify(tool):
    run = tool("models", "verify")
    assert run.code == 0, run.stdout
    assert {line.split()[0] for line in run.stdout.splitlines()} == MODELS
    assert all(line.split()[1:] == ["ok"] for line in run.stdout.splitlines())


@pytest.fixture
def broken_models(tmp_path):
    """A folder of models where one bit of swift-f0.xml is wrong."""
    real = os.environ.get("STEMSCRIBE_MODELS")
    real = Path(real) if real else CACHE / "models-3"
    folder = tmp_path / "models"
    folder.mkdir()
    for entry in real.iterdir():
        (folder / entry.name).symlink_to(entry)
    broken = folder / "swift-f0.xml"
    broken.unlink()
    data = bytearray((real / broken.name).read_bytes())
    data[len(data) // 2] ^= 1
    broken.write_bytes(data)
    return folder


@pytest.mark.parametrize("by", ["flag", "environment"])
def test_models_verify_finds_a_wrong_bit(tool, broken_models, by):
    if by == "flag":
        run = tool("--models", broken_models, "models", "verify")
    else:
        run = tool("models", "verify", env={"STEMSCRIBE_MODELS": str(broken_models)})
    assert run.code == 4
    wrong = [line for line in run.stdout.splitlines() if not line.endswith(" ok")]
    assert len(wrong) == 1 and wrong[0].startswith("swift-f0")


def test_models_verify_finds_a_missing_file(tool, broken_models):
    shutil.copy(broken_models / "fcpe.xml", broken_models / "swift-f0.xml")
    (broken_models / "fcpe.xml").unlink()
    run = tool("--models", broken_models, "models", "verify")
    assert run.code == 4
    wrong = {line.split()[0] for line in run.stdout.splitlines() if not line.endswith(" ok")}
    assert wrong == {"fcpe", "swift-f0"}


def test_transcribing_without_models_says_what_to_do(tool, media, tmp_path):
    run = tool("--models", tmp_path / "none", "transcribe", media / "short.wav", "-o", tmp_path / "out")
    assert run.code == 4
    assert "make models" in run.stderr
    assert not (tmp_path / "out").exists()


def test_doctor(tool):
    run = tool("doctor")
    assert run.code == 0, run.stdout
    for word in ("FFmpeg", "OpenVINO", "cores", "MIT", "self-test", "all is well"):
        assert word in run.stdout


def test_doctor_finds_a_broken_model(tool, broken_models):
    run = tool("--models", broken_models, "doctor")
    assert run.code == 4
    assert "swift-f0" in run.stdout
