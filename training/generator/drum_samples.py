"""Drum sounds from sample packages: for each source the pieces of a kit, each with layers by velocity."""

import re
import xml.etree.ElementTree as ElementTree
from functools import lru_cache

import numpy as np
import soundfile

from training.generator import dsp, soundfonts
from training.generator.dsp import RATE

# Piece of the kit -> what its name looks like; the first that fits counts.
PATTERNS = (
    ("cowbell", r"cow"), ("rim", r"side ?stick|^stick|stick-rim|rim(?!.*shot)|c#3"), ("clap", r"clap|snap"),
    ("snare", r"snare|^sn_|drum_snare|redo"), ("kick", r"kick|bass ?drum|bassdrum|^bd|^k\d|heavy_kick|drum_bass"),
    ("pedal", r"(hat|hh|hihat).*(pd|ped|foot)|ped.*(hat|hh)|cymbal_pedal"),
    ("open", r"(hat|hh|hihat).*(op|semi|half)|open|^o\.?hh"), ("hat", r"hat|hh|hi-hat|cymbal_closed"),
    ("tom_hi", r"tom.*(hi|1)|hi.*tom"), ("tom_mid", r"tom.*(mid|2|3)|mid.*tom"), ("tom_low", r"tom|floor"),
    ("bell", r"bell|cup"), ("ride", r"ride"), ("splash", r"splash|choke"), ("crash", r"crash|cymbal|china|cym"),
    ("shaker", r"shak|maraca|cabasa"), ("tambourine", r"tamb"), ("conga_hi", r"conga|bongo|djemb|tabla_(na|te|tas)"),
    ("conga_low", r"dun|surdo|udu|tabla|drum"), ("triangle", r"triang|chime"), ("perc", r"wood|clav|block|perc|elec_"),
)
# Piece -> the key of General MIDI, for SoundFonts.
GM_KEYS = {
    "kick": (36, 35), "snare": (38, 40), "rim": (37,), "clap": (39,), "hat": (42,), "pedal": (44,), "open": (46,),
    "ride": (51, 59), "bell": (53,), "crash": (49, 57, 52), "splash": (55,), "tom_hi": (50, 48), "tom_mid": (47, 45),
    "tom_low": (43, 41), "cowbell": (56,), "tambourine": (54,), "shaker": (70, 82, 69), "conga_hi": (63, 60),
    "conga_low": (64, 61), "triangle": (81,), "perc": (76, 75),
}
LONGEST_SEC = {"kick": 0.9, "hat": 0.5, "pedal": 0.5, "crash": 3.5, "ride": 2.5, "bell": 2.5, "open": 2.0}


def piece_of(name):
    """The piece that an instrument's or a file's name speaks of, or None."""
    return next((piece for piece, pattern in PATTERNS if re.search(pattern, name.lower())), None)


def _trimmed(audio, piece):
    """Starts at the attack, ends 70 dB below the peak or at the longest length, faded."""
    audio = np.repeat(audio, 2, axis=1) if audio.shape[1] == 1 else audio[:, :2]
    level = np.abs(audio).max(axis=1)
    peak = level.max(initial=0)
    if peak < 1e-4:
        return None
    start = max(0, int(np.argmax(level > peak * 0.02)) - 20)
    stop = min(len(audio) - int(np.argmax(level[::-1] > peak * 3e-4)), start + dsp.seconds(LONGEST_SEC.get(piece, 1.5)))
    audio = audio[start:stop].astype(np.float32)
    fade = min(len(audio), 1500)
    audio[-fade:] *= np.linspace(1, 0, fade, dtype=np.float32)[:, None]
    return audio


@lru_cache(maxsize=600)
def _read(path, piece):
    """None for a silent file and one that cannot be read: packages have some."""
    try:
        audio, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except soundfile.LibsndfileError:
        return None
    if rate != RATE:
        audio = dsp.resampled(audio, rate / RATE)
    return _trimmed(audio, piece)


def _hydrogen_index(folder):
    """Piece -> list of instruments; an instrument is a list of (greatest velocity, file)."""
    text = (folder / "drumkit.xml").read_text(encoding="utf-8", errors="replace")
    root = ElementTree.fromstring(re.sub(r'\s(xmlns|xsi)[:\w]*="[^"]*"', "", text))
    index = {}
    for instrument in root.iter("instrument"):
        layers = [(float(layer.findtext("max") or 1), layer.findtext("filename")) for layer in instrument.iter("layer")]
        layers = layers or [(1.0, instrument.findtext("filename"))]
        layers = sorted((top, str(folder / file)) for top, file in layers if file and (folder / file).exists())
        piece = piece_of(instrument.findtext("name") or "") or (layers and piece_of(layers[0][1].rsplit("/", 1)[1]))
        if layers and piece:
            index.setdefault(piece, []).append(layers)
    return index


def _folder_index(folder):
    index = {}
    for path in sorted(folder.glob("*.*")):
        if path.suffix in (".flac", ".ogg", ".wav") and not re.match(r"loop_|ambi|vinyl|guit|misc|bass_|glitch", path.name):
            piece = piece_of(path.stem)
            if piece:
                index.setdefault(piece, []).append([(1.0, str(path))])
    return index


@lru_cache(maxsize=64)
def _index(source):
    return _hydrogen_index(source.path) if source.kind == "hydrogen" else _folder_index(source.path)


@lru_cache(maxsize=500)
def _from_soundfont(source, bank, program, key, piece):
    """Layers of four velocities."""
    layers = []
    for velocity in (40, 75, 100, 124):
        length = dsp.seconds(LONGEST_SEC.get(piece, 1.5))
        audio = soundfonts.play(source.path, bank, program, [(0.0, 2.0, key, velocity)], length)
        audio = _trimmed(audio, piece)
        if audio is not None:
            layers.append((velocity / 127, audio))
    return layers


def pieces(source):
    """What pieces a source has."""
    return set(GM_KEYS) if "soundfont" in source.kind else set(_index(source))


def load(rng, source, piece, preset=None):
    """Layers of one piece: list of (greatest velocity 0 … 1, stereo sound), or [] if the source has none."""
    if "soundfont" in source.kind:
        bank, program = preset or source.presets[rng.integers(len(source.presets))]
        return _from_soundfont(source, bank, program, int(rng.choice(GM_KEYS[piece])), piece)
    instruments = _index(source).get(piece, [])
    if not instruments:
        return []
    layers = [(top, _read(path, piece)) for top, path in instruments[rng.integers(len(instruments))]]
    return [(top, audio) for top, audio in layers if audio is not None]
