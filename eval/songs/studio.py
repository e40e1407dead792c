"""Plays, sings, mixes and writes a song as the folder that docs/EVALUATION.md describes."""

import json
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pretty_midi
import soundfile
from scipy.signal import fftconvolve

from . import band
from .composition import Composition
from .plan import SongPlan
from .singer import RATE, Singer, load_voice
from .theory import midi_to_hz

SOUND_FONT = Path("/usr/share/sounds/sf2/FluidR3_GM.sf2")
LEVELS_DB = {"vocals": -20.0, "drums": -20.5, "bass": -21.5, "other": -22.0}  # RMS where they sound, before the spread


def write_song(plan: SongPlan, folder: Path, cache: Path):
    """`cache` keeps the voices. The folder appears in one step, complete."""
    song = Composition(plan)
    vocals, f0_hz = _sing(song, cache)
    with _folder(folder) as making:
        _write_stems(song, vocals, making)
        _write_pitch(f0_hz, making)
        _write_score(song, making)


def write_recorded(plan: SongPlan, dry: np.ndarray, f0_hz: np.ndarray, folder: Path):
    """A voice that is given (mono, RATE, and its pitch every 10 ms) over the band of `plan`; only its stems and pitch are told."""
    song = Composition(plan)
    with _folder(folder) as making:
        _write_stems(song, _in_a_room(song.rng("singer"), _fitted(song, dry)), making)
        _write_pitch(np.pad(f0_hz, (0, max(0, int(song.duration_sec * 100) + 1 - len(f0_hz)))), making)


@contextmanager
def _folder(folder: Path):
    """A folder to write to, which is `folder` when all went well."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        making = Path(scratch) / "song"
        (making / "stems").mkdir(parents=True)
        yield making
        making.rename(folder)


def _write_stems(song: Composition, vocals: np.ndarray, folder: Path):
    plan = song.plan
    stems = {"vocals": vocals, "drums": _play(song, [band.drums(song)] if plan.groove else [], 0.2)}
    stems["bass"] = _play(song, [band.bass(song)] if plan.bass else [], 0.0)
    stems["other"] = _play(song, [band.comper(song, name) for name in plan.compers], 0.3)
    stems = _mixed(song, stems)
    mix = np.sum(list(stems.values()), axis=0)
    soundfile.write(folder / "mix.flac", mix, RATE, subtype="PCM_16")
    for name, audio in stems.items():
        soundfile.write(folder / "stems" / f"{name}.flac", audio, RATE, subtype="PCM_16")


def _write_pitch(f0_hz: np.ndarray, folder: Path):
    rows = "".join(f"{n / 100:.2f},{hz:.3f}\n" for n, hz in enumerate(f0_hz))
    (folder / "f0.csv").write_text("time,hz\n" + rows)


def _write_score(song: Composition, folder: Path):
    tuning_cents = song.plan.tuning_cents
    notes = "".join(f"{n.start_sec:.4f},{n.end_sec:.4f},{midi_to_hz(n.midi, tuning_cents):.3f}\n" for n in song.melody())
    (folder / "notes.csv").write_text("start,end,hz\n" + notes)
    labels = "".join(f"{start:.4f}\t{end:.4f}\t{label}\n" for start, end, label in song.chord_labels())
    (folder / "chords.lab").write_text(labels)
    beats = "".join(f"{t:.4f}\t{n % song.beats_per_bar + 1}\n" for n, t in enumerate(song.beats_sec))
    (folder / "beats.txt").write_text(beats)
    (folder / "key.txt").write_text(f"{song.plan.key}\n")
    (folder / "song.json").write_text(json.dumps(song.plan.as_dict(), indent=1))


def _play(song: Composition, instruments: list[pretty_midi.Instrument], reverb: float) -> np.ndarray:
    """float [samples, 2], by FluidSynth."""
    num_samples = int(song.duration_sec * RATE)
    if not any(instrument.notes for instrument in instruments):
        return np.zeros((num_samples, 2))
    score = pretty_midi.PrettyMIDI(resolution=960)
    score.instruments = instruments
    for instrument in instruments:
        if not instrument.is_drum:  # bends reach two semitones
            instrument.pitch_bends = [pretty_midi.PitchBend(round(song.plan.tuning_cents / 200 * 8192), 0)]
    with tempfile.TemporaryDirectory() as scratch:
        midi, wav = f"{scratch}/score.mid", f"{scratch}/audio.wav"
        score.write(midi)
        options = ["-g", "0.5", "-r", str(RATE), "-o", "synth.dynamic-sample-loading=1", "-o", "synth.chorus.active=0"]
        options += ["-o", f"synth.reverb.active={int(reverb > 0)}", "-o", f"synth.reverb.level={reverb}"]
        command = ["fluidsynth", "-niq", *options, "-T", "wav", "-O", "float", "-F", wav, SOUND_FONT, midi]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        audio, _ = soundfile.read(wav)
    audio = audio[:num_samples]
    return np.pad(audio, ((0, num_samples - len(audio)), (0, 0)))


def _sing(song: Composition, cache: Path) -> tuple[np.ndarray, np.ndarray]:
    rng = song.rng("singer")
    voice = load_voice(song.plan.voice, cache)
    dry, f0_hz = Singer(rng, voice, song.plan.tuning_cents).sing(song.melody(), song.duration_sec)
    return _in_a_room(rng, _fitted(song, dry)), f0_hz


def _fitted(song: Composition, audio: np.ndarray) -> np.ndarray:
    """As long as the song."""
    num_samples = int(song.duration_sec * RATE)
    return np.pad(audio, (0, max(0, num_samples - len(audio))))[:num_samples]


def _in_a_room(rng, dry: np.ndarray) -> np.ndarray:
    """Stereo: the dry sound in the middle, and a diffuse, decaying room."""
    wet, seconds = rng.uniform(0.03, 0.25), rng.uniform(0.4, 1.6)
    n = int(seconds * RATE)
    room = rng.normal(0, 1, (n, 2)) * np.exp(-6.9 * np.arange(n) / n)[:, None]
    room[: int(0.012 * RATE)] = 0
    room /= np.sqrt(np.sum(room**2, axis=0))
    return np.stack([dry + wet * fftconvolve(dry, room[:, channel])[: len(dry)] for channel in (0, 1)], axis=1)


def _mixed(song: Composition, stems: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """At their levels, faded out, so that neither a stem nor their sum clips."""
    rng = song.rng("levels")
    levelled = {}
    for name, audio in stems.items():
        sounding = audio[np.abs(audio).max(axis=1) > 1e-4]
        level_db = LEVELS_DB[name] + rng.uniform(-3, 3)
        gain = 10 ** (level_db / 20) / np.sqrt(np.mean(sounding**2)) if len(sounding) else 0.0
        levelled[name] = gain * audio
    fade = np.ones((len(levelled["vocals"]), 1))
    fade[-RATE // 4 :, 0] = np.linspace(1, 0, RATE // 4)
    peak = max(np.abs(audio).max() for audio in [sum(levelled.values()), *levelled.values()])
    return {name: 0.92 / peak * fade * audio for name, audio in levelled.items()}
