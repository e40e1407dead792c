"""The log says who made, changed and ended keys, and who deleted what."""

import json
import os
from pathlib import Path

import httpx
from api_service import HANG_SEC, Service, fake_song


def audited(lines: list[dict], message: str) -> list[dict]:
    return [line for line in lines if line["message"] == message]


def test_each_action_on_a_key_has_its_line(programs, tmp_path):
    log = tmp_path / "keys.log"
    service = Service(
        programs / "stemscribed",
        tmp_path,
        AUTH="apikey",
        LOG_FILE=log,
        LOG_FORMAT="json",
    )
    created = json.loads(service.run("keys", "create", "band", "--json").stdout)
    rotated = json.loads(service.run("keys", "rotate", created["id"], "--json").stdout)
    assert service.run("keys", "revoke", created["id"]).returncode == 0
    assert service.run("keys", "revoke", "nobody").returncode != 0
    lines = [json.loads(line) for line in Path(log).read_text().splitlines()]
    for message in ("key created", "key rotated", "key revoked"):
        [line] = audited(lines, message)
        assert line["key"] == created["id"]
        assert line["by_uid"] == os.getuid()
    for secret in (created["key"], rotated["key"]):
        assert secret not in log.read_text()


def test_who_deletes_is_named(programs, fake_tool, tmp_path):
    service = Service(
        programs / "stemscribed",
        tmp_path,
        AUTH="apikey",
        STEMSCRIBE_BIN=fake_tool,
        LOG_FORMAT="json",
    ).start()
    try:
        key = json.loads(
            service.run("keys", "create", "boss", "--scope", "admin", "--json").stdout
        )
        headers = {"X-API-Key": key["key"]}
        with httpx.Client(
            base_url=service.url, timeout=HANG_SEC, headers=headers
        ) as boss:
            job_id = boss.post(
                "/api/v1/transcribe", files={"file": ("a.wav", fake_song())}
            ).json()["job_id"]
            deleted = boss.delete(f"/api/v1/jobs/{job_id}")
            assert deleted.status_code == 200
            assert boss.delete(f"/api/v1/jobs/{job_id}").status_code == 404
            assert (
                boss.post(
                    "/api/v1/admin/cleanup", params={"dry_run": "true"}
                ).status_code
                == 200
            )
            cleaned = boss.post("/api/v1/admin/cleanup")
            assert cleaned.status_code == 200
        [line] = audited(service.log_lines(), "job deleted")
        assert (line["job_id"], line["key"], line["request_id"]) == (
            job_id,
            key["id"],
            deleted.headers["X-Request-ID"],
        )
        [line] = audited(service.log_lines(), "cleaned up")
        assert (line["key"], line["request_id"]) == (
            key["id"],
            cleaned.headers["X-Request-ID"],
        )
    finally:
        service.discard()
