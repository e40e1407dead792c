"""The modules of training/ that these tests import. They read audio with a package that only the training's venv has."""

import importlib
import sys
import types
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def load(monkeypatch, *names):
    """Modules of training/ by name."""
    monkeypatch.syspath_prepend(str(ROOT))
    if importlib.util.find_spec("soundfile") is None:
        monkeypatch.setitem(sys.modules, "soundfile", types.ModuleType("soundfile"))
    return [importlib.import_module(f"training.{name}") for name in names]
