"""The journey of the documentation, run to the letter."""

import re
import subprocess
from pathlib import Path

import pytest
from api_service import Service

ROOT = Path(__file__).resolve().parents[2]
JOURNEY = re.compile(r"<!-- journey -->\n```bash\n(.*?)```", re.DOTALL)


def find_journeys() -> list[tuple[str, str]]:
    return [
        (name, script) for name in ("README.md", "docs/API_README.md") for script in JOURNEY.findall((ROOT / name).read_text())
    ]


@pytest.mark.parametrize(("name", "script"), find_journeys())
def test_journey(programs, tmp_path, example_song, name, script):
    folder = tmp_path / "service"
    folder.mkdir()
    service = Service(programs / "stemscribed", folder).start()
    try:
        run = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=tmp_path,
            env={**service.environment, "API": service.url, "SONG": str(example_song)},
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert run.returncode == 0, f"{name}: {run.stdout}{run.stderr}"
        assert "completed null 100 %" in run.stdout
        assert (tmp_path / "My song - vocals.mp3").stat().st_size > 100_000
        assert (tmp_path / "beginning.mp3").stat().st_size == 65536
        assert service.client.get("/api/v1/jobs").json()["jobs"] == []
        service.stop()
    finally:
        service.discard()


def test_there_is_a_journey():
    assert find_journeys()


def test_every_endpoint_of_the_contract_is_documented(service):
    contract = service.client.get("/openapi.json").json()
    text = (ROOT / "docs" / "API_README.md").read_text()
    for path, item in contract["paths"].items():
        for method in item.keys() & {"get", "post", "delete"}:
            assert path == "/openapi.json" or f"| {method.upper()} `{path}` |" in text, f"{method} {path}"
