"""The journey of the documentation, run to the letter."""

import functools
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
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


def names_in(contract: dict) -> Iterator[str]:
    """Statuses, parameters, fields of forms and fields of documents."""

    def resolved(part: dict) -> dict:
        while "$ref" in part:
            part = functools.reduce(dict.__getitem__, part["$ref"].split("/")[1:], contract)
        return part

    for item in contract["paths"].values():
        for method, operation in item.items():
            if method == "parameters":
                continue
            yield from operation["responses"].keys() - {"default"}
            yield from (resolved(given)["name"] for given in item.get("parameters", []) + operation.get("parameters", []))
            for form in resolved(operation.get("requestBody", {})).get("content", {}).values():
                yield from resolved(form["schema"]).get("properties", {})
    for schema in contract["components"]["schemas"].values():
        yield from schema.get("properties", {})


def test_all_that_the_contract_names_is_documented(service):
    text = (ROOT / "docs" / "API_README.md").read_text()
    wanted = set(names_in(service.client.get("/openapi.json").json()))
    assert len(wanted) > 80
    assert {name for name in wanted if not re.search(rf"\b{re.escape(name)}\b", text)} == set()


def test_all_codes_of_errors_are_documented():
    codes = set(re.findall(r'return "(\w+)";', (ROOT / "src/base/error.cc").read_text()))
    table = (ROOT / "docs" / "API_README.md").read_text().split("\n## Errors\n")[1].split("\n## ")[0]
    assert codes - {"cancelled"} == set(re.findall(r"`([a-z_]+)`", re.sub(r"(?s).*\| --- \| --- \| --- \|\n", "", table).split("\n\n")[0]))  # which is 503, too


def requests_in(items: list[dict]) -> Iterator[tuple[str, str]]:
    """(method, path) of the requests of a Postman collection."""
    for item in items:
        if "item" in item:
            yield from requests_in(item["item"])
        else:
            steps = (re.sub(r"^:(\w+)$", r"{\1}", step) for step in item["request"]["url"]["path"])
            yield item["request"]["method"].lower(), "/" + "/".join(steps)


def test_the_collection_has_every_operation(service):
    """`make test-clients` runs it, and compares it with what the generator makes of the contract."""
    paths = service.client.get("/openapi.json").json()["paths"]
    operations = {(method, path) for path, item in paths.items() for method in item if method != "parameters"}
    collection = json.loads((ROOT / "docs/postman_collection.json").read_text())
    assert set(requests_in(collection["item"])) == operations


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
