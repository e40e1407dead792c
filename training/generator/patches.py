"""Random patches for the synthesiser, by role. Each role has recipes; those listed as held out are for validation."""

from training.generator.synth import FM, ORGAN, PULSE, SAW, SINE, TRIANGLE, Patch


def _bass(rng, recipe):
    u = rng.uniform
    cut = dict(cutoff_hz=u(120, 700), cutoff_octaves=u(0.5, 4), cutoff_decay_sec=u(0.05, 0.5), resonance=u(0, 0.6), tracking=u(0, 0.6))
    env = dict(attack_sec=u(0.001, 0.015), decay_sec=u(0.1, 1.0), sustain=u(0.2, 0.95), release_sec=u(0.02, 0.12))
    return {
        "analog": lambda: Patch(wave=rng.choice((SAW, PULSE)), width=u(0.2, 0.5), sub=u(0, 0.8), drive=u(1, 3), **cut, **env),
        "two_osc": lambda: Patch(wave=SAW, unison=2, detune_cents=u(4, 14), spread=u(0, 0.4), sub=u(0, 0.8), **cut, **env),
        "reese": lambda: Patch(wave=SAW, unison=rng.integers(2, 5), detune_cents=u(15, 45), spread=u(0, 0.7), sub=u(0.3, 1),
                               cutoff_hz=u(200, 1200), cutoff_lfo_hz=u(0.1, 5), cutoff_lfo_octaves=u(0.2, 1.5), resonance=u(0, 0.5), **env),
        "fm": lambda: Patch(wave=FM, fm_ratio=rng.choice((0.5, 1, 2, 3)), fm_index=u(0.8, 5), fm_decay_sec=u(0.05, 0.6), sub=u(0, 0.5), **env),
        "sub": lambda: Patch(wave=rng.choice((SINE, TRIANGLE)), cutoff_hz=u(300, 1500), drive=u(1, 4), attack_sec=u(0.002, 0.02),
                             decay_sec=u(0.3, 2), sustain=u(0.4, 1), release_sec=u(0.03, 0.2)),
        "808": lambda: Patch(wave=SINE, drive=u(1, 7), cutoff_hz=u(900, 6000), attack_sec=0.001, decay_sec=u(0.4, 1.6), sustain=0.0,
                             release_sec=u(0.05, 0.3), bend_octaves=u(0.5, 2.5), glide_sec=rng.choice((0, 0.05, 0.1))),
        "acid": lambda: Patch(wave=rng.choice((SAW, PULSE)), cutoff_hz=u(150, 500), cutoff_octaves=u(2, 4.5), cutoff_decay_sec=u(0.06, 0.3),
                              resonance=u(0.6, 0.92), glide_sec=rng.choice((0, 0.04)), drive=u(1, 4), attack_sec=0.002, decay_sec=u(0.1, 0.4),
                              sustain=u(0, 0.5), release_sec=0.03),
        "wobble": lambda: Patch(wave=rng.choice((SAW, PULSE)), unison=2, detune_cents=u(5, 20), sub=u(0.4, 1), cutoff_hz=u(300, 900),
                                cutoff_lfo_hz=rng.choice((2, 3, 4, 6)) * u(0.9, 1.1), cutoff_lfo_octaves=u(1, 2.2), resonance=u(0.2, 0.7), drive=u(1, 5), **env),
        "growl": lambda: Patch(wave=FM, fm_ratio=rng.choice((0.5, 1, 1.5, 2)), fm_index=u(3, 9), fm_decay_sec=u(0.2, 3), sub=u(0.2, 1), cutoff_hz=u(400, 2500),
                               cutoff_lfo_hz=rng.choice((1, 2, 4, 6, 8)) * u(0.9, 1.1), cutoff_lfo_octaves=u(0.3, 2), resonance=u(0.1, 0.7), drive=u(1, 6), **env),
        "hoover": lambda: Patch(wave=PULSE, width=u(0.1, 0.5), unison=rng.integers(3, 7), detune_cents=u(20, 50), spread=u(0, 0.6), sub=u(0.3, 1), glide_sec=u(0, 0.12),
                                **cut, **env),
        "organ": lambda: Patch(wave=ORGAN, organ=800 + int(rng.integers(0, 6)) * 10 + int(rng.integers(0, 3)), cutoff_hz=u(600, 4000), drive=u(1, 4), **env),
        "hollow": lambda: Patch(wave=TRIANGLE, width=0.5, unison=rng.integers(1, 3), detune_cents=u(3, 10), noise=u(0, 0.05), drive=u(1, 6), **cut, **env),
        "glide": lambda: Patch(wave=rng.choice((SINE, TRIANGLE, SAW)), cutoff_hz=u(200, 1500), drive=u(1, 8), glide_sec=u(0.06, 0.3), attack_sec=0.003,
                               decay_sec=u(0.5, 2.5), sustain=u(0, 0.9), release_sec=u(0.05, 0.4)),
    }[recipe]()


def _lead(rng, recipe):
    u = rng.uniform
    env = dict(attack_sec=u(0.002, 0.05), decay_sec=u(0.1, 0.8), sustain=u(0.4, 1), release_sec=u(0.03, 0.3), vibrato_cents=u(0, 25), vibrato_hz=u(4.5, 6.5))
    return {
        "saw": lambda: Patch(wave=SAW, unison=rng.integers(1, 4), detune_cents=u(3, 15), cutoff_hz=u(1500, 8000), resonance=u(0, 0.5), glide_sec=rng.choice((0, 0.04, 0.1)), **env),
        "square": lambda: Patch(wave=PULSE, width=u(0.1, 0.5), cutoff_hz=u(1500, 8000), resonance=u(0, 0.4), glide_sec=rng.choice((0, 0.05)), **env),
        "whistle": lambda: Patch(wave=rng.choice((SINE, TRIANGLE)), noise=u(0, 0.08), glide_sec=u(0, 0.1), **env),
        "fm_lead": lambda: Patch(wave=FM, fm_ratio=rng.choice((1, 2, 3, 1.5)), fm_index=u(1, 4), fm_decay_sec=u(0.3, 3), **env),
    }[recipe]()


def _pad(rng, recipe):
    u = rng.uniform
    env = dict(attack_sec=u(0.05, 0.8), decay_sec=1.0, sustain=u(0.6, 1), release_sec=u(0.2, 1.0))
    return {
        "warm": lambda: Patch(wave=SAW, unison=rng.integers(2, 5), detune_cents=u(6, 22), spread=u(0.3, 1), cutoff_hz=u(400, 2500), cutoff_lfo_hz=u(0.05, 0.4), cutoff_lfo_octaves=u(0, 0.8), resonance=u(0, 0.4), **env),
        "glass": lambda: Patch(wave=FM, unison=2, detune_cents=u(4, 12), spread=0.8, fm_ratio=rng.choice((2, 3, 3.5, 7)), fm_index=u(0.3, 1.5), fm_decay_sec=u(1, 4), **env),
        "hollow": lambda: Patch(wave=PULSE, unison=3, detune_cents=u(8, 20), spread=u(0.3, 1), width=u(0.1, 0.5), cutoff_hz=u(600, 3000), noise=u(0, 0.05), **env),
        "air": lambda: Patch(wave=TRIANGLE, unison=4, detune_cents=u(10, 25), spread=1.0, noise=u(0.05, 0.3), cutoff_hz=u(1500, 5000), **env),
    }[recipe]()


def _stab(rng, recipe):
    u = rng.uniform
    env = dict(attack_sec=0.003, decay_sec=u(0.08, 0.6), sustain=u(0, 0.6), release_sec=u(0.05, 0.3))
    return {
        "supersaw": lambda: Patch(wave=SAW, unison=rng.integers(5, 9), detune_cents=u(15, 40), spread=u(0.5, 1), cutoff_hz=u(2500, 9000), cutoff_octaves=u(0, 2), **env),
        "pluck": lambda: Patch(wave=rng.choice((SAW, PULSE)), unison=rng.integers(1, 4), detune_cents=u(3, 15), spread=u(0, 0.8), cutoff_hz=u(400, 1500), cutoff_octaves=u(1.5, 4), cutoff_decay_sec=u(0.05, 0.3), resonance=u(0.1, 0.6), **env),
        "bell": lambda: Patch(wave=FM, fm_ratio=rng.choice((1.41, 2.76, 3.5, 4, 7)), fm_index=u(0.8, 4), fm_decay_sec=u(0.2, 1.5), attack_sec=0.001, decay_sec=u(0.4, 2), sustain=0, release_sec=u(0.2, 1)),
        "epiano": lambda: Patch(wave=FM, fm_ratio=rng.choice((1, 14)), fm_index=u(0.4, 1.8), fm_decay_sec=u(0.1, 0.9), attack_sec=0.002, decay_sec=u(0.8, 2.5), sustain=0.0, release_sec=u(0.08, 0.3)),
        "brass": lambda: Patch(wave=SAW, unison=rng.integers(2, 5), detune_cents=u(5, 14), spread=0.5, cutoff_hz=u(500, 1200), cutoff_octaves=u(1, 2.5), cutoff_decay_sec=u(0.2, 0.6), attack_sec=u(0.01, 0.06), decay_sec=0.5, sustain=0.7, release_sec=0.12),
    }[recipe]()


def _organ(rng, recipe):
    u = rng.uniform
    bars = int(rng.integers(3, 9)) * 100 + int(rng.integers(0, 9)) * 10 + int(rng.integers(0, 9))
    return Patch(wave=ORGAN, organ=bars, attack_sec=0.004, decay_sec=1, sustain=1, release_sec=0.03, drive=u(1, 2.5), noise=u(0, 0.01))


MAKERS = {"bass": _bass, "lead": _lead, "pad": _pad, "stab": _stab, "organ": _organ}
RECIPES = {
    "bass": ("analog", "two_osc", "reese", "fm", "sub", "808", "acid", "wobble"), "lead": ("saw", "square", "whistle", "fm_lead"),
    "pad": ("warm", "glass", "hollow", "air"), "stab": ("supersaw", "pluck", "bell", "epiano", "brass"), "organ": ("drawbars",),
}
MORE_BASSES = ("growl", "hoover", "organ", "hollow", "glide")  # of varied songs; see variety.py
HELD_OUT = {"bass": ("two_osc", "wobble"), "lead": ("fm_lead",), "pad": ("hollow",), "stab": ("brass",), "organ": ("drawbars",)}


def recipes(role, held_out):
    """The recipes of a role for training, or those kept for validation."""
    kept = HELD_OUT[role]
    return kept if held_out else tuple(r for r in RECIPES[role] if r not in kept or len(RECIPES[role]) == 1)


def make(rng, role, recipe):
    return MAKERS[role](rng, recipe)
