"""Files that ask for other files or for the network get neither."""

import os
import socket

import pytest

from tool import ffmpeg

BAD_INPUT = 3


@pytest.fixture
def server():
    """A listening socket; a test ends with asking whether anybody called."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0)
        yield listening
        with pytest.raises(BlockingIOError):
            listening.accept()


def playlists(base_url, song):
    """Name -> content of files that point elsewhere."""
    segment = "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{}\n#EXT-X-ENDLIST\n"
    return {
        "http.m3u8": segment.format(f"{base_url}/segment.ts"),
        "file.m3u8": segment.format(song),
        "m3u8_named.mp3": segment.format(f"{base_url}/segment.ts"),
        "list.m3u": f"#EXTM3U\n{base_url}/song.mp3\n{song}\n",
        "list.pls": f"[playlist]\nFile1={base_url}/song.mp3\nNumberOfEntries=1\n",
        "concat.txt": f"ffconcat version 1.0\nfile '{song}'\n",
        "concat_named.wav": f"ffconcat version 1.0\nfile '{song}'\n",
        "manifest.mpd": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static">'
        f"<Period><AdaptationSet><Representation id='1' bandwidth='1'><BaseURL>{base_url}/a.mp4</BaseURL>"
        "</Representation></AdaptationSet></Period></MPD>",
        "session.sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 5004 RTP/AVP 0\n",
        "image.svg": f'<svg xmlns="http://www.w3.org/2000/svg"><image href="{base_url}/x.png"/></svg>',
    }


def test_playlists_are_refused(tool, server, media, tmp_path):
    base_url = f"http://127.0.0.1:{server.getsockname()[1]}"
    contents = playlists(base_url, media / "clip.wav")
    for name, content in contents.items():
        (tmp_path / name).write_text(content)
    files = [tmp_path / name for name in contents]
    run = tool.transcribe(*files, "--stages", "chords", out=tmp_path / "out")
    assert run.code == BAD_INPUT
    assert [d["error"]["code"] for d in run.documents] == ["invalid_audio_file"] * len(contents)
    assert list(tmp_path.glob("out/*")) == []


def test_addresses_are_names_of_files_and_nothing_else(tool, server, media, tmp_path):
    port = server.getsockname()[1]
    song = media / "clip.wav"
    names = [f"http://127.0.0.1:{port}/x.mp3", f"tcp://127.0.0.1:{port}", f"file:{song}", f"concat:{song}|{song}",
             f"subfile,,start,0,end,0,,:{song}", f"cache:{song}", "lavfi:sine", "pipe:0", "-"]  # fmt: skip
    for name in names:
        run = tool("transcribe", "--stages", "chords", "-o", "out", "--", name, cwd=tmp_path)
        assert run.code == BAD_INPUT, name
    assert list(tmp_path.glob("out/*")) == []


def test_a_movie_that_points_to_another_file(tool, media, tmp_path):
    """QuickTime may keep its samples elsewhere ("dref" with an alias or URL); that one is not opened."""
    movie = tmp_path / "movie.mov"
    ffmpeg("-i", media / "clip.wav", "-c:a", "pcm_s16le", movie)
    data = movie.read_bytes()
    own = b"\0\0\0\x0curl \0\0\0\x01"  # "the samples are in this file"
    assert data.count(own) >= 1
    movie.write_bytes(data.replace(own, own[:-1] + b"\0"))
    document = tool.transcribe(movie, "--stages", "separation", out=tmp_path / "out").documents[0]
    # Whether it is refused or played from its own samples: it came without any other file.
    assert "error" in document or document["duration"] == pytest.approx(4)


@pytest.mark.parametrize("kind", ["fifo", "device", "socket"])
def test_what_is_no_regular_file_is_not_even_opened(tool, tmp_path, kind):
    path = tmp_path / "song.wav"
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    else:
        socket.socket(socket.AF_UNIX).bind(str(path))
    run = tool("transcribe", path, "-o", tmp_path / "out")
    assert run.code == BAD_INPUT
    assert "regular file" in run.stderr


def test_pictures_and_video_without_sound_are_refused(tool, tmp_path):
    ffmpeg("-f", "lavfi", "-i", "testsrc=size=64x64:duration=1", tmp_path / "film.mp4")
    ffmpeg("-f", "lavfi", "-i", "testsrc=size=64x64", "-frames:v", "1", tmp_path / "picture.png")
    (tmp_path / "picture.png").rename(tmp_path / "picture.mp3")
    run = tool.transcribe(tmp_path / "film.mp4", tmp_path / "picture.mp3", out=tmp_path / "out")
    assert run.code == BAD_INPUT
    assert "no audio" in run.documents[0]["error"]["message"]
    assert run.documents[1]["error"]["code"] == "invalid_audio_file"
