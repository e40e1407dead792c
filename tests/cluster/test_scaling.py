"""What docs/SCALING.md promises beside that nothing is lost: mixes of parts, even work, autoscaling, moving in."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from api_service import HANG_SEC, Service, wait_until
from test_metrics import parse, value

from cluster.cluster import Cluster, Worker

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def own_cluster(programs, fake_tool, tmp_path):
    """own_cluster(servers, workers, **settings): one that a test has for itself."""
    with contextlib.ExitStack() as stack:
        yield lambda servers, workers, **settings: stack.enter_context(
            Cluster(programs, tmp_path / "cluster", servers, workers, STEMSCRIBE_BIN=fake_tool, **settings)
        )


def jobs_of(cluster: Cluster) -> dict[str, int]:
    """Worker -> jobs that it is at."""
    rows = cluster.postgresql.query("SELECT lease_owner, count(*) FROM jobs WHERE status = 'processing' GROUP BY lease_owner")
    return {owner: int(count) for owner, count in rows}


def test_every_worker_that_is_added_takes_its_share(own_cluster):
    """What makes a cluster grow as its workers do, without a clock: no slot is idle while a song waits, and none has two."""
    cluster = own_cluster(1, 0, MAX_CONCURRENT_JOBS=3)
    gates = [cluster.folder / f"go-{number}" for number in range(16)]
    for gate in gates:
        cluster.servers[0].submit(wait_for=str(gate))
    for num_workers in (1, 2, 4):
        while len(cluster.workers) < num_workers:
            cluster.add_worker()
        shares = {worker.instance: 3 for worker in cluster.workers}
        wait_until(lambda shares=shares: jobs_of(cluster) == shares, f"{num_workers} workers at {3 * num_workers} jobs")
    waiting = cluster.postgresql.query("SELECT count(*) FROM jobs WHERE status = 'queued'")
    assert int(waiting[0][0]) == len(gates) - 12
    gates[0].touch()  # one ends; its slot takes the next
    wait_until(lambda: cluster.postgresql.query("SELECT count(*) FROM jobs WHERE status = 'queued'")[0][0] == "3", "the next job")
    for gate in gates:
        gate.touch()
    wait_until(lambda: cluster.postgresql.query("SELECT count(*) FROM jobs WHERE status = 'completed'")[0][0] == "16", "all jobs")
    cluster.stop()


def lag_of(cluster: Cluster) -> tuple[int, ...]:
    """(lag, pending) as Redis tells KEDA's scaler; what it does not know is missing."""
    groups = cluster.redis.call("XINFO", "GROUPS", "stemscribe:jobs")
    told = (re.search(rf"\r\n{name}\r\n:(\d+)", groups) for name in ("lag", "pending"))
    return tuple(int(number[1]) for number in told if number)


def test_the_lag_that_scales_workers_is_the_songs_that_wait(own_cluster):
    """KEDA's scaler reads XINFO GROUPS: docs/SCALING.md and deploy/kubernetes add lag (songs that wait) and pending (in work)."""
    cluster = own_cluster(1, 1)
    server = cluster.servers[0]
    gate = cluster.folder / "go"
    ids = [server.submit(wait_for=str(gate)) for _ in range(5)]
    wait_until(lambda: lag_of(cluster) == (4, 1), "four that wait, one in work")

    def announced() -> dict[str, float]:
        _, samples = parse(server.client.get("/metrics").text)
        return {state: value(samples, "stemscribe_queue_announcements", state=state) for state in ("lag", "pending")}

    wait_until(lambda: announced() == {"lag": 4, "pending": 1}, "the same in /metrics")
    cluster.redis.flush()
    wait_until(lambda: lag_of(cluster)[:1] == (4,), "the lag after a wipe, set right by the reconciler")
    gate.touch()
    for job_id in ids:
        server.wait_for(job_id, "completed")
    wait_until(lambda: lag_of(cluster) == (0, 0), "nothing that waits")


def test_a_job_that_used_up_its_tries_is_announced_as_dead(own_cluster):
    cluster = own_cluster(1, 1)
    job_id = cluster.servers[0].submit(end="crash")
    assert cluster.servers[0].wait_for(job_id, "failed")["error_message"]
    assert cluster.postgresql.query(f"SELECT tries FROM jobs WHERE id = '{job_id}'")[0][0] == "3"
    wait_until(lambda: job_id in cluster.redis.call("XRANGE", "stemscribe:dead", "-", "+"), "the dead letter")
    fine = cluster.servers[0].completed()
    assert fine not in cluster.redis.call("XRANGE", "stemscribe:dead", "-", "+")


def test_concurrency_is_the_workers_own(own_cluster):
    cluster = own_cluster(1, 0)
    gate = cluster.folder / "go"
    ids = [cluster.servers[0].submit(wait_for=str(gate)) for _ in range(4)]
    worker = cluster._make(Worker, "worker-0")
    process = subprocess.Popen([worker.program, "worker", "--concurrency", "2"], env=worker.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: list(jobs_of(cluster).values()) == [2], "two jobs at once")
        time.sleep(0.3)
        assert list(jobs_of(cluster).values()) == [2], "and no third"
        gate.touch()
        for job_id in ids:
            cluster.servers[0].wait_for(job_id, "completed")
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(HANG_SEC) == 0
        process.stdout.close()


def test_a_worker_that_is_asked_to_end_gives_its_songs_their_grace(own_cluster):
    cluster = own_cluster(1, 1, DRAIN_SEC=HANG_SEC)
    gate = cluster.folder / "go"
    ids = [cluster.servers[0].submit(wait_for=str(gate)) for _ in range(2)]
    worker = cluster.workers[0]
    wait_until(lambda: jobs_of(cluster) == {worker.instance: 1}, "the first job")
    worker.terminate()
    wait_until(lambda: any(line["message"] == "draining" for line in worker.log_lines()), "the drain")
    gate.touch()
    assert worker.wait() == 0
    states = [cluster.servers[0].job(job_id)["status"] for job_id in ids]
    assert states == ["completed", "queued"], "what was in work is finished, and nothing new begun"
    assert cluster.postgresql.query(f"SELECT tries FROM jobs WHERE id = '{ids[0]}'")[0][0] == "1"


def test_downloads_are_sent_to_the_bucket(own_cluster):
    cluster = own_cluster(1, 1, DOWNLOADS="redirect")
    server = cluster.servers[0]
    job_id = server.completed(size=3)
    answer = server.client.get(f"/api/v1/jobs/{job_id}/stems/vocals")
    assert answer.status_code == 307
    address = answer.headers["location"]
    assert address.startswith(cluster.s3.endpoint)
    passed_on = server.client.get(f"/api/v1/jobs/{job_id}/stems/vocals?redirect=false")  # as the page asks
    assert (passed_on.status_code, passed_on.content) == (200, b"vocals" * 3000)
    stem = httpx.get(address, timeout=HANG_SEC)  # without a key
    assert stem.content == b"vocals" * 3000
    assert "vocals.mp3" in stem.headers["content-disposition"]
    assert httpx.get(address.replace("Signature=", "Signature=0"), timeout=HANG_SEC).status_code == 403
    part = httpx.get(address, headers={"Range": "bytes=6-11"}, timeout=HANG_SEC)
    assert (part.status_code, part.content) == (206, b"vocals")


@pytest.mark.parametrize("mix", ["a bucket alone", "PostgreSQL alone", "PostgreSQL, Redis and a shared folder"])
def test_mixes_that_make_sense_work(cluster, programs, fake_tool, tmp_path, mix):
    """docs/SCALING.md, Which mixes work. The bucket, PostgreSQL and Redis are those of the cluster, under names of their own."""
    (tmp_path / "one").mkdir()
    settings = {
        "a bucket alone": {"STORAGE_URL": cluster.s3.url.replace("/cluster", "/alone"), **cluster.s3.environment},
        "PostgreSQL alone": {"DATABASE_URL": cluster.postgresql.make_database()},
        "PostgreSQL, Redis and a shared folder": {"DATABASE_URL": cluster.postgresql.make_database(), "QUEUE_URL": f"{cluster.redis.url}?prefix=folder"},
    }[mix]
    one = Service(programs / "stemscribed", tmp_path / "one", STEMSCRIBE_BIN=fake_tool, **settings).start()
    worker = Worker(programs / "stemscribed", tmp_path / "one", STEMSCRIBE_BIN=fake_tool, **settings)
    try:
        if "Redis" in mix:
            worker.start()
        job_id = one.completed()
        path = f"/api/v1/jobs/{job_id}/stems/vocals"
        stem = one.client.get(path).content
        assert stem == b"vocals" * 1000
        one.kill()
        one.start()
        assert one.client.get(path).content == stem
        assert one.client.delete(f"/api/v1/jobs/{job_id}").status_code == 200
    finally:
        worker.discard()
        one.discard()


def test_moving_in_can_be_cut_off_and_begun_again(own_cluster, programs, fake_tool, tmp_path):
    (tmp_path / "old").mkdir()
    old = Service(programs / "stemscribed", tmp_path / "old", STEMSCRIBE_BIN=fake_tool, MAX_CONCURRENT_JOBS=4).start()
    ids = [old.completed(size=200) for _ in range(6)]
    wanted = {job_id: old.client.get(f"/api/v1/jobs/{job_id}/results").json() for job_id in ids}
    key = old.run("keys", "create", "somebody")
    old.stop()
    cluster = own_cluster(1, 0)
    server = cluster.servers[0]
    move = ("migrate-data", "--from-database", f"sqlite:///{old.database}", "--from-storage", str(old.storage))
    cut = subprocess.Popen([server.program, *move], env=server.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_until(lambda: len(cluster.s3.blobs()) >= 4 or cut.poll() is not None, "some songs")
    assert cut.poll() is None, "it was not cut off: it is done already"
    cut.kill()
    cut.wait()
    assert server.client.get("/api/v1/jobs").json()["jobs"] == [], "no row speaks of a song that is not there"
    moved = server.run(*move)
    assert moved.returncode == 0, moved.stderr
    assert f"jobs             {len(ids)} new" in moved.stdout
    again = server.run(*move)
    assert "files            0 new, 0 bytes" in again.stdout and "jobs             0 new" in again.stdout
    for job_id in ids:
        assert server.client.get(f"/api/v1/jobs/{job_id}/results").json() == wanted[job_id]
        assert server.client.get(f"/api/v1/jobs/{job_id}/stems/bass").content == b"bass" * 200_000
    assert re.search(r"This is key (\S+)\.", key.stdout)[1] in server.run("keys", "list").stdout


def test_make_cluster_starts_all_and_leaves_nothing(programs, tmp_path):
    """`make cluster`, as its reader uses it: the addresses that it prints, and Ctrl-C."""
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    tmp_path.chmod(0o711)
    process = subprocess.Popen(
        [sys.executable, "-m", "cluster", "--programs", programs, "--port", "0", "--workers", "1"], cwd=ROOT / "tests", env=environment,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip
    try:
        told = ""
        while "Ctrl-C" not in told:
            line = process.stdout.readline()
            assert line, told
            told += line
        url = re.search(r"page +(\S+)/", told)[1]
        assert httpx.get(f"{url}/", timeout=HANG_SEC).status_code == 200
        assert httpx.get(f"{url}/docs", timeout=HANG_SEC, follow_redirects=True).status_code == 200
        song = programs.parent / "share/stemscribe/models/example.mp3"
        job = httpx.post(f"{url}/api/v1/transcribe", data={"stages": "chords"}, files={"file": song.open("rb")}, timeout=HANG_SEC).json()
        wait_until(lambda: httpx.get(f"{url}/api/v1/jobs/{job['job_id']}").json()["status"] == "completed", "the song")
        more = re.search(r"\(export (.*)\n +build/bin/stemscribed worker\)", told)[1]
        assert {"DATABASE_URL", "QUEUE_URL", "STORAGE_URL"} <= set(re.findall(r"'(\w+)=", more))
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(HANG_SEC)
        process.stdout.close()
    assert process.returncode == 0
    assert list(tmp_path.iterdir()) == []
