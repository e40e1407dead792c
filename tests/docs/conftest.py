"""The built programs and the tool that does as it is told, as in tests/deploy."""

import os
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / name) for name in ("api", "deploy", "docs")]

from api_service import make_fake_tool  # noqa: E402


@pytest.fixture(scope="session")
def programs(tool) -> Path:
    folder = tool.path.parent
    assert os.access(folder / "stemscribed", os.X_OK), f"{folder} has no stemscribed: build it, or set STEMSCRIBE_BIN"
    return folder


@pytest.fixture(scope="session")
def fake_tool(tmp_path_factory) -> Path:
    return make_fake_tool(tmp_path_factory.mktemp("fake-tool"))
