"""API servers and workers that share nothing but PostgreSQL, Redis and a bucket."""

import threading

import pytest
from api_service import Service, fake_song, is_alive, wait_until

from cluster.cluster import Worker


def worker_of(cluster, job_id: str) -> Worker:
    """The worker that is at the job."""

    def busy():
        owner = cluster.postgresql.query(f"SELECT lease_owner FROM jobs WHERE id = '{job_id}'")[0][0]
        return next((worker for worker in cluster.workers if owner and worker.instance == owner), None)

    return wait_until(busy, f"a worker for {job_id}")


def test_a_song_goes_in_at_one_server_and_comes_out_at_another(cluster):
    first, second = cluster.servers
    job_id = first.completed(seconds=0.1)
    assert second.job(job_id)["status"] == "completed"
    assert first.client.get(f"/api/v1/jobs/{job_id}/results").json() == second.client.get(f"/api/v1/jobs/{job_id}/results").json()
    stems = [server.client.get(f"/api/v1/jobs/{job_id}/stems/vocals") for server in cluster.servers]
    assert stems[0].status_code == stems[1].status_code == 200
    assert stems[0].content == stems[1].content != b""
    part = second.client.get(f"/api/v1/jobs/{job_id}/stems/vocals", headers={"Range": "bytes=2-5"})
    assert part.status_code == 206
    assert part.content == stems[0].content[2:6]


def test_servers_only_serve(cluster):
    for server in cluster.servers:
        assert server.running_children == []
    job_id = cluster.servers[0].submit(wait_for=str(cluster.folder / "go-1"))
    worker_of(cluster, job_id)
    assert [server.running_children for server in cluster.servers] == [[], []]
    (cluster.folder / "go-1").touch()
    cluster.servers[0].wait_for(job_id, "completed")


def test_events_reach_every_server(cluster):
    gate = cluster.folder / "go-2"
    job_id = cluster.servers[0].submit(wait_for=str(gate), wait_at=40)
    worker_of(cluster, job_id)
    seen = {}

    def watch(server):
        seen[server.port] = [event["status"] for _, event in server.events(job_id)]

    watchers = [threading.Thread(target=watch, args=(server,)) for server in cluster.servers]
    for watcher in watchers:
        watcher.start()
    gate.touch()
    for watcher in watchers:
        watcher.join(60)
    assert [states[-1] for states in seen.values()] == ["completed", "completed"]


def test_a_cancel_reaches_the_worker(cluster):
    job_id = cluster.servers[0].submit(wait_for="/never")
    worker = worker_of(cluster, job_id)
    children = wait_until(lambda: worker.running_children, "the child")
    assert cluster.servers[1].client.post(f"/api/v1/jobs/{job_id}/cancel").status_code in (200, 202)
    cluster.servers[0].wait_for(job_id, "cancelled")
    wait_until(lambda: not any(map(is_alive, children)), "the end of the child")


def test_a_killed_worker_loses_nothing(cluster):
    gate = cluster.folder / "go-3"
    job_id = cluster.servers[0].submit(wait_for=str(gate))
    worker = worker_of(cluster, job_id)
    worker.kill()
    gate.touch()
    cluster.servers[1].wait_for(job_id, "completed")
    worker.start()


def test_a_worker_that_slept_past_its_lease_changes_nothing(cluster):
    gate = cluster.folder / "go-4"
    job_id = cluster.servers[0].submit(wait_for=str(gate))
    sleeper = worker_of(cluster, job_id)
    sleeper.pause()
    wait_until(lambda: worker_of(cluster, job_id) is not sleeper, "another worker")
    gate.touch()
    cluster.servers[0].wait_for(job_id, "completed")
    before = cluster.postgresql.query(f"SELECT version, attempt, completed_at FROM jobs WHERE id = '{job_id}'")
    sleeper.resume()
    wait_until(lambda: sleeper.running_children == [], "the sleeper's child to end")
    assert cluster.postgresql.query(f"SELECT version, attempt, completed_at FROM jobs WHERE id = '{job_id}'") == before
    assert cluster.servers[0].client.get(f"/api/v1/jobs/{job_id}/stems/vocals").status_code == 200


def test_a_wiped_redis_loses_nothing(cluster):
    gate = cluster.folder / "go-5"
    ids = [cluster.servers[0].submit(wait_for=str(gate)) for _ in range(4)]
    cluster.redis.flush()
    gate.touch()
    for job_id in ids:
        cluster.servers[1].wait_for(job_id, "completed")


def test_a_deleted_job_leaves_no_blob(cluster):
    job_id = cluster.servers[0].completed()
    assert [name for name in cluster.s3.blobs() if job_id in name]
    assert cluster.servers[1].client.delete(f"/api/v1/jobs/{job_id}").status_code in (200, 204)
    assert not [name for name in cluster.s3.blobs() if job_id in name]


def test_an_operator_sees_jobs_and_queues_failed_ones_again(cluster):
    server = cluster.servers[0]
    job_id = server.submit(end="fail")
    server.wait_for(job_id, "failed")
    assert job_id in server.run("jobs", "list", "--status", "failed").stdout
    shown = server.run("jobs", "show", job_id)
    assert "failed" in shown.stdout
    again = server.run("jobs", "requeue", job_id)
    assert again.returncode == 0, again.stderr
    wait_until(lambda: int(cluster.postgresql.query(f"SELECT attempt FROM jobs WHERE id = '{job_id}'")[0][0]) > 1, "another attempt")
    server.wait_for(job_id, "failed")
    more = [server.submit(end="fail") for _ in range(2)]
    for each in more:
        server.wait_for(each, "failed")
    gone = server.submit(end="fail")
    server.wait_for(gone, "failed")
    assert server.client.delete(f"/api/v1/jobs/{gone}").status_code in (200, 204)
    every = server.run("jobs", "requeue", "all")
    assert every.returncode == 0, every.stderr
    assert set(every.stdout.split()) - {"queued"} >= {job_id, *more}
    assert gone not in every.stdout
    for each in more:
        wait_until(lambda: server.job(each)["status"] == "failed" and int(cluster.postgresql.query(f"SELECT attempt FROM jobs WHERE id = '{each}'")[0][0]) > 1, "another attempt")
    assert server.run("jobs", "show", "unknown").returncode != 0
    wrong = server.run("jobs", "list", "--status", "sleeping")
    assert wrong.returncode == 2
    assert "--status" in wrong.stderr


@pytest.mark.parametrize(
    ("command", "settings", "field"),
    [
        ("worker", {"QUEUE_URL": ""}, "QUEUE_URL"),
        ("worker", {"DATABASE_URL": "sqlite:///./api.db"}, "QUEUE_URL"),
        ("serve", {"DATABASE_URL": "sqlite:///./api.db"}, "QUEUE_URL"),
        ("serve", {"STORAGE_URL": "", "DOWNLOADS": "redirect"}, "DOWNLOADS"),
        ("serve", {"DOWNLOADS": "nginx"}, "DOWNLOADS"),
    ],
)
def test_mixes_that_make_no_sense_are_refused(cluster, command, settings, field):
    refused = cluster.servers[0].run(command, **settings)
    assert refused.returncode == 2
    assert field in refused.stderr


def test_an_embedded_installation_moves_into_the_cluster(cluster, programs, fake_tool, tmp_path):
    old = Service(programs / "stemscribed", tmp_path, STEMSCRIBE_BIN=fake_tool).start()
    done = old.completed()
    results = old.client.get(f"/api/v1/jobs/{done}/results").json()
    stem = old.client.get(f"/api/v1/jobs/{done}/stems/bass").content
    move = ("migrate-data", "--from-database", f"sqlite:///{old.database}", "--from-storage", str(old.storage))
    server = cluster.servers[0]
    refused = server.run(*move)
    assert refused.returncode != 0
    assert "running" in refused.stderr
    waiting = old.submit(wait_for="/never")
    old.wait_for(waiting, "processing")
    old.stop()
    for expected in ("jobs             2 new", "jobs             0 new"):
        moved = server.run(*move)
        assert moved.returncode == 0, moved.stderr
        assert expected in moved.stdout
    assert server.client.get(f"/api/v1/jobs/{done}/results").json() == results
    assert server.client.get(f"/api/v1/jobs/{done}/stems/bass").content == stem
    worker_of(cluster, waiting)
    assert server.client.delete(f"/api/v1/jobs/{waiting}").status_code in (200, 204)


def test_a_stopped_worker_hands_its_job_on(cluster):
    gate = cluster.folder / "go-6"
    job_id = cluster.servers[0].upload(fake_song(wait_for=str(gate))).json()["job_id"]
    worker = worker_of(cluster, job_id)
    worker.stop()
    gate.touch()
    cluster.servers[0].wait_for(job_id, "completed")
    worker.start()
