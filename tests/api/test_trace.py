"""W3C trace context: from a request's headers to the log, the job that it makes, and the callback."""

import re

import pytest
from api_service import fake_song, wait_until
from test_callbacks import receiver  # noqa: F401 (a fixture)

TRACE = "0af7651916cd43dd8448eb211c80319c"
SPAN = "b7ad6b7169203331"


def lines_of(service, trace_id: str) -> list[dict]:
    return [line for line in service.log_lines() if line.get("trace_id") == trace_id]


def test_a_trace_goes_from_the_request_to_the_callback(start_service, receiver):  # noqa: F811
    server = receiver()
    service = start_service(WEBHOOK_ALLOW_PRIVATE="true", LOG_FORMAT="json")
    headers = {"traceparent": f"00-{TRACE}-{SPAN}-01", "tracestate": "tool=42"}
    service.upload(fake_song(), headers=headers, callback_url=server.url)
    wait_until(lambda: server.received, "the callback")
    [(sent, _)] = server.received
    assert sent["tracestate"] == "tool=42"
    match = re.fullmatch(rf"00-{TRACE}-([0-9a-f]{{16}})-01", sent["traceparent"])
    assert match[1] != SPAN
    wait_until(
        lambda: {"request", "job accepted", "job started", "job ended"}
        <= {line["message"] for line in lines_of(service, TRACE)},
        "the log",
    )
    [request] = [
        line for line in lines_of(service, TRACE) if line["message"] == "request"
    ]
    assert request["parent_id"] == SPAN
    assert request["span_id"] == match[1]


@pytest.mark.parametrize("sent", [None, "nonsense", f"00-{'0' * 32}-{SPAN}-01"])
def test_without_a_valid_one_a_trace_begins(start_service, sent):
    service = start_service(LOG_FORMAT="json")
    service.client.get("/health/live", headers={"traceparent": sent} if sent else {})
    [line] = wait_until(
        lambda: [
            line for line in service.log_lines() if line.get("path") == "/health/live"
        ],
        "the log",
    )
    assert (
        re.fullmatch("[0-9a-f]{32}", line["trace_id"]) and line["trace_id"] != "0" * 32
    )
    assert line["parent_id"] == ""
