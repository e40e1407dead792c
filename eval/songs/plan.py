"""What each song of a set is like. A set covers all keys and the whole ranges of tempo and tuning evenly."""

from dataclasses import asdict, dataclass

import numpy as np

from .theory import Key

METERS = {"4/4": (4, 4), "3/4": (3, 4), "6/8": (2, 6)}  # beats in a bar, steps in a beat
# Up to which tempo: nobody plays a ballad at 150, it would be one at 75.
GROOVES = {"ballad": 95, "hiphop": 110, "funk": 125, "rock": 200, "pop": 200, "dance": 200}
BASS_LINES = ("eighths", "root and fifth", "octaves", "walking", "long")
VOICES = ("en-us+f2", "en-us+m3", "en-gb+f4", "en-us+Michael")
COMPERS = ("piano", "epiano", "organ", "guitar", "clean guitar", "distorted guitar", "strings", "pad")


@dataclass(frozen=True)
class SongPlan:
    """Equal plans give equal songs."""

    name: str
    seed: tuple[int, int]
    key: Key
    meter: str
    tempo_bpm: float
    tempo_drift: float  # relative wandering of the tempo, 0 for a machine
    swing: float  # 0 straight, 1/3 triplets
    tuning_cents: float
    colour: int  # of the chords: 0 triads, 1 pop, 2 jazz
    groove: str  # "" for a song without drums
    bass: str
    compers: tuple[str, ...]
    voice: str
    seconds: float = 30.0

    def as_dict(self) -> dict:
        return {**asdict(self), "key": str(self.key)}


def plan_songs(set_seed: int, count: int = 24) -> list[SongPlan]:
    rng = np.random.default_rng([set_seed, 1000])
    keys = [Key(tonic, mode) for mode in ("major", "minor") for tonic in range(12)]
    shares = (np.arange(count) + 0.5) / count
    tempos = rng.permutation(70 * (165 / 70) ** shares)  # even on a logarithmic scale
    tunings = rng.permutation(np.where(np.arange(count) % 2, np.linspace(-40, 40, count), 0))
    order = rng.permutation(24)
    return [_plan(rng, set_seed, i, keys[order[i % 24]], float(tempos[i]), float(tunings[i])) for i in range(count)]


def _plan(rng, set_seed: int, index: int, key: Key, tempo_bpm: float, tuning_cents: float) -> SongPlan:
    meter = {3: "3/4", 10: "6/8", 15: "3/4", 22: "6/8"}.get(index % 24, "4/4")
    is_sparse = index % 4 == 1
    if meter == "6/8":  # dotted quarters are slower than quarters
        tempo_bpm = 55 + (tempo_bpm - 70) * 30 / 95
    compers = COMPERS
    if is_sparse:  # power chords alone are neither major nor minor
        compers = tuple(name for name in COMPERS if name != "distorted guitar")
    num_compers = 1 if is_sparse else int(rng.integers(2, 4))
    grooves = [name for name, fastest_bpm in GROOVES.items() if tempo_bpm < fastest_bpm]
    return SongPlan(
        name=f"{set_seed}-{index:02d}",
        seed=(set_seed, index),
        key=key,
        meter=meter,
        tempo_bpm=round(tempo_bpm, 2),
        tempo_drift=0.015 if index % 5 == 2 else 0.0,
        swing=1 / 3 if index % 6 == 5 and meter == "4/4" else 0.0,
        tuning_cents=round(tuning_cents, 1),
        colour=int(rng.choice([0, 1, 1, 2])),
        groove="" if is_sparse and index % 8 == 1 else str(rng.choice(grooves)),
        bass="" if is_sparse and index % 8 == 5 else str(rng.choice(BASS_LINES)),
        compers=tuple(map(str, rng.choice(compers, num_compers, replace=False))),
        voice=VOICES[index % len(VOICES)],
    )
