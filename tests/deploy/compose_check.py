"""make compose-check: runs deploy/compose.yaml (both profiles) as docs/DEPLOYMENT.md says, with Compose itself, on podman. After `make image-check`.

    compose_check.py FOLDER_TO_WORK_IN

Images of others come from registries that were not to be reached here, so Debian's packages stand in for them under their names (PostgreSQL
15, Redis 7, nginx, Prometheus, Alertmanager), and a versitygw of our own; nothing stands in for Grafana, which is left out.
"""

import json
import re
import subprocess
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from image_check import SONG  # noqa: E402
from podman import BASE, CACHE, ROOT, Podman, wait_until  # noqa: E402
from shell_blocks import block  # noqa: E402

CLUSTER = "docs/DEPLOYMENT.md: cp deploy/.env.example deploy/.env && editor deploy/.env"
FOLLOWED = (CLUSTER,)  # tests/docs/test_shell_blocks.py asks
NAME = "stemscribe-compose-check"
LEFT_OUT = {"grafana"}
POSTGRES = """#!/bin/bash
set -eu
data=/var/lib/postgresql/data
if [ ! -e $data/PG_VERSION ]; then
  chown postgres $data
  runuser -u postgres -- initdb -D $data -U "$POSTGRES_USER" -A scram-sha-256 --pwfile=<(echo "$POSTGRES_PASSWORD")
  echo "host all all all scram-sha-256" >> $data/pg_hba.conf
  echo "CREATE DATABASE $POSTGRES_DB" | runuser -u postgres -- postgres --single -D $data postgres
fi
exec runuser -u postgres -- postgres -D $data -c listen_addresses='*'
"""
ALL = f"""FROM {BASE}
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends postgresql redis-server nginx-light prometheus prometheus-alertmanager
RUN rm /etc/nginx/sites-enabled/default && install -d -o 65534 /prometheus /alertmanager
COPY postgres versitygw /usr/local/bin/
ENV PATH=/usr/lib/postgresql/15/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin
"""
STAND_INS = {
    "postgres:15": 'ENTRYPOINT ["bash", "/usr/local/bin/postgres"]',
    "redis:7": 'CMD ["redis-server", "--protected-mode", "no", "--bind", "*"]',
    "versity/versitygw": "",
    "nginx:1": """CMD ["nginx", "-g", "daemon off; error_log stderr;"]""",
    "prom/prometheus:v2.53.0": 'USER 65534\nENTRYPOINT ["prometheus"]',
    "prom/alertmanager:v0.27.0": 'USER 65534\nENTRYPOINT ["prometheus-alertmanager"]',
}


def make_stand_ins(podman: Podman):
    folder = podman.work / "stand-ins"
    folder.mkdir(exist_ok=True)
    (folder / "postgres").write_text(POSTGRES)
    podman.shell(f"cp {CACHE}/bin/versitygw {folder}; chmod 755 {folder}/*")
    (folder / "all").write_text(ALL)
    podman.shell(f"podman build --format docker --pull=never -f {folder}/all -t localhost/all {folder}")
    for image, rest in STAND_INS.items():
        (folder / "one").write_text(f"FROM localhost/all\n{rest}\n")
        podman.shell(f"podman build --format docker --pull=never -f {folder}/one -t docker.io/{image if '/' in image else f'library/{image}'} {folder}")


class Doctor(threading.Thread):
    """Podman leaves it to systemd to ask containers whether they are well; there is none here."""

    def __init__(self, podman: Podman):
        super().__init__(daemon=True)
        self.podman, self.ended = podman, threading.Event()

    def run(self):
        while not self.ended.wait(2):
            for container in self.podman.shell("podman ps --quiet", check=False).split():
                subprocess.run([*self.podman.prefix, "podman", "healthcheck", "run", container], env=self.podman.environment, capture_output=True, check=False)


def copy_of_deploy(work: Path) -> Path:
    """What a clone has, so that passwords and certificates do not land in this one."""
    folder = work / "clone"
    subprocess.run(["rm", "-rf", folder], check=True)
    for file in subprocess.run(["git", "ls-files", "deploy"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_bytes((ROOT / file).read_bytes())
    return folder


def transcribe(shell, url: str, curl: str):
    job = json.loads(shell(f"{curl} -F file=@song.mp3 {url}/api/v1/transcribe"))["job_id"]
    last = shell(f"{curl} -N {url}/api/v1/jobs/{job}/events | grep ^data: | tail -n 1")
    assert json.loads(last[5:])["status"] == "completed", last
    assert int(shell(f"{curl} {url}/api/v1/jobs/{job}/stems/vocals | wc -c")) > 50_000


def run_simple(shell):
    compose = "docker compose -f deploy/compose.yaml --profile simple"
    shell(f"{compose} up --detach --no-build --pull never")
    try:
        wait_until(lambda: shell("curl -s -o /dev/null -w '%{http_code}' http://127.0.0.1:8000/health/ready", check=False) == "200", "the service")
        transcribe(shell, "http://127.0.0.1:8000", "curl -fsS")
    finally:
        shell(f"{compose} down --volumes", check=False)
    print("profile simple: transcribed", flush=True)


def asked(shell, path: str) -> dict:
    return json.loads(shell(f"curl -fsS -g 'http://127.0.0.1:9090/api/v1/{path}'"))["data"]


def run_full(shell, services: set[str]):
    compose = "docker compose -f deploy/compose.yaml --profile full"
    try:
        print(f"- {CLUSTER}", flush=True)
        chosen = f"up --detach --no-build --pull never {' '.join(sorted(services))}"
        shell(block(CLUSTER).text.replace("up --detach", chosen))
        key = json.loads(shell(f"{compose} exec api stemscribed keys create alice --json"))["key"]
        secured = f"curl -fsS --cacert fullchain.pem -H 'X-API-Key: {key}'"
        transcribe(shell, "https://localhost", secured)
        assert shell("curl -sk -o /dev/null -w '%{http_code}' https://localhost/api/v1/jobs") == "401"
        assert shell("curl -sk -o /dev/null -w '%{http_code}' https://localhost/metrics") == "404"
        shell(f"chmod 644 {' '.join(('deploy/keys/prometheus',))}")

        def up() -> list[str]:
            return sorted(sample["value"][1] for sample in asked(shell, "query?query=up")["result"])

        wait_until(lambda: up() == ["1"] * 4, "two servers and two workers in Prometheus")
        assert len(asked(shell, "rules")["groups"][0]["rules"]) > 10
        assert len(asked(shell, "alertmanagers")["activeAlertmanagers"]) == 1
        both = "query?query=count(sum by (instance) (stemscribe_http_requests_total{route=~\"/api/v1/.*\"}))"
        for _ in range(20):
            shell(f"{secured} https://localhost/api/v1/jobs > /dev/null")
        wait_until(lambda: asked(shell, both.replace(" ", "%20"))["result"][0]["value"][1] == "2", "requests at both servers")
        first = shell(f"{compose} ps --quiet api").split()[0]
        shell(f"podman kill {first}")
        codes = [shell(f"{secured} -o /dev/null -w '%{{http_code}}' https://localhost/api/v1/jobs", check=False) for _ in range(10)]
        assert set(codes) == {"200"}, codes
    finally:
        print(shell(f"{compose} ps --all --format '{{{{.Service}}}} {{{{.State}}}} {{{{.Health}}}}'", check=False), flush=True)
        shell(f"{compose} logs --no-color > {{work}}/compose.log 2>&1".replace("{work}", str(Path(sys.argv[1]).resolve())), check=False)
        shell(f"{compose} down --volumes --timeout 20", check=False)
    print("profile full: transcribed, watched, and a dead server was not missed", flush=True)


def main():
    work = Path(sys.argv[1]).resolve()
    podman = Podman(work, NAME)
    podman.shell("podman image exists stemscribe && podman image exists stemscribe-api")  # make image-check
    make_stand_ins(podman)
    folder = copy_of_deploy(work)
    (work / "bin/editor").write_text("#!/bin/sh\nsed -i 's/=$/=secret/' \"$1\"\n")
    (work / "bin/editor").chmod(0o755)

    def shell(script: str, check: bool = True) -> str:
        return podman.shell(script, check, folder)

    shell("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost "
          "-addext subjectAltName=DNS:localhost -keyout privkey.pem -out fullchain.pem 2>/dev/null")  # fmt: skip
    shell(f"podman run --rm --entrypoint cat stemscribe {SONG} > song.mp3".replace("podman run", "podman run --log-driver=none"))
    services = set(re.findall(r"^  (\w+):$", (ROOT / "deploy/compose.yaml").read_text().split("\nservices:\n")[1].split("\nnetworks:\n")[0], re.MULTILINE))
    doctor = Doctor(podman)
    with podman.served():
        doctor.start()
        try:
            run_simple(shell)
            run_full(shell, services - LEFT_OUT - {"stemscribe"})
        finally:
            doctor.ended.set()
            doctor.join()


if __name__ == "__main__":
    main()
