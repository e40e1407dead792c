"""A drum kit: pieces from samples or synthesis, each treated a little, played into a stereo track with its room."""

import numpy as np

from training.generator import drum_samples, drum_synth, dsp, effects, sources

# Usual level in dB of a piece (peak, at full velocity), its place in the stereo picture, and how long a hit may ring.
LEVELS = {
    "kick": (0, 0.0), "snare": (-2, 0.05), "rim": (-9, 0.1), "clap": (-5, 0.0), "hat": (-13, 0.35), "pedal": (-18, 0.35),
    "open": (-12, 0.35), "ride": (-13, -0.4), "bell": (-12, -0.4), "crash": (-8, 0.5), "splash": (-11, -0.3),
    "tom_hi": (-4, 0.3), "tom_mid": (-4, -0.1), "tom_low": (-3, -0.45), "cowbell": (-11, 0.3), "shaker": (-15, -0.5),
    "tambourine": (-13, 0.5), "conga_hi": (-7, 0.4), "conga_low": (-7, -0.3), "triangle": (-17, 0.6), "perc": (-11, -0.4),
}
CHOKED = {"hat": "hats", "pedal": "hats", "open": "hats"}
SYNTH_STYLES = {"acoustic": ("acoustic",), "electronic": ("analog", "analog", "industrial", "acoustic"),
                "hybrid": ("analog", "acoustic", "industrial"), "percussion": ("acoustic",)}


class Kit:
    """Deterministic for a random generator's state. `name` tells what it is made of."""

    def __init__(self, rng, character, held_out):
        self._rng = rng
        self._character = character
        self._pool = sources.available(("soundfont", "drum soundfont", "hydrogen", "folder"), held_out)
        self._main = self._choose_main()
        self._preset = None
        if self._main and self._main.presets:
            self._preset = self._main.presets[rng.integers(len(self._main.presets))]
        self._synth_style = str(rng.choice(SYNTH_STYLES[character]))
        self._swap = rng.choice((0.08, 0.25, 0.6))  # how often a piece comes from elsewhere
        self._mirror = rng.choice((-1, 1))
        self._width = rng.uniform(0.2, 1.0)
        self._pieces = {}
        self.name = self._main.name if self._main else f"synthesis ({self._synth_style})"

    def _choose_main(self):
        """A source, or None for synthesis."""
        wanted = {"acoustic": ("acoustic",), "electronic": ("electronic",), "hybrid": ("acoustic", "electronic"),
                  "percussion": ("percussion", "acoustic")}[self._character]
        fitting = [s for s in self._pool if set(s.tags) & set(wanted) or s.kind == "soundfont"]
        synthesis = 0.12 if self._character == "acoustic" else 0.4
        if not fitting or self._rng.random() < synthesis:
            return None
        weights = np.array([2.0 if s.tags else 1.0 for s in fitting])
        return fitting[self._rng.choice(len(fitting), p=weights / weights.sum())]

    def _layers(self, piece):
        """From the main source, from another one, or from synthesis; never empty."""
        source, preset = self._main, self._preset
        if self._rng.random() < self._swap:
            source, preset = self._pool[self._rng.integers(len(self._pool))] if self._pool else None, None
        if self._character == "acoustic" and source and "electronic" in source.tags and piece in ("kick", "snare", "hat"):
            source, preset = self._main, self._preset
        if source:
            layers = drum_samples.load(self._rng, source, piece, preset)
            if layers:
                return layers
        if self._rng.random() < 0.5 and self._pool:
            candidates = [s for s in self._pool if piece in drum_samples.pieces(s)]
            if candidates:
                layers = drum_samples.load(self._rng, candidates[self._rng.integers(len(candidates))], piece)
                if layers:
                    return layers
        sound = drum_synth.make(self._rng, piece, self._synth_style)
        takes = []
        for top in (0.6, 0.85, 1.0):  # softer strokes are darker
            take = sound if top == 1 else dsp.filtered(sound, dsp.low_pass(4000 + 12000 * top, 1))
            takes.append((top, np.repeat(take[:, None], 2, axis=1)))
        return takes

    def _treated(self, piece, layers):
        """The same change for all layers of a piece: pitch, tone, length, drive, place."""
        rng = self._rng
        ratio = 2 ** (rng.normal(0, 2.2 if self._character != "acoustic" else 1.2) / 12)
        tone = [dsp.bell(rng.uniform(60, 400), rng.normal(0, 2.5), 1), dsp.bell(rng.uniform(500, 3000), rng.normal(0, 3), 1),
                dsp.shelf(rng.uniform(4000, 9000), rng.normal(0, 3), True)]
        shorten = rng.uniform(0.05, 0.5) if rng.random() < 0.3 else None
        drive = rng.uniform(2, 12) if rng.random() < 0.25 else 0
        level, place = LEVELS[piece]
        place = np.clip(place * self._mirror * self._width + rng.normal(0, 0.05), -0.9, 0.9)
        width = rng.uniform(0, 1) if piece not in ("kick",) else rng.uniform(0, 0.3)
        sides = dsp.pan(np.ones(1, np.float32), place)
        top_peak = max(np.abs(audio).max() for _, audio in layers)
        level = np.float32(dsp.db(level + rng.normal(0, 2.5)))
        out = []
        for top, audio in layers:
            audio = dsp.resampled(audio / top_peak, ratio)
            audio = dsp.filtered(audio, *tone)
            if shorten:
                audio *= np.exp(-np.maximum(0, np.arange(len(audio)) / dsp.RATE - shorten * 0.3) / (shorten * 0.4))[:, None]
            if drive:
                audio = effects.saturated(audio, drive)
            middle = audio.mean(axis=1, keepdims=True)
            audio = (middle + width * (audio - middle)) * sides * level
            variants = [audio.astype(np.float32)]
            variants.append(dsp.filtered(audio, dsp.shelf(3000, rng.uniform(-2, 2), True)) * np.float32(rng.uniform(0.9, 1.05)))
            out.append((top, variants))
        return out

    def _sounds(self, piece):
        if piece not in self._pieces:
            self._pieces[piece] = self._treated(piece, self._layers(piece))
        return self._pieces[piece]

    def play(self, events, num_samples):
        """Close microphones: list of (time_sec, piece, velocity 0 … 1) -> dict group -> stereo track."""
        tracks = {group: np.zeros((num_samples, 2), np.float32) for group in ("kick", "snare", "rest")}
        events = sorted(events)
        chokes = [(t, piece) for t, piece, _ in events if piece in CHOKED]
        choke_index = 0
        for time, piece, velocity in events:
            layers = self._sounds(piece)
            velocity = float(np.clip(velocity, 0.03, 1))
            layer = next((sounds for top, sounds in layers if velocity <= top + 1e-3), layers[-1][1])
            sound = layer[self._rng.integers(len(layer))]
            start = int(time * dsp.RATE)
            if piece in CHOKED:
                choke_index += 1
                following = chokes[choke_index][0] if choke_index < len(chokes) else 1e9
                length = int((following - time) * dsp.RATE)
                if piece == "open" and 0 < length < len(sound):
                    sound = sound[: length + 300].copy()
                    fade = min(len(sound), 600)
                    sound[-fade:] *= np.linspace(1, 0, fade, dtype=np.float32)[:, None]
            group = piece if piece in ("kick", "snare") else "rest"
            single = len(layers) == 1
            gain = velocity ** (1.6 if single else 1.1) * self._rng.uniform(0.93, 1.05)
            dsp.add_at(tracks[group], start, sound * np.float32(gain))
        return tracks


def mixed(rng, tracks, character):
    """The tracks of a kit with overheads, room and bus compression."""
    dry = sum(tracks.values())
    if not dry.any():
        return dry
    kick, snare, rest = tracks["kick"], tracks["snare"], tracks["rest"]
    if rng.random() < 0.6:
        snare = dsp.compressed(snare, rng.uniform(-20, -8), rng.uniform(2, 5), rng.uniform(0.003, 0.02), 0.1)
    out = kick + snare + rest
    acoustic = character in ("acoustic", "percussion")
    if rng.random() < (0.95 if acoustic else 0.45):
        decay = rng.uniform(0.15, 0.6) if rng.random() < 0.75 else rng.uniform(0.6, 1.6)
        room = effects.impulse_response(rng, decay, rng.uniform(3000, 11000), rng.uniform(0, 0.015))
        send = kick * rng.uniform(0.05, 0.8) + snare + rest * rng.uniform(0.4, 1.2)
        wet = effects.reverberated(send, room)
        if rng.random() < 0.5:
            wet = dsp.compressed(wet, rng.uniform(-40, -20), rng.uniform(3, 10), 0.003, rng.uniform(0.08, 0.3)) * 2
        out = out + wet * (rng.uniform(0.08, 0.5) if acoustic else rng.uniform(0.03, 0.25))
    if rng.random() < 0.15:  # the gated snare of the eighties
        plate = effects.reverberated(snare, effects.impulse_response(rng, rng.uniform(1, 2), 8000))
        gate = dsp.follow(np.abs(snare).max(axis=1), np.float32(0.9), np.float32(0.9997))
        out = out + plate * np.clip(gate * 20 - 1, 0, 1)[:, None] * rng.uniform(0.2, 0.6)
    if rng.random() < 0.6:
        peak = np.abs(out).max()
        pressed = dsp.compressed(out / peak, rng.uniform(-28, -10), rng.uniform(2, 8), rng.uniform(0.002, 0.03),
                                 rng.uniform(0.05, 0.25)) * peak
        blend = rng.uniform(0.3, 1)
        out = out * (1 - blend) + pressed * blend * 1.5
    if rng.random() < 0.3:
        peak = np.abs(out).max()
        out = effects.saturated(out / peak, rng.uniform(2, 12)) * peak
    return out.astype(np.float32)
