"""The files of deploy/ say nothing that the programs do not know, and agree with each other."""

import json
import re
import subprocess
import tempfile
from pathlib import Path

import pytest
import yaml

from tool import CACHE

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
KNOWN = set(re.findall(r"^#?\s*([A-Z][A-Z0-9_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))


def test_compose_sets_only_settings_that_exist():
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    assert set(compose["x-cluster"]) <= KNOWN
    for name, service in compose["services"].items():
        assert set(service["profiles"]) <= {"simple", "full"}, name
        for needed in service.get("depends_on", []):
            assert needed in compose["services"], (name, needed)


def test_compose_reads_its_file():
    """Docker Compose's own reader; there is no engine to do what it says."""

    def read(file: Path) -> subprocess.CompletedProcess:
        command = [CACHE / "bin/compose-check", "-format", "json", file]  # it gives variables no values
        return subprocess.run(command, capture_output=True, text=True, check=False)

    done = read(DEPLOY / "compose.yaml")
    assert done.returncode == 0, done.stderr
    services = json.loads(done.stdout)["services"]
    source = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    assert set(services) == set(source["services"])
    for service in services.values():
        named = {volume["source"] for volume in service.get("volumes", []) if volume["type"] == "volume" and "source" in volume}
        assert named <= set(source["volumes"])
    assert services["api"]["environment"]["DATABASE_URL"] == "postgresql://stemscribe:@postgresql:5432/stemscribe"
    with tempfile.NamedTemporaryFile("w", dir=DEPLOY, suffix=".yaml") as broken:
        broken.write((DEPLOY / "compose.yaml").read_text().replace("read_only:", "readonly:"))
        broken.flush()
        assert "readonly" in read(broken.name).stderr


def test_songs_in_work_are_on_a_disk_not_in_memory():
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    for name in ("stemscribe", "api", "worker"):
        assert services[name]["tmpfs"] == ["/tmp"], name
        assert any(volume.split(":")[-1] == "/data" for volume in services[name]["volumes"]), name


def test_a_worker_of_kubernetes_has_room_for_the_largest_song():
    largest_mb = int(re.search(r"^#? ?JOB_OUTPUT_MB=(\d+)", (DEPLOY.parent / ".env.example").read_text(), re.MULTILINE)[1])
    text = (DEPLOY / "kubernetes/base/worker.yaml").read_text()
    for given in (re.search(r"limits: .*ephemeral-storage: (\d+)Gi", text), re.search(r"sizeLimit: (\d+)Gi", text)):
        assert int(given[1]) * 1024 > 1.1 * largest_mb


def test_the_passwords_of_compose_are_those_of_its_example():
    asked = set(re.findall(r"\$\{(\w+)", (DEPLOY / "compose.yaml").read_text()))
    assert asked == set(re.findall(r"^(\w+)=", (DEPLOY / ".env.example").read_text(), re.MULTILINE))


def test_the_image_sets_only_settings_that_exist():
    text = (DEPLOY / "Dockerfile").read_text()
    build, *images = text.split("\nFROM ")[1:]
    names = set(re.findall(r"\b([A-Z_]+)=", "".join(re.findall(r"^ENV (.*)$", "".join(images), re.MULTILINE))))
    assert names - {"TMPDIR"} <= KNOWN
    assert "make package" in build
    for image in images:
        assert re.findall(r"^USER (.*)$", image, re.MULTILINE)[-1] == "stemscribe"


def test_the_two_nginx_files_differ_only_in_names():
    def body(name):
        lines = (DEPLOY / "nginx" / name).read_text().splitlines()
        return [line for line in lines if line and not re.match(r"#|\s+server(_name)? ", line)]

    assert body("compose.conf") == body("stemscribe.conf")


@pytest.mark.parametrize("unit", sorted((DEPLOY / "systemd").glob("*.service")), ids=lambda path: path.name)
def test_units_are_hardened_and_set_only_settings_that_exist(unit):
    text = unit.read_text()
    names = set(re.findall(r"\b([A-Z_]+)=", " ".join(re.findall(r"^Environment=(.*)$", text, re.MULTILINE))))
    assert names <= KNOWN
    rated = subprocess.run(["systemd-analyze", "security", "--offline=true", unit], capture_output=True, text=True, check=False).stdout
    exposure = re.search(r"exposure level for \S+: ([\d.]+)", rated)
    assert exposure, rated
    assert float(exposure[1]) < 2.0
