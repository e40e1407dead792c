"""Callbacks when a job ends: signed, and repeated until they are taken."""

import hashlib
import hmac
import json
import re
import time

import pytest
from api_service import fake_song, wait_until


def check_signature(headers: dict, body: bytes, secret: bytes):
    match = re.fullmatch(r"t=(\d+),v1=([0-9a-f]{64})", headers["Stemscribe-Signature"])
    assert abs(int(match[1]) - time.time()) < 60
    expected = hmac.new(secret, match[1].encode() + b"." + body, hashlib.sha256).hexdigest()
    assert hmac.compare_digest(match[2], expected)


def test_callbacks_are_signed_and_repeated_after_a_fault(start_service, receiver):
    server = receiver(500)
    service = start_service(WEBHOOK_ALLOW_PRIVATE="true", WEBHOOK_SECRET="s3cret")
    job_id = service.upload(fake_song(), name="called", callback_url=server.url).json()["job_id"]
    service.wait_for(job_id, "completed")
    wait_until(lambda: server.received, "the first call")
    # The back-off is for hours, not for tests: it is due now.
    wait_until(
        lambda: service.sql("SELECT 1 FROM webhooks WHERE attempts = 1 AND state = 'pending'"), "the record of its failure"
    )
    service.sql("UPDATE webhooks SET next_at = 0")
    wait_until(lambda: len(server.received) == 2, "the second call")
    wait_until(lambda: service.sql("SELECT state FROM webhooks") == [("delivered",)], "the record of its success")
    for headers, body in server.received:
        check_signature(headers, body, b"s3cret")
        document = json.loads(body)
        assert document["event"] == headers["Stemscribe-Event"] == "job.completed"
        assert document["job"]["job_id"] == job_id
        assert document["job"]["name"] == "called"
    assert server.received[0][0]["Stemscribe-Delivery"] == server.received[1][0]["Stemscribe-Delivery"]
    service.stop()


@pytest.mark.parametrize("end", ["fail", "cancel"])
def test_callbacks_of_other_ends(start_service, receiver, end, tmp_path):
    server = receiver()
    service = start_service(WEBHOOK_ALLOW_PRIVATE="true")
    song = fake_song(end="fail") if end == "fail" else fake_song(wait_for="/never")
    job_id = service.upload(song, callback_url=server.url).json()["job_id"]
    if end == "cancel":
        service.wait_for(job_id, "processing")
        service.client.post(f"/api/v1/jobs/{job_id}/cancel")
    wait_until(lambda: server.received, "the call")
    [(headers, body)] = server.received
    assert "Stemscribe-Signature" not in headers
    job = json.loads(body)["job"]
    assert job["status"] == {"fail": "failed", "cancel": "cancelled"}[end]
    assert ("too strange" in (job["error_message"] or "")) == (end == "fail")
    service.stop()
