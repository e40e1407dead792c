"""Podman in place of Docker, which was not to be had here: images, containers and networks in a folder of their own.

`docker` and `docker compose` of the documents run with it: the commands are podman's, and Compose talks to podman's socket.
"""

import contextlib
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

from tool import CACHE  # noqa: E402

WAIT_SEC = 120
BASE = "docker.io/library/debian:12-slim"
THIN = "rm -rf var/cache/apt/archives/*.deb var/lib/apt/lists/* var/log/* usr/share/{man,locale,info,groff,lintian,linda}/* usr/share/doc/*/*[!t]"
DOCKER = f"""#!/bin/bash
case $1 in
  build) exec podman build --format docker --pull=never --build-context build="$STEMSCRIBE_BUILD" "${{@:2}}" ;;
  run) exec podman run --detach --name "$STEMSCRIBE_NAME" --cap-drop ALL --security-opt no-new-privileges "${{@:2}}" ;;
  compose) exec {CACHE}/bin/docker-compose "${{@:2}}" ;;
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
        self.work, self.prefix = work, []
        (work / "bin").mkdir(parents=True, exist_ok=True)
        (work / "bin/docker").write_text(DOCKER)
        (work / "bin/docker").chmod(0o755)
        (work / "containers.conf").write_text(SETTINGS.format(nofile=resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
        (work / "storage.conf").write_text(STORAGE.format(work=work))
        self.environment = os.environ | {
            "PATH": f"{work}/bin:{os.environ['PATH']}", "CONTAINERS_CONF": f"{work}/containers.conf", "STEMSCRIBE_NAME": name,
            "CONTAINERS_STORAGE_CONF": f"{work}/storage.conf", "STEMSCRIBE_BUILD": f"{work}/stage-build", "BUILDAH_ISOLATION": "chroot",
        }  # fmt: skip

    def shell(self, script: str, check: bool = True, folder: Path = ROOT) -> str:
        """What it prints, errors included."""
        done = subprocess.run(
            [*self.prefix, "bash", "-euo", "pipefail", "-c", script], cwd=folder, env=self.environment, stdin=subprocess.DEVNULL,
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

    @contextlib.contextmanager
    def served(self):
        """With a network of its own, whose ports are free, and with the socket that Compose asks for."""
        holder = subprocess.Popen(["unshare", "--net", "sleep", "infinity"])
        self.prefix = ["nsenter", "--net", "--target", str(holder.pid)]
        socket = f"unix://{self.work}/podman.sock"
        self.environment["DOCKER_HOST"] = socket
        server = None
        try:
            wait_until(lambda: os.readlink(f"/proc/{holder.pid}/ns/net") != os.readlink("/proc/self/ns/net"), "a network")
            self.shell("ip link set lo up")
            server = subprocess.Popen([*self.prefix, "podman", "system", "service", "--time=0", socket], env=self.environment)
            wait_until(lambda: (self.work / "podman.sock").exists(), "podman's socket")
            yield self
        finally:
            if server:
                server.terminate()
                server.wait()
            holder.kill()
            holder.wait()
            self.prefix = []
