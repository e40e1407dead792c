"""Every sound that is not made by this package itself: where Debian puts it, its licence, and whether it is kept for
validation. DATA.md tells more; tests/models/test_training_data.py holds the two together."""

from dataclasses import dataclass
from pathlib import Path

HYDROGEN = Path("/usr/share/hydrogen/data/drumkits")
SONIC_PI = Path("/usr/share/sonic-pi/samples")
LMMS_DRUMS = Path("/usr/share/lmms/samples/drums")


@dataclass(frozen=True)
class Source:
    name: str
    path: Path
    package: str  # Debian's
    licence: str
    kind: str  # "soundfont", "drum soundfont", "hydrogen", "folder"
    held_out: bool = False  # used only for validation songs
    tags: tuple = ()  # "acoustic", "electronic"
    presets: tuple = ()  # drum presets of a SoundFont: (bank, program)


GM_KITS = tuple((128, program) for program in (0, 8, 16, 24, 25, 32, 40, 48))
FLUID_KITS = GM_KITS + tuple((128, p) for p in (1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 17, 18, 19, 33, 34, 41))
SF2 = Path("/usr/share/sounds/sf2")


def _hydrogen(name, licence, *tags, held_out=False, package="hydrogen-drumkits"):
    return Source(name, HYDROGEN / name, package, licence, "hydrogen", held_out, tags)


SOURCES = (
    Source("FluidR3", SF2 / "FluidR3_GM.sf2", "fluid-soundfont-gm", "MIT", "soundfont", presets=FLUID_KITS),
    Source("MuseScore", SF2 / "MuseScore_General_Full.sf2", "musescore-general-soundfont-lossless", "MIT, parts CC0",
           "soundfont", presets=FLUID_KITS),
    Source("OPL3", SF2 / "OPL-3_FM_128M.sf2", "opl3-soundfont", "CC-BY-SA-4.0", "soundfont", presets=((128, 0),)),
    Source("TimGM6mb", SF2 / "TimGM6mb.sf2", "timgm6mb-soundfont", "GPL-2", "soundfont", True, presets=GM_KITS),
    Source("RedZeppelin", SF2 / "Red_Zeppelin_4_LV2.sf2", "avldrums.lv2-soundfont", "CC-BY-SA-3.0", "drum soundfont",
           tags=("acoustic",), presets=((0, 0),)),
    Source("BlackPearl4", SF2 / "Black_Pearl_4_LV2.sf2", "avldrums.lv2-soundfont", "CC-BY-SA-3.0", "drum soundfont",
           True, tags=("acoustic",), presets=((0, 0),)),
    _hydrogen("Audiophob", "CC0", "electronic"),
    _hydrogen("BJA_Pacific", "CC-BY-SA-3.0", "acoustic", held_out=True),
    _hydrogen("ColomboAcousticDrumkit", "GPL-2+ with composition exception", "acoustic"),
    _hydrogen("ElectricEmpireKit", "GPL-2", "electronic"),
    _hydrogen("ForzeeStereo", "GPL-2", "acoustic"),
    _hydrogen("GMRockKit", "GPL-2+", "acoustic", package="hydrogen-data"),
    _hydrogen("Gimme A Hand 1.0", "GPL-2", "claps"),
    _hydrogen("HardElectro1", "GPL-2+", "electronic", held_out=True),
    _hydrogen("Millo-Drums_v.1", "GPL-2", "acoustic"),
    _hydrogen("Millo_MultiLayered2", "GPL-2", "acoustic"),
    _hydrogen("Millo_MultiLayered3", "GPL-2", "acoustic"),
    _hydrogen("TR808EmulationKit", "GPL-2+", "electronic", package="hydrogen-data"),
    _hydrogen("The Black Pearl 1.0", "GPL-2", "acoustic", held_out=True),
    _hydrogen("VariBreaks", "GPL-2+", "electronic"),
    _hydrogen("circAfrique v4", "CC-BY-SA-3.0", "percussion"),
    _hydrogen("rumpf_kit_z01_h2", "CC-BY-3.0", "electronic"),
    Source("SonicPi", SONIC_PI, "sonic-pi-samples", "CC0", "folder", tags=("electronic",)),
    Source("LMMS", LMMS_DRUMS, "lmms-common", "GPL-2+", "folder", tags=("electronic",)),
)


def available(kinds, held_out):
    """Sources of some kinds that are installed and of one of the two groups."""
    return [s for s in SOURCES if s.kind in kinds and s.held_out == held_out and s.path.exists()]


def melodic(rng, held_out):
    """A SoundFont for anything but drums. The FM one, a toy's sound, is rare."""
    fonts = available(("soundfont",), held_out)
    weights = [0.15 if font.name == "OPL3" else 1.0 for font in fonts]
    return fonts[rng.choice(len(fonts), p=[w / sum(weights) for w in weights])]
