"""The clients that are made from the contract, against the real service: `make test-clients`."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from api_service import Service

from tool import CACHE

ROOT = Path(__file__).resolve().parents[3]
TOOLS = CACHE / "clients"
MODULES = TOOLS / "node_modules"
CLIENTS = ROOT / "build/clients"
COLLECTION = ROOT / "docs/postman_collection.json"


def run(command: list, **options) -> str:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=300, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def url(programs, tmp_path):
    service = Service(programs / "stemscribed", tmp_path).start()
    yield service.url
    service.stop()
    service.discard()


def test_the_collection_is_that_of_the_contract(tmp_path):
    fresh = tmp_path / "collection.json"
    environment = os.environ | {"NODE_MODULES": str(MODULES)}
    run(["node", ROOT / "tools/clients/make_collection.mjs", ROOT / "src/api/openapi.yaml", fresh], env=environment)
    assert fresh.read_text() == COLLECTION.read_text(), "make postman"


def test_newman_runs_the_collection(url, example_song):
    variables = ["--env-var", f"baseUrl={url}", "--env-var", f"song={example_song}"]
    run(["node", MODULES / "newman/bin/newman.js", "run", COLLECTION, *variables, "--color", "off"])


def test_the_python_client(url, example_song):
    python = TOOLS / "venv/bin/python"
    script = Path(__file__).with_name("smoke.py")
    assert run([python, script, url, example_song], env=os.environ | {"PYTHONPATH": str(CLIENTS / "python")}) == "ok\n"


def test_the_typescript_client(url, example_song, tmp_path):
    source = tmp_path / "source"
    shutil.copytree(CLIENTS / "typescript-fetch/src", source / "client")
    shutil.copy(Path(__file__).with_name("smoke.ts"), source)
    (source / "package.json").write_text('{"type": "module"}')
    options = ["--strict", "--target", "es2022", "--module", "nodenext", "--skipLibCheck", "--typeRoots", MODULES / "@types"]
    run(["node", MODULES / "typescript/bin/tsc", *options, "--outDir", source / "out", source / "smoke.ts"])
    assert run(["node", source / "out/smoke.js", url, example_song]) == "ok\n"


def test_the_dart_client_has_every_call():
    """There is no Dart here to run it."""
    methods = "".join(path.read_text() for path in (CLIENTS / "dart/lib/api").glob("*.dart"))
    for call in ("transcribe", "getJob", "getResults", "getStem", "getFrames", "getChords", "deleteJob"):
        assert f" {call}(" in methods
