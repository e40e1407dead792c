"""The plan of a song: key, tempo, sections, chords, who plays when."""

from dataclasses import dataclass, field

import numpy as np

from training.generator import styles, theory, variety
from training.generator.clock import Clock

VALIDATION_SEED = 1_000_000  # seeds from here on make songs for validation


@dataclass(frozen=True)
class Chord:
    bar: int
    step: int
    steps: int
    root: int  # pitch class
    bass: int
    quality: str


@dataclass
class Section:
    kind: str
    first_bar: int
    bars: int
    chords: list
    drums: set = field(default_factory=set)  # of "kick", "snare", "hat", "extra"
    bass: bool = True
    parts: set = field(default_factory=set)  # indices of parts
    vocals: bool = True


@dataclass
class Plan:
    style: str
    seed: int
    index: int
    held_out: bool
    duration_sec: float
    tempo_bpm: float
    meter: str
    tonic: int
    family: str
    tuning_cents: float
    clock: Clock
    scale: set
    sections: list
    part_names: list
    groove: str

    @property
    def varied(self):
        """Whether it has what variety.py makes."""
        return self.seed < VALIDATION_SEED

    @property
    def num_bars(self):
        return self.sections[-1].first_bar + self.sections[-1].bars

    @property
    def num_samples(self):
        return int(self.duration_sec * 44100)


FORMS = (("intro", "verse", "chorus", "verse", "chorus"), ("verse", "chorus", "bridge", "chorus"), ("chorus", "verse", "chorus", "solo"),
         ("intro", "verse", "build", "chorus", "break", "chorus"), ("verse", "break", "chorus", "solo", "chorus"),
         ("build", "chorus", "break", "build", "chorus"), ("verse", "solo", "verse", "chorus"))
SCALE_OF = {"major": ("major", "mixolydian"), "minor": ("minor", "dorian"), "blues": ("blues", "mixolydian"), "jazz": ("major", "dorian"),
            "heavy": ("phrygian", "minor")}


def _chords(rng, loop, tonic, first_bar, bars, clock, bars_each):
    """The loop of chords over a section. `bars_each` may be a half."""
    out, position, k = [], 0, 0
    size = max(1, int(clock.steps * bars_each))
    total = bars * clock.steps
    while position < total:
        above, quality = loop[k % len(loop)]
        steps = min(size, total - position)
        while steps > 0:  # cut at the bars' lines
            here = min(steps, clock.steps - position % clock.steps)
            root = (tonic + above) % 12
            slash = theory.INTERVALS[quality][1] if rng.random() < 0.07 else 0
            out.append(Chord(first_bar + position // clock.steps, position % clock.steps, here, root, (root + slash) % 12, quality))
            position += here
            steps -= here
        k += 1
    return out


def _arrange(rng, section, style, num_parts, has):
    """Who plays in a section."""
    everything = {"kick", "snare", "hat", "extra"}
    kind = section.kind
    section.drums, section.bass, section.vocals = set(everything), True, kind not in ("intro", "solo", "break")
    section.parts = {i for i in range(num_parts) if rng.random() < 0.8}
    if kind == "chorus":
        section.parts = set(range(num_parts))
    elif kind == "intro":
        section.drums = set() if rng.random() < 0.4 else {d for d in everything if rng.random() < 0.5}
        section.bass = rng.random() < 0.5
    elif kind == "break":
        section.drums = set() if rng.random() < 0.5 else {d for d in everything if rng.random() < 0.35}
        section.bass = rng.random() < 0.4
        section.parts = {i for i in range(num_parts) if rng.random() < 0.5}
        section.vocals = rng.random() < 0.5
        if rng.random() < 0.15:  # drums alone
            section.drums, section.bass, section.parts = set(everything), rng.random() < 0.4, set()
    elif kind == "build":
        section.drums = {"kick"} if rng.random() < 0.5 else {"kick", "hat"}
        section.bass = rng.random() < 0.5
    elif kind == "verse" and rng.random() < 0.25:
        section.drums = {d for d in everything if rng.random() < 0.7}
    if not section.parts and not section.bass and not section.drums:
        section.parts = {0} if num_parts else set()
        section.bass = has["bass"]
    if not has["drums"]:
        section.drums = set()
    section.bass = section.bass and has["bass"]
    section.vocals = section.vocals and has["vocals"]


def _style(rng):
    weights = np.array([variety.WEIGHTS.get(name, 1.0) for name in styles.NAMES])
    return str(rng.choice(styles.NAMES, p=weights / weights.sum()))


def make(seed, index):
    """The plan of song `index` of `seed`, and the random generator to go on with."""
    rng = np.random.default_rng([seed, index])
    validation = seed >= VALIDATION_SEED
    name = styles.NAMES[index % len(styles.NAMES)] if validation else _style(rng)
    held_out = validation and index // len(styles.NAMES) % 2 == 0
    style = styles.STYLES[name]
    meter = str(rng.choice(style.meters))
    tempo = float(np.exp(rng.uniform(*np.log(style.tempo))) * (0.6 if meter == "6/8" else 1))
    duration, lead = float(rng.uniform(30, 40)), float(rng.uniform(0, 0.6))
    beats = {"4/4": 4, "3/4": 3, "6/8": 2}[meter]
    bars = max(4, int((duration - lead - 0.8) * tempo / 60 / beats))
    swing = float(rng.choice(style.swing))
    groove = str(rng.choice(style.grooves))
    if groove in ("shuffle", "jazz") and meter == "4/4":
        swing = max(swing, 0.3)
    change = float(np.exp(rng.normal(0, 0.04))) if rng.random() < 0.1 else 1.0
    drift = float(rng.choice((0, 0, 0.002, 0.006))) if name not in ("jazz", "acoustic", "rock", "ballad") else float(rng.uniform(0, 0.012))
    clock = Clock(rng, tempo, meter, swing, drift, lead, bars, change)
    tonic, family = int(rng.integers(12)), str(rng.choice(style.families))
    scale = {(tonic + x) % 12 for x in theory.SCALES[str(rng.choice(SCALE_OF[family]))]}
    has = {"drums": rng.random() >= style.no_drums, "bass": rng.random() >= style.no_bass, "vocals": rng.random() < style.vocals}
    has = has if validation else variety.absent(rng, has)
    names, weights = [p for p, _ in style.parts], np.array([w for _, w in style.parts])
    count = int(rng.integers(style.num_parts[0], style.num_parts[1] + 1)) if rng.random() > 0.015 else 0
    chosen = [str(p) for p in rng.choice(names, size=min(count, len(names)), replace=False, p=weights / weights.sum())]
    sections, bar, k = [], 0, 0
    form = FORMS[rng.integers(len(FORMS))]
    loops = {}
    while bar < bars:
        kind = form[k % len(form)]
        size = int(rng.choice((2, 2, 4)) if kind in ("intro", "break", "build") else rng.choice((4, 4, 8)))
        size = bars - bar if bars - bar - size < 2 else min(size, bars - bar)
        key = "verse" if kind in ("intro", "solo", "break") else kind
        if key not in loops:
            each = float(rng.choice((1, 1, 1, 2, 0.5)))
            loops[key] = (theory.progression(rng, family, style.richness), each if meter != "3/4" or each != 0.5 else 1)
        loop, each = loops[key]
        section = Section(kind, bar, size, _chords(rng, loop, tonic, bar, size, clock, each))
        _arrange(rng, section, style, len(chosen), has)
        sections.append(section)
        bar, k = bar + size, k + 1
    duration = max(duration, 30.0)
    tuning = 0.0 if rng.random() < 0.6 else float(rng.uniform(-45, 45))
    return Plan(name, seed, index, held_out, duration, tempo, meter, tonic, family, tuning, clock, scale, sections, chosen, groove), rng
