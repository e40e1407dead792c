"""W3C trace context: from a request's headers to the log, the job that it makes, and the callback."""

import re

import pytest
from api_service import fake_song, wait_until

TRACE = "0af7651916cd43dd8448eb211c80319c"
SPAN = "b7ad6b7169203331"
MESSAGES = {"request", "job accepted", "job started", "job ended"}


def test_a_trace_goes_from_the_request_to_the_callback(start_service, receiver):
    server = receiver()
    service = start_service(WEBHOOK_ALLOW_PRIVATE="true")

    def lines() -> dict[str, dict]:
        return {line["message"]: line for line in service.log_lines() if line.get("trace_id") == TRACE}

    headers = {"traceparent": f"00-{TRACE}-{SPAN}-01", "tracestate": "tool=42"}
    service.upload(fake_song(), headers=headers, callback_url=server.url)
    wait_until(lambda: server.received, "the callback")
    [(sent, _)] = server.received
    assert sent["tracestate"] == "tool=42"
    match = re.fullmatch(rf"00-{TRACE}-([0-9a-f]{{16}})-01", sent["traceparent"])
    assert match[1] != SPAN
    wait_until(lambda: lines().keys() >= MESSAGES, "the log")
    assert [line["message"] for line in service.log_lines() if line.get("trace_id") == TRACE].count("request") == 1
    assert lines()["request"]["parent_id"] == SPAN
    assert lines()["request"]["span_id"] == match[1]


@pytest.mark.parametrize("sent", [None, "nonsense", f"00-{'0' * 32}-{SPAN}-01"])
def test_without_a_valid_one_a_trace_begins(start_service, sent):
    service = start_service()
    service.client.get("/health/live", headers={"traceparent": sent} if sent else {})
    [line] = wait_until(lambda: [line for line in service.log_lines() if line.get("path") == "/health/live"], "the log")
    assert re.fullmatch("[0-9a-f]{32}", line["trace_id"])
    assert line["trace_id"] != "0" * 32
    assert line["parent_id"] == ""
