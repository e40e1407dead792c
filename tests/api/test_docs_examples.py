"""The journey of the documentation, run to the letter."""

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from api_service import Service

ROOT = Path(__file__).resolve().parents[2]
CALLS = (ROOT / "docs/API_README.md").read_text().split("## Every call, in four languages\n")[1].split("\n## ")[0]
RUNNERS = {"bash": ["bash", "-euo", "pipefail"], "python": [sys.executable], "javascript": ["node"]}
SUFFIXES = {"bash": "sh", "python": "py", "javascript": "mjs"}
JOURNEY = re.compile(r"<!-- journey -->\n```bash\n(.*?)```", re.DOTALL)


def find_journeys() -> list[tuple[str, str]]:
    return [(name, script) for name in ("README.md", "docs/API_README.md") for script in JOURNEY.findall((ROOT / name).read_text())]


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
        for method in item.keys() & {"get", "post", "patch", "delete"}:
            assert path == "/openapi.json" or f"| {method.upper()} `{path}` |" in text, f"{method} {path}"


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", CALLS, re.DOTALL)


@pytest.mark.parametrize("language", RUNNERS)
def test_every_call(programs, tmp_path, example_song, language):
    (tmp_path / "service").mkdir()
    script = tmp_path / f"calls.{SUFFIXES[language]}"
    script.write_text("\n".join(blocks(language)))
    service = Service(programs / "stemscribed", tmp_path / "service").start()
    try:
        run = subprocess.run(
            [*RUNNERS[language], script],
            cwd=tmp_path,
            env={**service.environment, "API": service.url, "SONG": str(example_song)},
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert run.returncode == 0, run.stdout + run.stderr
        assert "100 %" in run.stdout
        assert (tmp_path / "vocals.mp3").read_bytes()[:3] == b"ID3"
        with zipfile.ZipFile(tmp_path / "all.zip") as archive:
            assert archive.testzip() is None and len(archive.namelist()) >= 7
        assert service.client.get("/api/v1/jobs").json()["jobs"] == []
        service.stop()
    finally:
        service.discard()


def test_every_call_is_there_in_every_language(service):
    headings = re.findall(r"^### (\w+ .+)$", CALLS, re.MULTILINE)
    shown = {part for heading in headings for part in re.findall(r"/[\w/{}.]+", heading)}
    assert shown == set(service.client.get("/openapi.json").json()["paths"])
    for language in (*RUNNERS, "dart"):
        assert len(blocks(language)) == len(headings) + 1, language
