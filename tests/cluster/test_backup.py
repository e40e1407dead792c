"""Backups that are made while all runs, and what can be had back from them."""

import shutil

from api_service import Service, fake_song

from cluster.cluster import Cluster


def restore(server: Service, backup):
    done = server.run("migrate-data", "--from-database", f"sqlite:///{backup}/api.db", "--from-storage", str(backup / "storage"))
    assert done.returncode == 0, done.stderr


def shown(server: Service, job_id: str) -> list:
    """All that a user sees of a finished job."""
    paths = ("", "/results", "/stems/vocals", "/frames", "/chords")
    return [server.client.get(f"/api/v1/jobs/{job_id}{path}").content for path in paths]


def back_up(server: Service, folder) -> str:
    done = server.run("backup", str(folder))
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_cluster_comes_back_from_a_backup(cluster, programs, fake_tool, tmp_path):
    server = cluster.servers[0]
    job_id, deleted = server.completed(), server.completed()
    expected = shown(server, job_id)
    gate = tmp_path / "go"
    waiting = server.upload(fake_song(wait_for=str(gate))).json()["job_id"]
    server.wait_for(waiting, "processing")
    backup = tmp_path / "backup"
    back_up(server, backup)
    server.client.delete(f"/api/v1/jobs/{deleted}")
    assert "files            0 new, 0 bytes" in back_up(server, backup)
    assert backup.stat().st_mode & 0o077 == 0
    assert not (backup / "storage/jobs" / deleted).exists()
    server.client.delete(f"/api/v1/jobs/{waiting}")

    gate.touch()
    with Cluster(programs, tmp_path / "new", 1, 1, STEMSCRIBE_BIN=fake_tool, LEASE_SEC=2) as fresh:
        restore(fresh.servers[0], backup)
        assert shown(fresh.servers[0], job_id) == expected
        assert fresh.servers[0].client.get(f"/api/v1/jobs/{deleted}").status_code == 404
        fresh.servers[0].wait_for(waiting, "completed")
        fresh.stop()


def test_an_embedded_service_comes_back_from_a_backup(programs, fake_tool, tmp_path):
    (tmp_path / "old").mkdir()
    (tmp_path / "new").mkdir()
    old = Service(programs / "stemscribed", tmp_path / "old", STEMSCRIBE_BIN=fake_tool).start()
    job_id = old.completed()
    expected = shown(old, job_id)
    back_up(old, tmp_path / "backup")
    kept = tmp_path / "backup/storage/jobs" / job_id
    shutil.copytree(kept / "separated", kept / ".attempt-1/separated")  # as if it had been moved while it was copied
    back_up(old, tmp_path / "backup")
    assert (kept / "separated").exists() and not (kept / ".attempt-1/separated").exists()
    refused = old.run("backup", str(old.storage / "inside"))
    assert refused.returncode != 0 and "STORAGE_PATH" in refused.stderr
    old.stop()
    new = Service(programs / "stemscribed", tmp_path / "new", STEMSCRIBE_BIN=fake_tool)
    restore(new, tmp_path / "backup")
    new.start()
    assert shown(new, job_id) == expected
    new.stop()
