"""Podman in place of Docker, which was not to be had here: `docker` of the documents, with images and containers in a folder of their own."""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "docs")]

from shell_blocks import ROOT  # noqa: E402

WAIT_SEC = 120
BASE = "docker.io/library/debian:12-slim"
THIN = "rm -rf var/cache/apt/archives/*.deb var/lib/apt/lists/* var/log/* usr/share/{man,locale,info,groff,lintian,linda}/* usr/share/doc/*/*[!t]"
DOCKER = """#!/bin/bash
case $1 in
  build) exec podman build --format docker --pull=never --build-context build="$STEMSCRIBE_BUILD" "${@:2}" ;;
  run) exec podman run --detach --name "$STEMSCRIBE_NAME" --cap-drop ALL --security-opt no-new-privileges "${@:2}" ;;
  *) exec podman "$@" ;;
esac
"""
# A container may have no more of this machine than the user who starts it.
SETTINGS = """[containers]
default_ulimits = ["nofile={nofile}:{nofile}", "nproc=4096:4096"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
"""
STORAGE = """[storage]
driver = "overlay"
graphroot = "{work}/containers"
runroot = "{work}/containers-run"
"""


def wait_until(condition: Callable, what: str):
    deadline = time.monotonic() + WAIT_SEC
    while not (found := condition()):
        if time.monotonic() > deadline:
            sys.exit(f"timed out: {what}")
        time.sleep(0.5)
    return found


class Podman:
    def __init__(self, work: Path, name: str):
        """`work` keeps the images from one time to the next; `name` is that of a container that `docker run` starts."""
        self.work = work
        (work / "bin").mkdir(parents=True, exist_ok=True)
        (work / "bin/docker").write_text(DOCKER)
        (work / "bin/docker").chmod(0o755)
        (work / "containers.conf").write_text(SETTINGS.format(nofile=resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
        (work / "storage.conf").write_text(STORAGE.format(work=work))
        self.environment = os.environ | {
            "PATH": f"{work}/bin:{os.environ['PATH']}", "CONTAINERS_CONF": f"{work}/containers.conf", "STEMSCRIBE_NAME": name,
            "CONTAINERS_STORAGE_CONF": f"{work}/storage.conf", "STEMSCRIBE_BUILD": f"{work}/stage-build", "BUILDAH_ISOLATION": "chroot",
        }  # fmt: skip

    def shell(self, script: str, check: bool = True) -> str:
        """What it prints, errors included."""
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script], cwd=ROOT, env=self.environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip
        if check and done.returncode != 0:
            sys.exit(f"failed ({done.returncode}):\n{script}\n{done.stdout[-4000:]}")
        return done.stdout.strip()

    def make_base(self):
        """debian:12-slim, which no registry is asked for: a debootstrap, thinned as the real one is."""
        base = self.work / "base"
        if not base.exists():
            print("debootstrap", flush=True)
            self.shell(f"rm -rf {base}.part; debootstrap --variant=minbase bookworm {base}.part && cd {base}.part && {THIN} && mv {base}.part {base}")
        self.shell(f"podman image exists {BASE} || tar -C {base} --one-file-system -c . | podman import - {BASE}")

    def give_packages(self, packages: Path):
        """What the Dockerfile's first stage would leave to the others (`make package`) was made here."""
        stage = self.work / "stage-build/source/build/packages"
        self.shell(f"rm -rf {stage}; mkdir -p {stage}; cp {packages}/*.deb {stage}")
