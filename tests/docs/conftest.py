"""The documents' tests use what those of the deployment have."""

import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / name) for name in ("deploy", "docs")]
