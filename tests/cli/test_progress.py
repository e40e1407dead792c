"""Progress for programs: JSON lines on a descriptor."""

import os
import pty
import subprocess

import pytest

STAGES = ["separation", "transcription", "chords"]


def check_progress(lines, stages):
    assert len(lines) >= 3
    percents = [line["percent"] for line in lines]
    assert percents[0] == 0 and percents[-1] == 100
    assert percents == sorted(percents)
    order = [stages.index(line["stage"]) for line in lines]
    assert order == sorted(order)
    assert order[0] == 0 and order[-1] == len(stages) - 1
    for line in lines:
        assert set(line) == {"stage", "percent", "seconds_left"}
        assert line["seconds_left"] is None or line["seconds_left"] >= 0
    assert lines[-1]["seconds_left"] == 0


def test_progress_of_a_song(tool, media, tmp_path):
    run = tool.transcribe(media / "clip.wav", out=tmp_path)
    check_progress(run.progress, STAGES)
    for line in run.progress:  # the thirds that the API promises
        if abs(line["percent"] - 33.3) > 0.5 and abs(line["percent"] - 66.7) > 0.5:
            assert line["stage"] == STAGES[min(2, int(line["percent"] * 3 / 100))]


@pytest.mark.parametrize("stages", [["chords"], ["separation", "chords"]])
def test_progress_of_some_stages(tool, media, tmp_path, stages):
    run = tool.transcribe(media / "clip.wav", "--stages", ",".join(stages), out=tmp_path)
    check_progress(run.progress, stages)


def test_each_song_of_a_batch_goes_from_0_to_100(tool, media, tmp_path):
    run = tool.transcribe(media / "clip.wav", media / "clip2.wav", "--stages", "chords", out=tmp_path)
    second = max(n for n, line in enumerate(run.progress) if line["percent"] == 0)
    check_progress(run.progress[:second], ["chords"])
    check_progress(run.progress[second:], ["chords"])


def test_a_reader_that_goes_away_does_no_harm(tool, media, tmp_path):
    reading, writing = os.pipe()
    os.close(reading)
    args = ["--stages", "chords", "-o", tmp_path, "--progress-fd", writing]
    run = tool("transcribe", media / "short.wav", *args, pass_fds=[writing])
    os.close(writing)
    assert run.code == 0, run.stderr
    assert (tmp_path / "short" / "chords.json").exists()


def test_quiet_says_nothing_but_the_result(tool, media, tmp_path):
    run = tool("transcribe", media / "short.wav", "--stages", "chords", "-o", tmp_path, "--quiet")
    assert run.code == 0
    assert run.stderr == ""


def test_a_terminal_shows_a_bar_and_the_time_left(tool, media, tmp_path):
    terminal, its_end = pty.openpty()
    command = [tool.path, "transcribe", media / "clip.wav", "-o", tmp_path]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=its_end)
    os.close(its_end)
    shown = b""
    try:
        while chunk := os.read(terminal, 4096):
            shown += chunk
    except OSError:  # how a terminal ends when nobody writes to it any more
        pass
    os.close(terminal)
    assert process.wait() == 0
    assert b"\n" not in shown  # one line, written over and over
    bars = shown.decode().split("\r")
    assert any("#" in bar and "%" in bar and "left" in bar for bar in bars)
