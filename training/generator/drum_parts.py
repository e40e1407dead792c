"""What drummers play: grooves by style, variations, fills, ghost notes, cymbals. Steps are sixteenths (or triplets of
eighths in swung and compound time)."""

import numpy as np

# (kick, snare, hats) over sixteen steps: capital = accent, small = soft; o = open hat, r = ride.
GROOVES = {
    "rock": [("X.....x.X.x.....", "....X.......X...", "x.x.x.x.x.x.x.x."), ("X.......X.x.....", "....X.......X...", "X.x.X.x.X.x.X.x."),
             ("X..x..x.X.......", "....X.......X..x", "x.x.x.x.x.x.x.o."), ("X.x.......X.x...", "....X.......X...", "X...X...X...X..."),
             ("X.......X.......", "....X.......X...", "xxxxxxxxxxxxxxxx"), ("X.X...X.X.....X.", "....X.......X...", "r.r.r.r.r.r.r.r.")],
    "metal": [("XxXxXxXxXxXxXxXx", "....X.......X...", "X...X...X...X..."), ("X.xxX.xxX.xxX.xx", "....X.......X...", "r...r...r...r..."),
              ("XxxxXxxxXxxxXxxx", "..X...X...X...X.", "X.X.X.X.X.X.X.X."), ("X..X..X..X..X.X.", "........X.......", "X...X...X...X..."),
              ("X...X.X.....X.X.", "....X.......X...", "o...o...o...o..."), ("x.x.x.x.x.x.x.x.", ".x.x.x.x.x.x.x.x", "r.r.r.r.r.r.r.r.")],
    "punk": [("X...X.X.X...X.X.", "..X...X...X...X.", "X.X.X.X.X.X.X.X."), ("X..xX.X.X..xX.X.", "..X...X...X...X.", "o.o.o.o.o.o.o.o.")],
    "pop": [("X.......x..X....", "....X.......X...", "x.x.x.x.x.x.x.x."), ("X..x....X..x....", "....X.......X...", "xxxxxxxxxxxxxxxx"),
            ("X...X...X...X...", "....X.......X...", "x.o.x.o.x.o.x.o."), ("X.....X...X.....", "....X.......X...", "x...x...x...x..."),
            ("X.....X.........", "........X.......", "x.x.x.x.x.x.x.x.")],
    "dance": [("X...X...X...X...", "....X.......X...", "..o...o...o...o."), ("X...X...X...X...", "....c.......c...", "x.oxx.oxx.oxx.ox"),
              ("X...X...X...X..x", "....c.......c..c", "xxoxxxoxxxoxxxox"), ("X...X...X...X...", "................", "..x...x...x...x."),
              ("X..X..X...X.X...", "....X.......X...", "x.x.x.x.x.x.x.x."), ("X.........X.....", "....X..x.x..X...", "x.xxx.xxx.xxx.xx")],
    "hiphop": [("X..x......X.....", "....X.......X...", "x.x.x.x.x.x.x.x."), ("X.....x..xX.....", "....X.......X...", "x.xxx.x.x.xxx.x."),
               ("X.......X..X..X.", "........c.......", "xxxxxxxxxxxxxxxx"), ("X..X......X..X..", "....c.......c...", "x.x.x.x.xxxxx.x."),
               ("X.X.......Xx....", "....X..x.x..X..x", "x.x.x.x.x.x.x.x.")],
    "funk": [("X..x..x...X..x..", "....X..x.x..X..x", "xxxxxxxxxxxxxxxx"), ("X.x...x...x..X..", "....X..x.x..X...", "x.x.x.x.x.o.x.x."),
             ("X.X....x..X.....", ".x..X..x.x.xX..x", "X.xxX.xxX.xxX.xx"), ("X...x.x...X..x..", "....X.......X.xx", "x.o.x.x.x.o.x.x.")],
    "ballad": [("X.........x.....", "........X.......", "x.x.x.x.x.x.x.x."), ("X.....x.X.......", "....X.......X...", "x...x...x...x..."),
               ("X.........x.....", "....R.......R...", "x.x.x.x.x.x.x.x."), ("X.......X.x.....", "....X.......X...", "r.r.r.r.r.r.r.r.")],
    "latin": [("X..x..x.X..x..x.", "...R..R....R..R.", "xxxxxxxxxxxxxxxx"), ("X..xX..xX..xX..x", "...x..x....x..x.", "x.xxx.xxx.xxx.xx"),
              ("X...X...X...X...", "...X..X....X..X.", "x.x.x.x.x.x.x.x."), ("X..X....X..X....", "....R.....R.....", "X.xxX.xxX.xxX.xx")],
    "reggae": [("........X.......", "........R.......", "x.x.x.x.x.x.x.x."), ("X...X...X...X...", "........R.......", "..x...x...x...x.")],
    "jazz": [("x...x...x...x...", "......x......x..", "r...r..rr...r..r"), ("x.....x.....x...", "...x......x..x..", "r...r..rr...r..r"),
             ("x.......x.......", "....x.......x...", "r...r..rr...r..r")],
    "shuffle": [("X.......X.......", "....X.......X...", "x..xx..xx..xx..x"), ("X..x....X..x....", "....X.......X...", "r..rr..rr..rr..r")],
    "brush": [("x.......x.......", "....x..x....x..x", "x...x...x...x..."), ("x...........x...", "..x...x...x...x.", "................")],
}
PERCUSSION = {
    "shaker": ["xxxxxxxxxxxxxxxx", "x.xxx.xxx.xxx.xx", "x.x.x.x.x.x.x.x."], "tambourine": ["....X.......X...", "x.x.x.x.x.x.x.x.", "..x...x...x...x."],
    "conga_hi": ["x..x..x...x.x...", "..x...xx..x...xx", "x.x...x.x.x...x."], "conga_low": ["......xx......xx", "...x.......x....", "x.......x..x...."],
    "cowbell": ["x...x...x...x...", "x.x.xx.xx.x.xx.x"], "clap": ["....X.......X...", "............X..."], "triangle": ["..x...x...x...x.", "x...x...x...x..."],
    "perc": ["x..x..x...x.x...", "......x...x....."],
}
HAT_PIECES = {"x": "hat", "X": "hat", "o": "open", "r": "ride"}


def _bar(pattern, steps):
    """A pattern of sixteen steps fitted to a bar of another number of steps."""
    return [pattern[(i * (1 if steps >= 16 else 1)) % 16] for i in range(steps)]


class Drummer:
    """Plays sections in one style; remembers the groove of each kind of section."""

    def __init__(self, rng, style, clock, pieces_extra):
        self._rng, self._style, self._clock = rng, style, clock
        self._sections = {}
        self._hand = rng.uniform(0.0, 0.007)  # jitter in seconds
        self._push = rng.normal(0, 0.004)
        self._ghosts = rng.uniform(0, 0.35) if style in ("funk", "rock", "hiphop", "jazz", "shuffle", "pop") else 0.05
        self._fill_chance = rng.uniform(0.2, 1.0)
        self._extra = pieces_extra
        self._rolls = rng.random() < 0.6 if style == "hiphop" else False
        self._dynamics = rng.uniform(0.5, 1.0)

    def _groove(self, kind):
        if kind not in self._sections:
            kick, snare, hat = GROOVES[self._style][self._rng.integers(len(GROOVES[self._style]))]
            if self._rng.random() < 0.35:  # kick and hats of different grooves
                hat = GROOVES[self._style][self._rng.integers(len(GROOVES[self._style]))][2]
            if kind == "chorus" and self._rng.random() < 0.5:
                hat = hat.replace("x", self._rng.choice(("o", "r", "x"))).replace("X", self._rng.choice(("o", "r", "X")))
            extra = {piece: str(self._rng.choice(PERCUSSION[piece])) for piece in self._extra if self._rng.random() < 0.7}
            self._sections[kind] = (kick, snare, hat, extra)
        return self._sections[kind]

    def _hit(self, events, bar, step, piece, velocity):
        time = self._clock.at(bar, step) + self._rng.normal(0, self._hand) + (self._push if piece != "kick" else 0)
        events.append((max(0.0, float(time)), piece, float(np.clip(velocity + self._rng.normal(0, 0.06), 0.05, 1))))

    def kick_steps(self, kind):
        """Steps at which the kick sounds: basses follow them."""
        return [i for i, c in enumerate(_bar(self._groove(kind)[0], self._clock.steps)) if c != "."]

    def bar(self, bar, kind, position, length, parts):
        """Events of one bar; `parts` of {"kick", "snare", "hat", "extra"} that play."""
        events = []
        steps, rng = self._clock.steps, self._rng
        kick, snare, hat, extra = (self._groove(kind))
        fill = position == length - 1 and rng.random() < self._fill_chance and "snare" in parts
        fill_from = steps - int(rng.choice((2, 4, 4, 8))) if fill else steps
        if position == 0 and rng.random() < 0.75 and "snare" in parts:
            self._hit(events, bar, 0, "crash", rng.uniform(0.7, 1))
        three = steps == 12
        for step in range(steps):
            main = step % self._clock.per_beat == 0
            if step >= fill_from:
                continue
            mark = kick[step] if not three else ("X" if step == 0 else ".xX."[int(rng.integers(4))] if step in (6, 10) else ".")
            if "kick" in parts and mark != ".":
                self._hit(events, bar, step, "kick", 0.95 if mark == "X" else 0.75)
            mark = snare[step] if not three else ("X" if step in ((4, 8) if self._clock.per_beat == 4 else (6,)) else ".")
            if "snare" in parts and mark != ".":
                piece = {"R": "rim", "c": "clap"}.get(mark, "snare")
                self._hit(events, bar, step, piece, 0.95 if mark in "XRc" else 0.4)
                if mark == "X" and "clap" in self._extra and rng.random() < 0.7:
                    self._hit(events, bar, step, "clap", 0.8)
            elif "snare" in parts and not main and rng.random() < self._ghosts * 0.3:
                self._hit(events, bar, step, "snare", rng.uniform(0.12, 0.3))
            self._hats(events, bar, step, hat[step], main, parts)
            for piece, pattern in extra.items():
                if "extra" in parts and pattern[step] != ".":
                    self._hit(events, bar, step, piece, 0.85 if main else 0.55)
        if fill:
            self._fill(events, bar, fill_from)
        return events

    def _hats(self, events, bar, step, mark, main, parts):
        if "hat" not in parts or mark == ".":
            if self._style == "jazz" and "hat" in parts and step % (2 * self._clock.per_beat) == self._clock.per_beat:
                self._hit(events, bar, step, "pedal", 0.6)
            return
        accent = 0.85 if mark == "X" or main else 0.85 - 0.4 * self._dynamics
        self._hit(events, bar, step, HAT_PIECES[mark], accent)
        if self._rolls and self._rng.random() < 0.12:
            divisions = int(self._rng.choice((2, 3, 4)))
            for k in range(1, divisions):
                self._hit(events, bar, step + k / divisions, "hat", accent * 0.8)

    def _fill(self, events, bar, start):
        rng, steps = self._rng, self._clock.steps
        kind = rng.choice(("toms", "snare", "mixed", "roll", "rest", "flam"))
        toms = ["tom_hi", "tom_hi", "tom_mid", "tom_mid", "tom_low", "tom_low"]
        span = max(1, steps - start)
        for step in range(start, steps):
            part = (step - start) / span
            if kind == "rest" and rng.random() < 0.8:
                continue
            if rng.random() < 0.15:
                continue
            tom = toms[min(5, int(part * 6))]
            piece = {"toms": tom, "snare": "snare", "roll": "snare"}.get(kind, rng.choice(("snare", tom, tom, "kick")))
            self._hit(events, bar, step, str(piece), 0.55 + 0.4 * part + rng.normal(0, 0.08))
            if kind == "roll" or rng.random() < 0.12:
                self._hit(events, bar, step + 0.5, str(piece), 0.5 + 0.3 * part)
            if kind == "flam":
                self._hit(events, bar, step - 0.12, str(piece), 0.4)

    def build_up(self, bar):
        """A snare roll that gets faster and louder over one bar."""
        events = []
        for step in np.arange(0, self._clock.steps, 1.0):
            self._hit(events, bar, step, "snare", 0.3 + 0.6 * step / self._clock.steps)
            if step > self._clock.steps / 2:
                self._hit(events, bar, step + 0.5, "snare", 0.3 + 0.6 * step / self._clock.steps)
        return events
