"""Exit codes, cancelling, and that nothing half done is left behind."""

import contextlib
import json
import resource
import shutil
import signal
import subprocess

import pytest

BAD_INPUT, FAILED, CANCELLED = 3, 4, 130
HANG_SEC = 20  # a guard; it is promised to stop within a second
QUICK = ("--stages", "chords")


@pytest.mark.parametrize("args", [
    [],
    ["nonsense"],
    ["transcribe"],
    ["transcribe", "x.wav", "--nonsense"],
    ["transcribe", "x.wav", "--stem-format", "midi"],
    ["transcribe", "x.wav", "--stages", "separation,mixing"],
    ["transcribe", "x.wav", "--bitrate", "7"],
    ["transcribe", "x.wav", "--chord-vocabulary", "jazz"],
    ["transcribe", "x.wav", "--threads", "0"],
    ["transcribe", "x.wav", "--precision", "f16"],
    ["transcribe", "x.wav", "--progress-fd", "-3"],
    ["probe"],
    ["models"],
    ["models", "paint"],
])  # fmt: skip
def test_wrong_usage(tool, tmp_path, args):
    run = tool(*args, cwd=tmp_path)
    assert run.code == 2
    assert run.stderr and not run.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["text.mp3", "empty.wav", "missing.wav"])
def test_what_is_no_song_gets_one_clear_sentence(tool, media, tmp_path, name):
    run = tool("transcribe", media / name, "-o", tmp_path / "out")
    assert run.code == BAD_INPUT
    (line,) = run.stderr.splitlines()
    assert line.startswith(str(media / name)) and line.endswith(".")
    assert list(tmp_path.glob("out/*")) == []


def test_a_batch_goes_on_past_bad_files(tool, media, tmp_path):
    files = [media / "text.mp3", media / "short.wav", media / "missing.wav", media / "clip2.wav"]
    run = tool.transcribe(*files, *QUICK, out=tmp_path)
    assert run.code == BAD_INPUT
    assert sorted(p.name for p in tmp_path.iterdir()) == ["clip2", "short"]
    failed, _, missing, _ = run.documents
    assert failed["file"] == "text.mp3" and failed["error"]["code"] == "invalid_audio_file"
    assert missing["file"] == "missing.wav" and missing["error"]["message"]


def test_an_output_that_cannot_be_written(tool, media, tmp_path):
    (tmp_path / "file").touch()
    run = tool("transcribe", media / "short.wav", *QUICK, "-o", tmp_path / "file" / "out")
    assert run.code == FAILED
    assert str(tmp_path / "file") in run.stderr


@contextlib.contextmanager
def full_disk(folder):
    """A folder on a disk of 300 kB, where mounting is allowed; else only a limit on the size of files, which is
    told to the program by the same kind of error. Yields what subprocess needs for it."""
    mount = ["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", folder]
    if subprocess.run(mount, capture_output=True).returncode == 0:
        try:
            yield {}
        finally:
            subprocess.run(["umount", "-l", folder], check=True)
    else:
        # Python ignores SIGXFSZ, and so does its child: writing then fails with EFBIG.
        limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))  # noqa: E731
        yield {"preexec_fn": limit, "restore_signals": False}


@pytest.mark.parametrize("stem_format", ["mp3", "flac", "wav"])
def test_a_full_disk(tool, media, tmp_path, stem_format):
    with full_disk(tmp_path) as popen:
        args = [media / "clip.wav", "--stages", "separation", "--stem-format", stem_format, "--bitrate", "320"]
        run = tool("transcribe", *args, "-o", tmp_path, **popen)
        assert run.code == FAILED, run.stderr
        assert "the disk is full" in run.stderr or "the file would be too large" in run.stderr
        assert list(tmp_path.iterdir()) == []


def test_a_limit_on_the_size_of_files(tool, media, tmp_path):
    limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))  # noqa: E731
    run = tool("transcribe", media / "clip.wav", "-o", tmp_path, preexec_fn=limit, restore_signals=False)
    assert run.code == FAILED, run.stderr
    assert list(tmp_path.iterdir()) == []


def wait_for_percent(progress, percent):
    for line in progress:
        if json.loads(line)["percent"] >= percent:
            return
    raise AssertionError("the program ended before it could be stopped")


@pytest.mark.parametrize("percent", [0, 30])
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_signals_stop_soon_and_leave_nothing(tool, media, tmp_path, sent, percent):
    with tool.started(media / "long.wav", "-o", tmp_path / "out") as (process, progress):
        wait_for_percent(progress, percent)
        process.send_signal(sent)
        assert process.wait(HANG_SEC) == CANCELLED
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize("sent", [signal.SIGHUP, signal.SIGINT])
def test_what_it_was_started_to_ignore_does_not_stop_it(tool, media, tmp_path, sent):
    """As `nohup stemscribe …`, or `stemscribe … &` in a script."""
    with tool.started(media / "clip.wav", "--stages", "chords", "-o", tmp_path, ignoring=[sent]) as (process, progress):
        wait_for_percent(progress, 0)
        process.send_signal(sent)
        assert process.wait(HANG_SEC) == 0
    assert (tmp_path / "clip" / "chords.json").exists()


def test_cancelling_a_batch_keeps_what_is_done(tool, media, tmp_path):
    files = [media / "short.wav", media / "long.wav", media / "clip.wav"]
    with tool.started(*files, "--stages", "separation", "-o", tmp_path) as (process, progress):
        assert json.loads(process.stdout.readline())["folder"] == str(tmp_path / "short")
        wait_for_percent(progress, 100)  # of the first
        wait_for_percent(progress, 5)  # of the second
        process.send_signal(signal.SIGTERM)
        assert process.wait(HANG_SEC) == CANCELLED
    assert [p.name for p in tmp_path.iterdir()] == ["short"]


def test_a_cancelled_run_keeps_the_folder_that_it_was_to_replace(tool, media, tmp_path):
    (tmp_path / "in").mkdir()
    shutil.copy(media / "short.wav", tmp_path / "in" / "long.wav")
    before = tool.transcribe_one(tmp_path / "in" / "long.wav", *QUICK, out=tmp_path / "out")
    modified = (before.folder / "result.json").stat().st_mtime_ns
    with tool.started(media / "long.wav", "--overwrite", "-o", tmp_path / "out") as (process, progress):
        wait_for_percent(progress, 10)
        process.send_signal(signal.SIGINT)
        assert process.wait(HANG_SEC) == CANCELLED
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["long"]
    assert (before.folder / "result.json").stat().st_mtime_ns == modified


def test_a_song_that_fails_leaves_nothing_to_the_next(tool, media, tmp_path):
    damaged = tmp_path / "half.wav"
    damaged.write_bytes((media / "clip.wav").read_bytes()[:44])  # a header and nothing else
    run = tool.transcribe(damaged, media / "clip2.wav", *QUICK, out=tmp_path / "both")
    alone = tool.transcribe_one(media / "clip2.wav", *QUICK, out=tmp_path / "alone")
    assert run.code == BAD_INPUT
    (output,) = run.outputs
    assert output.chords == alone.chords
