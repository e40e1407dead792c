"""make debian-check: a Debian 12 with systemd, booted in a container, where docs/DEPLOYMENT.md is followed word for word.

    debian_check.py FOLDER_OF_PACKAGES FOLDER_TO_WORK_IN

Needs root, debootstrap, systemd-nspawn and a network. The shell blocks are those of the documents themselves; what a person
would type into an editor, and what belongs to somebody else (the certificate, PostgreSQL, Redis, the bucket), is in this file.
"""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "docs")]

from shell_blocks import block  # noqa: E402

from tool import CACHE  # noqa: E402

# What a server has before stemscribe comes, what the documents install, and what is somebody else's in a real cluster.
SYSTEM = "systemd,systemd-sysv,dbus,ca-certificates,curl,jq,openssl"
OTHERS = ("nginx", "postgresql", "redis-server")
SETTINGS = "/etc/stemscribe/stemscribed.env"
HOME = "/srv/operator"  # where the person stands
EDITOR = f"""#!/bin/sh
cat {HOME}/typed >> "$1"
"""
BOOT_SEC = 120
NAME = "stemscribe-debian-check"
EXPOSURE_LIMIT = 2.0


def run(*command, **options) -> str:
    done = subprocess.run(list(map(str, command)), text=True, capture_output=True, check=False, **options)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout


class Machine:
    """A booted Debian. Commands in it are run as root, in HOME."""

    def __init__(self, root: Path, packages: Path):
        self.root = root
        mounts = {packages: f"{HOME}/build/packages", CACHE / "bin": "/opt/bin"}
        binds = [f"--bind-ro={source}:{place}" for source, place in mounts.items()]
        for place in mounts.values():
            (root / place.lstrip("/")).mkdir(parents=True, exist_ok=True)
        self.log = (root.parent / "boot.log").open("wb")
        self.process = subprocess.Popen(
            ["systemd-nspawn", "--quiet", f"--directory={root}", f"--machine={NAME}", "--boot", "--register=no", "--keep-unit",
             "--private-network", "--console=pipe", "--system-call-filter=landlock_create_ruleset landlock_add_rule landlock_restrict_self", *binds],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, start_new_session=True,
        )  # fmt: skip
        self.leader = self._wait_for_boot()

    def _wait_for_boot(self) -> int:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        deadline = time.monotonic() + BOOT_SEC
        while time.monotonic() < deadline and self.process.poll() is None:
            for pid in map(int, children.read_text().split()):
                self.leader = pid
                if self.shell("systemctl is-system-running || true", check=False).stdout.strip() in ("running", "degraded"):
                    return pid
            time.sleep(0.5)
        self.end()
        sys.exit(f"it does not boot: {self.log.name}")

    def shell(self, script: str, check: bool = True) -> subprocess.CompletedProcess:
        environment = ["PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", f"HOME={HOME}", "LANG=C.UTF-8", "DEBIAN_FRONTEND=noninteractive"]
        done = subprocess.run(
            ["nsenter", "--target", str(self.leader), "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--root",
             "env", "-i", *environment, "bash", "-euo", "pipefail", "-c", f"cd {HOME}\n{script}"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip
        if check and done.returncode != 0:
            log = self.shell("journalctl --no-pager -n 200 -u 'stemscribed*' | grep -v '\"request\"' | tail -n 20", check=False).stdout
            self.end()
            sys.exit(f"failed ({done.returncode}):\n{script}\n{done.stdout[-3000:]}\n{log}")
        return done

    def out(self, script: str) -> str:
        return self.shell(script).stdout.strip()

    def follow(self, name: str, **instead):
        """Runs the block of that name as it stands in the document; `instead` gives its placeholders their values."""
        text = block(name).text
        for placeholder, value in instead.items():
            assert placeholder in text, placeholder
            text = text.replace(placeholder, value)
        text = text.replace("apt install ", "apt install --yes ")  # as a person says
        print(f"- {name}", flush=True)
        return self.shell(text)

    def type(self, *lines: str):
        """What the person will type when the document calls the editor; or types now, if there is no such line."""
        (self.root / HOME[1:] / "typed").write_text("".join(f"{line}\n" for line in lines))

    def end(self):
        if self.process.poll() is None:
            os.kill(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                os.kill(self.process.pid, signal.SIGKILL)
                self.process.wait()


def make_base(work: Path) -> Path:
    """A Debian with systemd, and in apt's cache all that will be installed: the machine that boots has no network."""
    base = work / "debian"
    if base.exists():
        return base
    part = work / "debian.part"
    subprocess.run(["rm", "-rf", part], check=True)
    print("debootstrap", flush=True)
    run("debootstrap", "--variant=minbase", f"--include={SYSTEM}", "bookworm", part)
    part.rename(base)
    return base


def make_root(work: Path, packages: Path) -> Path:
    base = make_base(work)
    (base / "usr/local/bin/editor").write_text(EDITOR)
    (base / "usr/local/bin/editor").chmod(0o755)
    (base / "etc/resolv.conf").unlink(missing_ok=True)
    (base / "etc/resolv.conf").write_text(Path("/etc/resolv.conf").read_text())
    (base / "etc/hosts").write_text("127.0.0.1 localhost\n")
    (base / HOME[1:] / "build/packages").mkdir(parents=True, exist_ok=True)
    print("fetching Debian's packages", flush=True)
    script = """
        mount --bind "$1" "$2$4/build/packages"
        exec chroot "$2" sh -euc "cd $4
            apt-get update -qq
            apt-get install -y -qq --download-only ./build/packages/*.deb
            apt-get install -y -qq --download-only $3" """
    run("unshare", "--mount", "bash", "-euc", script, "-", packages, base, " ".join(OTHERS), HOME, stdin=subprocess.DEVNULL)
    root = work / "debian-check"
    subprocess.run(["rm", "-rf", root], check=True)
    run("cp", "-a", "--reflink=auto", base, root)
    return root


DEPLOYMENT, SCALING = "docs/DEPLOYMENT.md", "docs/SCALING.md"
INSTALL = f"{DEPLOYMENT}: apt install ./build/packages/*.deb"
MAKE_KEY = f"{DEPLOYMENT}: runuser -u stemscribe -- stemscribed keys create NAME --env-file {SETTINGS}"
PUBLIC = f"{DEPLOYMENT}: apt install nginx"
BACK_UP = f"{DEPLOYMENT}: install -d -o stemscribe -m 0700 /var/backups/stemscribe"
RESTORE = (
    f"{DEPLOYMENT}: runuser -u stemscribe -- stemscribed migrate-data --from-database sqlite:////var/backups/stemscribe/api.db "
    f"--from-storage /var/backups/stemscribe/storage --env-file {SETTINGS}"
)
UPGRADE = f"{DEPLOYMENT}: runuser -u stemscribe -- stemscribed backup /var/backups/stemscribe --env-file {SETTINGS}"
ROLL_BACK = f"{DEPLOYMENT}: systemctl stop stemscribed"
MOVE_IN = f"{SCALING}: systemctl stop stemscribed"
FOLLOWED = (INSTALL, MAKE_KEY, PUBLIC, BACK_UP, UPGRADE, RESTORE, ROLL_BACK, MOVE_IN)  # tests/docs/test_shell_blocks.py asks

EXAMPLE = "/usr/share/stemscribe/models/example.mp3"
LOCAL = "http://127.0.0.1:8000"


def transcribe(machine: Machine, url: str = LOCAL, curl: str = "curl -fsS") -> str:
    """A song from its upload to its stems; the job's id."""
    job = json.loads(machine.out(f"{curl} -F file=@{EXAMPLE} {url}/api/v1/transcribe?reuse=false"))["job_id"]
    events = machine.out(f"{curl} -N {url}/api/v1/jobs/{job}/events | grep ^data: | tail -n 1")
    assert json.loads(events[5:])["status"] == "completed", events
    assert int(machine.out(f"{curl} {url}/api/v1/jobs/{job}/stems/vocals | wc -c")) > 50_000
    return job


def wait_for_service(machine: Machine):
    machine.shell(f"curl -fsS --retry 30 --retry-delay 1 --retry-connrefused {LOCAL}/health/ready > /dev/null")


def check_unit(machine: Machine, unit: str):
    shown = machine.out(f"systemd-analyze security --no-pager {unit} | tail -n 1")
    exposure = float(re.search(r"exposure level for \S+: ([\d.]+)", shown)[1])
    assert exposure < EXPOSURE_LIMIT, shown
    assert machine.out(f"stat -c %U /proc/$(systemctl show -P MainPID {unit})") == "stemscribe"
    print(f"  {unit} runs as stemscribe, exposure {exposure}", flush=True)


def install(machine: Machine):
    machine.type("MAX_CONCURRENT_JOBS=1", "JOB_SANDBOX=require", "LOG_FILE=/var/log/stemscribe/api.log")
    shown = machine.follow(INSTALL)
    assert '"status"' in shown.stdout, shown.stdout
    check_unit(machine, "stemscribed")
    transcribe(machine)
    assert "job accepted" in machine.out("journalctl --no-pager -u stemscribed")
    assert "job accepted" in machine.out("cat /var/log/stemscribe/api.log")
    before = machine.out("systemctl show -P MainPID stemscribed")
    machine.shell(f"kill -9 {before}; sleep 3")
    wait_for_service(machine)
    assert machine.out("systemctl show -P MainPID stemscribed") != before
    assert machine.out("runuser -u nobody -- cat /etc/stemscribe/stemscribed.env 2>&1 || true").endswith("Permission denied")


def go_public(machine: Machine):
    machine.shell("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=songs.example.org "
                  "-addext subjectAltName=DNS:songs.example.org -keyout privkey.pem -out fullchain.pem 2>/dev/null\n"
                  "cp fullchain.pem /usr/local/share/ca-certificates/songs.crt && update-ca-certificates > /dev/null\n"
                  "echo 127.0.0.1 songs.example.org >> /etc/hosts\n"
                  f"printf '%s\\n' AUTH=apikey API_HOST=127.0.0.1 TRUSTED_PROXIES=127.0.0.1 >> {SETTINGS}")  # fmt: skip
    machine.follow(PUBLIC, **{"curl https": "curl --retry 10 --retry-all-errors -sS https"})
    key = re.search(r"^sts_\w+$", machine.follow(MAKE_KEY, NAME="alice").stdout, re.MULTILINE)[0]
    refused = machine.out("curl -s -o /dev/null -w '%{http_code}' https://songs.example.org/api/v1/jobs")
    assert refused == "401", refused
    return transcribe(machine, "https://songs.example.org", f"curl -fsS -H 'X-API-Key: {key}'"), key


def seen(machine: Machine, job: str, key: str) -> str:
    """All that a user sees of a finished job, as a checksum."""
    paths = " ".join(f"{LOCAL}/api/v1/jobs/{job}/{path}" for path in ("results", "stems/vocals", "frames", "chords", "notes"))
    return machine.out(f"curl -fsS -H 'X-API-Key: {key}' {paths} | sha256sum")


def upgrade_and_roll_back(machine: Machine, job: str, key: str):
    wanted = seen(machine, job, key)
    machine.follow(BACK_UP)
    before = machine.out("systemctl show -P MainPID stemscribed")
    machine.follow(UPGRADE, **{"apt install": "apt install --reinstall"})  # in the same version apt would find nothing to do
    wait_for_service(machine)
    assert machine.out("systemctl show -P MainPID stemscribed") != before, "an upgrade starts the service again"
    assert seen(machine, job, key) == wanted
    later = machine.shell(f"curl -fsS -H 'X-API-Key: {key}' -F file=@{EXAMPLE} {LOCAL}/api/v1/transcribe?reuse=false")
    machine.follow(ROLL_BACK, **{"./old-packages": "--reinstall ./build/packages"})
    wait_for_service(machine)
    assert seen(machine, job, key) == wanted
    code = f"curl -s -o /dev/null -w '%{{http_code}}' -H 'X-API-Key: {key}' {LOCAL}/api/v1/jobs/{json.loads(later.stdout)['job_id']}"
    assert machine.out(code) == "404", "it came after the backup"
    machine.shell("systemctl stop stemscribed; rm -r /var/lib/stemscribe.new; find /var/lib/stemscribe -mindepth 1 -delete")
    machine.follow(RESTORE)
    machine.shell("systemctl start stemscribed")
    wait_for_service(machine)
    assert seen(machine, job, key) == wanted


def move_into_a_cluster(machine: Machine, job: str, key: str):
    wanted = seen(machine, job, key)
    machine.shell("""
        apt-get install -y -qq --no-install-recommends postgresql redis-server
        systemctl start postgresql@15-main redis-server
        runuser -u postgres -- psql -qc "CREATE ROLE stemscribe LOGIN PASSWORD 'secret'" -c "CREATE DATABASE stemscribe OWNER stemscribe"
        mkdir -p /srv/blobs/songs
        systemd-run --unit s3 --setenv ROOT_ACCESS_KEY=stemscribe --setenv ROOT_SECRET_KEY=stemscribe-secret \
          /opt/bin/versitygw --port 127.0.0.1:7070 posix /srv/blobs""")
    settings = {
        "DATABASE_URL": "postgresql://stemscribe:secret@127.0.0.1/stemscribe", "QUEUE_URL": "redis://127.0.0.1",
        "STORAGE_URL": "s3://songs?endpoint=http://127.0.0.1:7070", "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "stemscribe", "AWS_SECRET_ACCESS_KEY": "stemscribe-secret",
    }  # fmt: skip
    machine.shell(f"sed -i '/^DATABASE_URL=/d' {SETTINGS}\n" + "\n".join(f"echo '{name}={value}' >> {SETTINGS}" for name, value in settings.items()))
    machine.follow(MOVE_IN)
    wait_for_service(machine)
    check_unit(machine, "stemscribed-worker")
    assert seen(machine, job, key) == wanted
    transcribe(machine, LOCAL, f"curl -fsS -H 'X-API-Key: {key}'")
    assert int(machine.out("find /srv/blobs -name vocals.mp3 | wc -l")) >= 2


def remove(machine: Machine):
    machine.shell("apt-get purge -y -qq stemscribed stemscribe-models stemscribe")
    assert machine.out("systemctl list-units --all --no-legend 'stemscribed*' | grep running || true") == ""
    assert machine.out("ls /var/lib/stemscribe/api.db"), "songs and the database are the users'"


def main():
    packages, work = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    work.mkdir(parents=True, exist_ok=True)
    machine = Machine(make_root(work, packages), packages)
    try:
        install(machine)
        job, key = go_public(machine)
        upgrade_and_roll_back(machine, job, key)
        move_into_a_cluster(machine, job, key)
        remove(machine)
    finally:
        machine.end()
    print(f"{len(FOLLOWED)} blocks of the documents were followed, and do what they say")


if __name__ == "__main__":
    main()
