"""Time: beats that drift, bars, steps, swing."""

import numpy as np


class Clock:
    """Seconds of any step of any bar. `steps` sixteenths (or half-triplets) in a bar, `per_beat` of them in a beat."""

    def __init__(self, rng, tempo_bpm, meter, swing, drift, lead_sec, num_bars, change=1.0):
        self.beats_per_bar, self.per_beat = {"4/4": (4, 4), "3/4": (3, 4), "6/8": (2, 6)}[meter]
        self.steps = self.beats_per_bar * self.per_beat
        self.tempo_bpm = tempo_bpm
        self._swing = swing if self.per_beat == 4 else 0.0
        count = (num_bars + 2) * self.beats_per_bar
        wander = np.convolve(rng.normal(0, 1, count + 16), np.hanning(16) / 8, "same")[8 : 8 + count]
        slow = np.linspace(0, np.log(change), count)  # tempo change over the song
        lengths = 60 / tempo_bpm * np.exp(drift * wander + slow)
        self._beats = lead_sec + np.concatenate([[0], np.cumsum(lengths)])

    def beats_sec(self, num_bars):
        """Of so many bars, from the first one's first beat on."""
        return self._beats[: num_bars * self.beats_per_bar]

    def at(self, bar, step=0.0):
        position = bar * self.beats_per_bar + step / self.per_beat
        whole = np.floor(position)
        part = position - whole
        if self._swing:  # the second half of each pair comes late
            pair = part * 2 % 1
            late = np.where(pair < 0.5, pair * (1 + self._swing), 0.5 * (1 + self._swing) + (pair - 0.5) * (1 - self._swing))
            part = (np.floor(part * 2) + late) / 2
        return np.interp(whole + part, np.arange(len(self._beats)), self._beats)
