"""make image-check: builds the stages of deploy/Dockerfile and uses what comes out, by the commands of docs/DEPLOYMENT.md.

    image_check.py FOLDER_OF_PACKAGES FOLDER_TO_WORK_IN

Needs root, debootstrap, podman, runc and a network.
"""

import json
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from podman import Podman, wait_until  # noqa: E402
from shell_blocks import block  # noqa: E402

from cluster.server_process import free_port  # noqa: E402

DOCKER = "docs/DEPLOYMENT.md: docker build -f deploy/Dockerfile -t stemscribe ."
FOLLOWED = (DOCKER,)  # tests/docs/test_shell_blocks.py asks
LIMITS_MB = {"stemscribe": 450, "stemscribe-api": 80}  # compressed, as a registry holds it
NAME = "stemscribe-check"
SONG = "/usr/share/stemscribe/models/example.mp3"


def measure(podman: Podman, image: str):
    """What a registry would hold and a node would pull, and what it takes on the node's disk."""
    packed = int(podman.shell(f"podman save {image} | gzip -6 | wc -c")) // 1_000_000
    disk = int(podman.shell(f"podman image inspect --format '{{{{.Size}}}}' {image}")) // 1_000_000
    print(f"{image}: {packed} MB compressed (limit {LIMITS_MB[image]}), {disk} MB on disk", flush=True)
    assert packed <= LIMITS_MB[image], image


def look_at_container(podman: Podman):
    """It has no rights, cannot change what it runs, and says that it is well."""
    inside = f"podman exec {NAME}"
    assert json.loads(podman.shell(f"podman inspect {NAME}"))[0]["HostConfig"]["ReadonlyRootfs"]
    assert podman.shell(f"{inside} id -u") == "10001"
    assert podman.shell(f"{inside} touch /usr/x", check=False).endswith("Read-only file system")
    assert podman.shell(f"{inside} cat /proc/1/comm") == "tini"
    assert "0000000000000000" in podman.shell(f"{inside} grep CapEff /proc/1/status")
    assert subprocess.run(["podman", "healthcheck", "run", NAME], env=podman.environment, check=False).returncode == 0
    print(podman.shell(f"{inside} stemscribe doctor | grep -iE 'landlock|seccomp|sandbox'", check=False), flush=True)


def transcribe(podman: Podman, url: str):
    song = podman.work / "song.mp3"
    podman.shell(f"podman cp {NAME}:{SONG} {song}")
    job = json.loads(podman.shell(f"curl -fsS -F file=@{song} {url}/api/v1/transcribe"))["job_id"]
    last = podman.shell(f"curl -fsSN {url}/api/v1/jobs/{job}/events | grep ^data: | tail -n 1")
    assert json.loads(last[5:])["status"] == "completed", last
    assert int(podman.shell(f"curl -fsS {url}/api/v1/jobs/{job}/stems/vocals | wc -c")) > 50_000
    before = time.monotonic()
    podman.shell(f"podman stop --time 50 {NAME}")
    assert time.monotonic() - before < 40, "SIGTERM reaches the service"
    podman.shell(f"podman start {NAME}")
    wait_until(lambda: '"completed"' in podman.shell(f"curl -s {url}/api/v1/jobs/{job}", check=False), "the job in the volume, after a restart")


def main():
    packages, work = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    podman = Podman(work, NAME)
    clean_up = f"podman rm --force --ignore --time 1 {NAME}; podman volume rm --force stemscribe"
    podman.shell(clean_up, check=False)
    podman.make_base()
    podman.give_packages(packages)
    url = f"http://127.0.0.1:{free_port()}"
    print(f"- {DOCKER}", flush=True)
    try:
        podman.shell(block(DOCKER).text.replace("127.0.0.1:8000", url.removeprefix("http://")))
        wait_until(lambda: podman.shell(f"curl -s -o /dev/null -w '%{{http_code}}' {url}/health/ready", check=False) == "200", "the service")
        look_at_container(podman)
        transcribe(podman, url)
        podman.shell("podman run --rm --read-only --tmpfs /tmp -v stemscribe:/data stemscribe-api migrate --status")
    finally:
        podman.shell(clean_up, check=False)
    for image in LIMITS_MB:
        measure(podman, image)
    print("built, started and used as the document says")


if __name__ == "__main__":
    main()
