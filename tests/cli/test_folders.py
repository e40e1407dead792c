"""Where the results go: names, and no song over another's."""

import shutil

import pytest

from tool import Output

QUICK = ("--stages", "chords")


@pytest.fixture
def two_of_one_name(media, tmp_path):
    """Two files song.wav, of 0.2 and 3 s."""
    for folder, source in (("a", "short.wav"), ("b", "clip2.wav")):
        (tmp_path / folder).mkdir()
        shutil.copy(media / source, tmp_path / folder / "song.wav")
    return tmp_path / "a" / "song.wav", tmp_path / "b" / "song.wav"


def durations(out):
    return {folder.name: Output(folder).result["duration"] for folder in out.iterdir()}


def test_two_songs_of_one_name_never_share_a_folder(tool, two_of_one_name, tmp_path):
    out = tmp_path / "out"
    run = tool.transcribe(*two_of_one_name, *QUICK, out=out)
    assert [output.folder.name for output in run.outputs] == ["song", "song-2"]
    assert durations(out) == {"song": 0.2, "song-2": 3}
    tool.transcribe_one(two_of_one_name[0], *QUICK, out=out)
    assert durations(out) == {"song": 0.2, "song-2": 3, "song-3": 0.2}


def test_a_folder_stands_for_its_songs_but_not_for_its_results(tool, two_of_one_name, media, tmp_path):
    folder = two_of_one_name[0].parent.parent
    (folder / "empty").mkdir()
    for _ in range(2):  # the second time there are results in there, too
        run = tool.transcribe(folder, *QUICK, "--overwrite", out=folder / "results")
        assert run.code == 0, run.stderr
    assert sorted(path.name for path in (folder / "results").iterdir()) == ["song", "song-2"]
    run = tool.transcribe(folder / "empty", *QUICK, out=tmp_path / "none")
    assert run.code == 3 and "No song is in there." in run.stderr


@pytest.mark.parametrize("holds_result", [False, True])
def test_overwrite_never_takes_the_song_along(tool, media, tmp_path, holds_result):
    song = tmp_path / "song" / "song.wav"
    song.parent.mkdir()
    shutil.copy(media / "short.wav", song)
    if holds_result:
        (song.parent / "result.json").write_text("{}")
    output = tool.transcribe_one(song, *QUICK, "--overwrite", out=tmp_path)
    assert output.folder == tmp_path / "song-2"
    assert song.read_bytes() == (media / "short.wav").read_bytes()


def test_overwrite_replaces_an_earlier_run_only(tool, two_of_one_name, tmp_path):
    out = tmp_path / "out"
    for _ in range(2):
        run = tool.transcribe(*two_of_one_name, *QUICK, "--overwrite", out=out)
        assert run.code == 0
        assert durations(out) == {"song": 0.2, "song-2": 3}
    (out / "song" / "left-over").touch()
    tool.transcribe_one(two_of_one_name[1], *QUICK, "--overwrite", out=out)
    assert durations(out) == {"song": 3, "song-2": 3}
    assert not (out / "song" / "left-over").exists()


def test_names_of_all_kinds(tool, media, tmp_path):
    names = ["Ça va – naïve 歌", "a.b", "spaced  name", "quo'te\"s", "100%", "{}", "file:x", ".hidden", "-dash"]
    (tmp_path / "in").mkdir()
    for name in names:
        shutil.copy(media / "short.wav", tmp_path / "in" / f"{name}.wav")
    files = [tmp_path / "in" / f"{name}.wav" for name in names]
    run = tool.transcribe(*files, *QUICK, out=tmp_path / "out")
    assert run.code == 0, run.stderr
    folders = [output.folder.name for output in run.outputs]
    assert len(set(folders)) == len(names)
    visible = [name for name in names if not name.startswith(".")]
    assert set(visible) <= set(folders)
    assert not any(folder.startswith(".") for folder in folders)


def test_the_folder_is_the_current_one_by_default(tool, media, tmp_path):
    run = tool("transcribe", media / "short.wav", *QUICK, cwd=tmp_path)
    assert run.code == 0
    assert (tmp_path / "short" / "result.json").exists()


def test_output_folders_are_made(tool, media, tmp_path):
    output = tool.transcribe_one(media / "short.wav", *QUICK, out=tmp_path / "x" / "y")
    assert output.folder == tmp_path / "x" / "y" / "short"
