"""What a transcription leaves behind: files, their fields, their lengths."""

import json
import math
import subprocess

import mir_eval
import numpy as np
import pytest
import soundfile

from synth import read_wav, write_wav
from tool import STEM_NAMES, Output, decode, lag_samples, snr_db

RATE = 44100
DOCUMENTS = {"frames.json", "notes.json", "vocals.mid", "chords.json", "result.json"}


def expected_files(extension):
    return {f"stems/{name}.{extension}" for name in STEM_NAMES} | DOCUMENTS


@pytest.fixture(scope="module")
def as_mp3(tool, media, tmp_path_factory):
    """The clip with no options at all but the folder: the run and its output."""
    out = tmp_path_factory.mktemp("mp3")
    run = tool("transcribe", media / "clip.wav", "-o", out)
    assert run.code == 0, run.stderr
    return run, Output(out / "clip")


@pytest.fixture(scope="module")
def as_flac(tool, media, tmp_path_factory):
    out = tmp_path_factory.mktemp("flac")
    return tool.transcribe_one(media / "clip.wav", "--stem-format", "flac", "--precision", "f32", out=out)


def test_the_defaults_make_a_folder_of_mp3s_and_json(as_mp3):
    _, output = as_mp3
    assert output.files == expected_files("mp3")
    assert [p.name for p in output.folder.parent.iterdir()] == ["clip"]


def test_a_person_gets_a_summary(as_mp3):
    run, output = as_mp3
    for word in (*STEM_NAMES, "chords", "tempo", "real time", str(output.folder)):
        assert word in run.stdout
    assert "%" in run.stderr and "\r" not in run.stderr  # plain lines of progress, as this is no terminal


def test_mp3s_play_exactly_as_long_as_the_song(as_mp3, media):
    _, output = as_mp3
    num_samples = read_wav(media / "clip.wav").shape[1]
    for name in STEM_NAMES:
        assert decode(output.stem_file(name)).shape == (2, num_samples)


def test_mp3s_start_when_the_song_starts(as_mp3, media):
    _, output = as_mp3
    both = decode(output.stem_file("vocals")) + decode(output.stem_file("instrumental"))
    mix = read_wav(media / "clip.wav")
    assert lag_samples(mix, both) == 0
    assert snr_db(mix, both) > 15


def test_bitrate(tool, media, as_mp3, tmp_path):
    def bit_rate(path):
        command = ["ffprobe", "-v", "error", "-show_entries", "stream=bit_rate", "-of", "csv=p=0", path]
        return int(subprocess.check_output(command))

    assert bit_rate(as_mp3[1].stem_file("drums")) == 192_000
    output = tool.transcribe_one(media / "short.wav", "--stages", "separation", "--bitrate", "96", out=tmp_path)
    assert bit_rate(output.stem_file("drums")) == 96_000


def check_frames(output, num_samples):
    """frames.json against the contract."""
    frames = output.frames
    assert set(frames) == {"version", "hop_sec", "num_frames", "duration", "engine", "frames"}
    assert (frames["version"], frames["hop_sec"]) == (1, 0.01)
    assert frames["duration"] == pytest.approx(num_samples / RATE, abs=1e-5)
    assert frames["num_frames"] == len(frames["frames"]) == num_samples * 100 // RATE
    assert "fcpe" in json.dumps(frames["engine"]) and "swift" in json.dumps(frames["engine"])
    for n, frame in enumerate(frames["frames"]):
        assert set(frame) == {"t", "voiced", "f0_hz", "midi", "confidence", "level_db"}
        assert frame["t"] == pytest.approx(n * 0.01, abs=1e-6)
        assert 0 <= frame["confidence"] <= 1
        assert -120 <= frame["level_db"] < 10
        if frame["voiced"] is True:
            assert 30 < frame["f0_hz"] < 2200
            assert frame["midi"] == pytest.approx(69 + 12 * math.log2(frame["f0_hz"] / 440), abs=0.011)
        else:
            assert frame["voiced"] is False
            assert frame["f0_hz"] is None and frame["midi"] is None


def check_chords(output, num_samples):
    """chords.json against the contract."""
    document = output.chords
    assert set(document) == {"version", "num_chords", "engine", "tuning_cents", "chords"}
    assert document["version"] == 1
    assert document["num_chords"] == len(document["chords"]) > 0
    assert -50 <= document["tuning_cents"] <= 50
    end = 0
    for chord in document["chords"]:
        assert set(chord) == {"start", "end", "label", "root", "quality", "bass", "confidence"}
        assert chord["start"] == end < chord["end"]
        end = chord["end"]
        assert 0 <= chord["confidence"] <= 1
        mir_eval.chord.validate_chord_label(chord["label"])
        if chord["label"] == "N":
            assert chord["root"] is chord["quality"] is chord["bass"] is None
        else:
            assert chord["label"].startswith(f"{chord['root']}:{chord['quality']}")
            assert mir_eval.chord.pitch_class_to_semitone(chord["bass"]) in range(12)
    assert end == pytest.approx(num_samples / RATE, abs=1e-3)


def check_result(output, num_samples):
    """result.json against the contract."""
    result = output.result
    assert result["duration"] == pytest.approx(num_samples / RATE, abs=1e-5)
    assert result["num_frames"] == output.frames["num_frames"]
    assert result["num_chords"] == output.chords["num_chords"]
    assert result["beats"] == sorted(result["beats"])
    assert all(0 <= beat <= result["duration"] for beat in result["beats"])
    assert set(result["downbeats"]) <= set(result["beats"]) and result["downbeats"] == sorted(result["downbeats"])
    assert bool(result["downbeats"]) == (result["beats_per_bar"] in (2, 3, 4))
    assert result["tempo_bpm"] == 0 or 30 < result["tempo_bpm"] < 300
    assert set(result["stems"]) == set(STEM_NAMES)
    assert result["engines"] and result["timings_sec"]["total"] > 0
    assert {"fcpe", "swift-f0", "spleeter-vocals", "chord-net-0", "rhythm"} <= {m["name"] for m in result["models"]}
    assert all(model["version"] and model["licence"] for model in result["models"])
    assert result["warnings"] == []


@pytest.mark.parametrize("check", [check_frames, check_chords, check_result])
def test_documents_of_songs(transcribed, songs, check):
    for name, song in songs.items():
        check(transcribed[name], song.mix.shape[1])


@pytest.mark.parametrize("check", [check_frames, check_chords, check_result])
def test_documents_of_a_clip(as_mp3, check):
    check(as_mp3[1], 4 * RATE)


def test_result_tells_the_engines_of_the_stems_truthfully(transcribed):
    stems = transcribed["plain"].result["stems"]
    for name in STEM_NAMES:
        assert ("spleeter" in stems[name]["engine"]) == (name in {"vocals", "instrumental"})


def test_result_tells_peak_and_loudness_of_the_stems(transcribed):
    output = transcribed["plain"]
    for name in STEM_NAMES:
        entry = output.result["stems"][name]
        audio = output.stem(name)
        assert entry["peak_dbfs"] == pytest.approx(20 * np.log10(np.abs(audio).max()), abs=0.02)
        rms_db = 10 * np.log10(np.mean(audio**2))  # loudness weighs the treble, and skips the quietest
        assert -10 < entry["loudness_lufs"] - rms_db < 10


def test_json_is_one_line_a_song_and_what_the_file_says(tool, media, tmp_path):
    run = tool.transcribe(media / "short.wav", media / "clip2.wav", "--stages", "chords", out=tmp_path)
    assert len(run.stdout.splitlines()) == 2
    for document, output in zip(run.documents, run.outputs, strict=True):
        assert {key: value for key, value in document.items() if key != "folder"} == output.result


def test_wav_stems_add_up_to_the_song(transcribed, media, songs):
    """They are 32-bit floats; and the song is 16 bit, whose full scale is 32768."""
    for name, song in songs.items():
        mix = np.asarray(soundfile.read(media / f"{name}.wav")[0]).T
        output = transcribed[name]
        stems = {stem: output.stem(stem) for stem in STEM_NAMES}
        assert {audio.shape for audio in stems.values()} == {song.mix.shape}
        assert np.abs(stems["vocals"] + stems["instrumental"] - mix).max() < 1e-6
        parts = stems["bass"] + stems["drums"] + stems["other"]
        assert np.abs(parts - stems["instrumental"]).max() < 1e-6


def test_flac_stems_add_up_to_the_song(as_flac, media):
    """To the rounding of each to 24 bit."""
    assert as_flac.files == expected_files("flac")
    mix = soundfile.read(media / "clip.wav")[0].T
    stems = {name: as_flac.stem(name) for name in STEM_NAMES}
    assert {audio.shape for audio in stems.values()} == {mix.shape}
    half_step = 2.0**-24
    assert np.abs(stems["vocals"] + stems["instrumental"] - mix).max() < 2.5 * half_step
    parts = stems["bass"] + stems["drums"] + stems["other"]
    assert np.abs(parts - stems["instrumental"]).max() < 4.5 * half_step


def test_precision(as_flac, transcribed):
    assert "f32" in as_flac.result["stems"]["vocals"]["engine"]
    assert "f32" in as_flac.chords["engine"]
    assert transcribed["plain"].result["engines"]["voicing"].endswith("f32)")  # not safe in anything less


@pytest.mark.parametrize(("stage", "files"), [
    ("separation", {f"stems/{name}.wav" for name in STEM_NAMES}),
    ("transcription", {"frames.json", "notes.json", "vocals.mid"}),
    ("chords", {"chords.json"}),
])  # fmt: skip
def test_a_stage_alone(tool, media, tmp_path, stage, files):
    output = tool.transcribe_one(media / "clip2.wav", "--stages", stage, "--stem-format", "wav", out=tmp_path)
    assert output.files == files | {"result.json"}
    assert output.result["stages"] == [stage]
    assert output.result["duration"] == 3


def test_two_stages(tool, media, tmp_path):
    output = tool.transcribe_one(media / "short.wav", "--stages", "chords,transcription", out=tmp_path)
    assert output.files == DOCUMENTS


def test_one_thread_gives_the_same_music(tool, media, transcribed, tmp_path):
    output = tool.transcribe_one(media / "plain.wav", "--threads", "1", "--stem-format", "wav", out=tmp_path)
    other = transcribed["plain"]
    assert output.result["cores"] == 1
    assert [c["label"] for c in output.chords["chords"]] == [c["label"] for c in other.chords["chords"]]
    assert output.result["tempo_bpm"] == other.result["tempo_bpm"]
    assert snr_db(other.stem("vocals"), output.stem("vocals")) > 40


@pytest.mark.parametrize("vocabulary", ["ismir2017", "full"])
def test_vocabularies(tool, media, songs, tmp_path, vocabulary):
    args = ["--stages", "chords", "--chord-vocabulary", vocabulary]
    output = tool.transcribe_one(media / "sevenths.wav", *args, out=tmp_path)
    found = {c["label"] for c in output.chords["chords"]}
    assert {"Eb:maj7", "Ab:maj7"} <= found, found


def test_frames_are_counted_exactly(tool, songs, tmp_path):
    """2.29 s are 229 frames, though 2.29 / 0.01 is less in floating point."""
    num_samples = 229 * RATE // 100
    write_wav(tmp_path / "odd.wav", songs["plain"].mix[:, :num_samples])
    write_wav(tmp_path / "less.wav", songs["plain"].mix[:, : num_samples - 1])
    args = [tmp_path / "odd.wav", tmp_path / "less.wav", "--stages", "transcription"]
    run = tool.transcribe(*args, out=tmp_path / "out")
    assert [output.frames["num_frames"] for output in run.outputs] == [229, 228]
