"""Every kind of file that people have: decoded in full, from second 0 on, with the right sound.

All of them go through one run of the program; the stems of each add up to what was decoded."""

import dataclasses

import numpy as np
import pytest
import soundfile

from synth import write_wav
from tool import Output, ffmpeg, lag_samples

RATE = 44100


@dataclasses.dataclass(frozen=True)
class Kind:
    name: str  # of the file
    args: tuple[str, ...] = ()  # for ffmpeg, beside its first input
    min_snr_db: float = 15  # after the best gain
    length_tolerance: int = 0  # in samples; some containers tell the length in milliseconds, or in packets


def lossless(name, *args, snr=80):
    return Kind(name, args, snr)


WITH_COVER = ("-i", "COVER", "-map", "0", "-map", "1", "-c:v", "copy", "-disposition:v", "attached_pic")
TO_MONO = "pan=mono|c0=0.5*c0+0.5*c1"
TO_5_1 = "pan=5.1|FL=0.5*FL|FR=0.5*FR|FC=0*FL|LFE=0.5*FL|BL=0*FL|BR=0*FL"
TO_7_1 = "pan=7.1|FL=0.6*FL|FR=0.6*FR|FC=0*FL|LFE=0*FL|BL=0*FL|BR=0*FL|SL=0*FL|SR=0*FL"

KINDS = [
    lossless("u8.wav", "-c:a", "pcm_u8", snr=25),
    lossless("s16.wav", "-c:a", "pcm_s16le"),
    lossless("s24.wav", "-c:a", "pcm_s24le"),
    lossless("s32.wav", "-c:a", "pcm_s32le"),
    lossless("f32.wav", "-c:a", "pcm_f32le"),
    lossless("f64.wav", "-c:a", "pcm_f64le"),
    lossless("rf64.wav", "-rf64", "always"),
    lossless("sony.w64"),
    lossless("s16.flac"),
    lossless("s24.flac", "-sample_fmt", "s32"),
    lossless("alac.m4a", "-c:a", "alac"),
    lossless("big_endian.aiff"),
    lossless("48k.wav", "-ar", "48000", snr=40),
    lossless("96k.flac", "-ar", "96000", snr=40),
    lossless("192k.wav", "-ar", "192000", snr=40),
    lossless("8k_mono.wav", "-ar", "8000", "-af", TO_MONO, snr=10),
    lossless("5.1.flac", "-af", TO_5_1),
    lossless("7.1.wav", "-af", TO_7_1),
    lossless("cover.flac", *WITH_COVER),
    Kind("cbr.mp3", ("-b:a", "192k")),
    Kind("vbr.mp3", ("-q:a", "2")),
    Kind("22k_mono.mp3", ("-ar", "22050", "-af", TO_MONO), min_snr_db=10),
    Kind("cover.mp3", WITH_COVER),
    Kind("aac.m4a", ("-c:a", "aac", "-b:a", "192k"), length_tolerance=50),
    Kind("cover.m4a", (*WITH_COVER, "-c:a", "aac"), length_tolerance=50),
    Kind("vorbis.ogg", ("-c:a", "libvorbis", "-q:a", "6")),
    Kind("opus.opus", ("-c:a", "libopus", "-b:a", "160k")),
    Kind("opus.webm", ("-c:a", "libopus", "-b:a", "160k")),
    Kind("vorbis.webm", ("-c:a", "libvorbis"), length_tolerance=1024),
    Kind("wma2.wma", ("-c:a", "wmav2", "-b:a", "192k"), length_tolerance=2048),
    Kind("film.mp4", ("-f", "lavfi", "-i", "testsrc=size=64x64:rate=10", "-map", "0", "-map", "1", "-c:a", "aac",
                      "-b:a", "192k", "-shortest"), length_tolerance=50),
]  # fmt: skip


@pytest.fixture(scope="module")
def clip(songs):
    """Three seconds with all instruments, [2, samples]."""
    return songs["plain"].mix[:, 3 * RATE : 6 * RATE]


@pytest.fixture(scope="module")
def decoded(tool, clip, tmp_path_factory) -> dict[str, Output]:
    folder = tmp_path_factory.mktemp("inputs")
    source = folder / "source.wav"
    soundfile.write(source, clip.T, RATE, subtype="FLOAT")
    cover = folder / "cover.png"
    ffmpeg("-f", "lavfi", "-i", "testsrc=size=64x64", "-frames:v", "1", cover)
    files = []
    for number, kind in enumerate(KINDS):
        args = [cover if arg == "COVER" else arg for arg in kind.args]
        file = folder / f"{number}-{kind.name}"
        ffmpeg("-i", source, *args, file)
        files.append(file)
    args = ["--stages", "separation", "--stem-format", "wav"]
    run = tool.transcribe(*files, *args, out=folder / "out")
    assert run.code == 0, run.stderr
    return {kind.name: output for kind, output in zip(KINDS, run.outputs, strict=True)}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_kind(decoded, clip, kind):
    output = decoded[kind.name]
    sound = output.stem("vocals") + output.stem("instrumental")
    assert abs(sound.shape[1] - clip.shape[1]) <= kind.length_tolerance
    assert lag_samples(clip, sound) == 0
    reference = clip[:, : sound.shape[1]].astype(np.float64)
    sound = sound[:, : reference.shape[1]]
    gain = np.sum(reference * sound) / np.sum(reference**2)
    assert 0.15 < gain < 1.01
    error = sound - gain * reference
    assert 10 * np.log10(np.sum((gain * reference) ** 2) / np.sum(error**2)) > kind.min_snr_db
    assert output.result["warnings"] == []
    assert output.result["input"]["has_video"] == (kind.name == "film.mp4")


def test_pcm_is_taken_bit_by_bit(decoded, clip):
    for name in ("f32.wav", "f64.wav"):
        output = decoded[name]
        assert np.abs(output.stem("vocals") + output.stem("instrumental") - clip).max() < 1e-6


@pytest.fixture(scope="module")
def damaged(tool, media, tmp_path_factory):
    """Name -> Output of files that are cut off, or have a hole of noise."""
    folder = tmp_path_factory.mktemp("damaged")
    rng = np.random.default_rng(1)
    files = []
    for extension, args in (("mp3", ["-b:a", "192k"]), ("flac", []), ("wav", [])):
        whole = folder / f"whole.{extension}"
        ffmpeg("-i", media / "clip.wav", *args, whole)
        data = whole.read_bytes()
        cut = folder / f"cut_{extension}.{extension}"
        cut.write_bytes(data[: len(data) * 6 // 10])
        files.append(cut)
        if extension != "wav":  # in which all bytes are sound
            holed = folder / f"holed_{extension}.{extension}"
            middle = len(data) // 2
            holed.write_bytes(data[:middle] + rng.bytes(6000) + data[middle + 6000 :])
            files.append(holed)
    run = tool.transcribe(*files, "--stages", "separation", "--stem-format", "wav", out=folder / "out")
    assert run.code == 0, run.stderr
    return {file.stem: output for file, output in zip(files, run.outputs, strict=True)}


@pytest.mark.parametrize("name", ["cut_mp3", "cut_flac", "cut_wav"])
def test_a_file_that_is_cut_off_is_taken_as_far_as_it_goes(damaged, name):
    result = damaged[name].result
    assert 2.2 < result["duration"] < 2.6
    assert result["warnings"]


@pytest.mark.parametrize(("name", "tolerance_sec"), [("holed_mp3", 0.25), ("holed_flac", 0)])
def test_a_file_with_a_hole_goes_on_after_it(damaged, name, tolerance_sec):
    """In time, where the frames are numbered; of an MP3 the lost ones are missing."""
    output = damaged[name]
    assert output.result["warnings"]
    assert output.result["duration"] == pytest.approx(4, abs=tolerance_sec)


def test_a_hole_in_flac_is_silence_of_its_length(damaged, media):
    output = damaged["holed_flac"]
    sound = output.stem("vocals") + output.stem("instrumental")
    last_second = soundfile.read(media / "clip.wav")[0].T[:, 3 * RATE :]
    assert np.abs(sound[:, 3 * RATE :] - last_second).max() < 1e-6


@pytest.fixture(scope="module")
def odd_songs(tool, media, tmp_path_factory):
    """Through all stages: silence, a fifth of a second, a voice alone, a single sample, numbers that are none, noise, full scale."""
    folder = tmp_path_factory.mktemp("odd")
    rng = np.random.default_rng(2)
    write_wav(folder / "one_sample.wav", np.array([[0.5], [0.5]]))
    broken = rng.uniform(-0.1, 0.1, (RATE, 2)).astype(np.float32)
    broken[100, 0], broken[200] = np.nan, np.inf
    soundfile.write(folder / "broken.wav", broken, RATE, subtype="FLOAT")
    write_wav(folder / "noise.wav", rng.uniform(-1, 1, (2, 3 * RATE)))
    write_wav(folder / "clipped.wav", np.sign(np.sin(np.arange(3 * RATE) * 2 * np.pi * 220 / RATE))[None].repeat(2, 0))
    names = ["silence", "short", "vocals_only"]
    files = [media / f"{name}.wav" for name in names]
    files += [folder / f"{name}.wav" for name in ("one_sample", "broken", "noise", "clipped")]
    run = tool.transcribe(*files, "--stem-format", "wav", out=folder / "out")
    assert run.code == 0, run.stderr
    return {file.stem: output for file, output in zip(files, run.outputs, strict=True)}


def test_silence(odd_songs):
    output = odd_songs["silence"]
    assert not any(frame["voiced"] for frame in output.frames["frames"])
    assert [chord["label"] for chord in output.chords["chords"]] == ["N"]
    assert output.result["tempo_bpm"] == 0 and output.result["beats"] == []
    for name, stem in output.result["stems"].items():
        assert stem["loudness_lufs"] is None
        assert np.abs(output.stem(name)).max() < 1e-6


def test_a_fifth_of_a_second(odd_songs):
    output = odd_songs["short"]
    assert output.result["duration"] == 0.2
    assert output.frames["num_frames"] == 20
    assert output.stem("vocals").shape == (2, RATE // 5)
    assert output.chords["chords"][-1]["end"] == 0.2


def test_a_single_sample(odd_songs):
    output = odd_songs["one_sample"]
    assert output.stem("drums").shape == (2, 1)
    assert output.frames["num_frames"] == 0


def test_samples_that_are_no_numbers_are_silent_and_told_of_once(odd_songs):
    output = odd_songs["broken"]
    (warning,) = output.result["warnings"]
    assert warning.startswith("3 invalid samples")
    assert np.isfinite(output.stem("other")).all()


def test_a_voice_alone(odd_songs, songs):
    output = odd_songs["vocals_only"]
    voice = songs["plain"].stems["vocals"][:, : 6 * RATE]
    energy = {name: np.sum(output.stem(name) ** 2) for name in ("vocals", "instrumental")}
    assert energy["vocals"] > 10 * energy["instrumental"]
    truth = songs["plain"].f0_hz[:600]
    found = np.array([frame["f0_hz"] or 0 for frame in output.frames["frames"]])
    both = (truth > 0) & (found > 0)
    assert both.sum() > 0.85 * (truth > 0).sum()
    assert np.mean(np.abs(1200 * np.log2(found[both] / truth[both])) < 50) > 0.95
    assert output.stem("vocals").shape == voice.shape


@pytest.mark.parametrize("name", ["noise", "clipped"])
def test_loud_things_stay_finite(odd_songs, name):
    output = odd_songs[name]
    for stem in output.result["stems"]:
        audio = output.stem(stem)
        assert np.isfinite(audio).all()
        assert np.abs(audio).max() < 4
