"""The names and labels that dashboards and alerts (deploy/) rely on. Who changes this list changes those, too."""

import re

import pytest
from api_service import Service, fake_song

STAGES = {"separation", "transcription", "chords"}
STATUSES = {"queued", "processing", "completed", "failed", "cancelled"}
ANY = None

# name: type, labels with their values (ANY: too many to list)
GOLDEN = {
    "stemscribe_build_info": ("gauge", {"version": ANY}),
    "stemscribe_http_requests_total": ("counter", {"method": ANY, "route": ANY, "status": ANY}),
    "stemscribe_http_request_duration_seconds": ("histogram", {"route": ANY}),
    "stemscribe_http_bytes_total": ("counter", {"direction": {"in", "out"}}),
    "stemscribe_http_connections": ("gauge", {}),
    "stemscribe_limits_hit_total": (
        "counter",
        {"limit": {"body_size", "connections", "connections_of_address", "header_size", "quota", "rate_requests", "rate_uploads", "shed",
                   "storage", "time", "uploads"}},
    ),
    "stemscribe_own_rate_limits_total": ("counter", {}),
    "stemscribe_pool_queued_tasks": ("gauge", {}),
    "stemscribe_pool_wait_seconds": ("gauge", {}),
    "stemscribe_jobs": ("gauge", {"status": STATUSES}),
    "stemscribe_jobs_in_stage": ("gauge", {"stage": STAGES}),
    "stemscribe_queue_wait_seconds": ("gauge", {}),
    "stemscribe_job_duration_seconds": ("histogram", {"status": STATUSES - {"processing"}}),
    "stemscribe_stage_duration_seconds": ("histogram", {"stage": STAGES}),
    "stemscribe_job_real_time_factor": ("histogram", {}),
    "stemscribe_job_failures_total": ("counter", {"code": ANY, "retry": {"true", "false"}}),
    "stemscribe_child_crashes_total": (
        "counter",
        {"task": {"probe", "transcribe"}, "reason": {"signal", "memory", "time", "hang", "output", "sandbox"}},
    ),
    "stemscribe_storage_bytes": ("gauge", {"kind": {"used", "free", "limit"}}),
    "stemscribe_database_connections": ("gauge", {"state": {"busy", "idle"}}),
}
ONLY_WITH_A_SHARED_QUEUE = {  # tests/cluster/test_metrics_of_workers.py
    "stemscribe_queue_announcements": ("gauge", {"state": {"lag", "pending", "dead"}}),
    "stemscribe_redis_connections": ("gauge", {"state": {"busy", "idle"}}),
    "stemscribe_redis_up": ("gauge", {}),
}
OF_WORKERS = {"stemscribe_build_info", "stemscribe_job_duration_seconds", "stemscribe_stage_duration_seconds",
              "stemscribe_job_real_time_factor", "stemscribe_job_failures_total", "stemscribe_child_crashes_total",
              "stemscribe_database_connections", "stemscribe_redis_connections", "stemscribe_redis_up"}  # fmt: skip

SAMPLE = re.compile(r"(\w+)(?:\{(.*)\})? (\S+)")
LABEL = re.compile(r'(\w+)="([^"]*)"')


def parse(text: str) -> tuple[dict[str, str], list[tuple[str, dict, float]]]:
    """The types by name, and the samples (name, labels, value)."""
    types, samples = {}, []
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split()
            types[name] = kind
        elif not line.startswith("#"):
            name, labels, value = SAMPLE.fullmatch(line).groups()
            samples.append((name, dict(LABEL.findall(labels or "")), float(value)))
    return types, samples


@pytest.fixture(scope="module")
def metrics(programs, fake_tool, tmp_path_factory):
    """After a job that went well, one that crashed, and one that was refused."""
    folder = tmp_path_factory.mktemp("metrics")
    service = Service(programs / "stemscribed", folder, STEMSCRIBE_BIN=fake_tool, STORAGE_LIMIT_GB=100).start()
    try:
        service.completed()
        crashed = service.submit(end="crash")
        assert service.wait_for(crashed, "failed")
        assert service.upload(fake_song(probe="crash")).status_code == 422
        assert service.client.get("/no/such/path").status_code == 404
        assert service.upload(fake_song(), filename="song.wav", stem_format="wax").status_code == 422
        service.client.get("/metrics")  # so that the next one has seen a scrape
        response = service.client.get("/metrics")
        assert response.headers["content-type"].startswith("text/plain; version=0.0.4")
        yield parse(response.text)
    finally:
        service.discard()


def family(name: str, types: dict[str, str]) -> str:
    for suffix in ("_bucket", "_sum", "_count"):
        if name.removesuffix(suffix) in types and name.endswith(suffix):
            return name.removesuffix(suffix)
    return name


def test_names_types_and_labels(metrics):
    types, samples = metrics
    assert types == {name: kind for name, (kind, _) in GOLDEN.items()}
    seen = {name: {label: set() for label in labels} for name, (_, labels) in GOLDEN.items()}
    for sample, labels, _ in samples:
        name = family(sample, types)
        assert set(labels) - {"le"} == set(GOLDEN[name][1]), sample
        for label in set(labels) - {"le"}:
            seen[name][label].add(labels[label])
    for name, (_, labels) in GOLDEN.items():
        for label, values in labels.items():
            assert seen[name][label], (name, label)
            if values is not ANY and name != "stemscribe_job_failures_total":
                assert seen[name][label] == values, name


def value(samples, name, **labels) -> float:
    return next(number for sample, got, number in samples if sample == name and got == labels)


def test_they_count(metrics):
    _, samples = metrics
    assert value(samples, "stemscribe_jobs", status="completed") == 1
    assert value(samples, "stemscribe_jobs", status="failed") == 1
    assert value(samples, "stemscribe_job_duration_seconds_count", status="completed") == 1
    assert value(samples, "stemscribe_job_real_time_factor_count") == 1
    assert value(samples, "stemscribe_http_requests_total", method="GET", route="none", status="404") == 1
    assert value(samples, "stemscribe_http_connections") >= 1
    assert value(samples, "stemscribe_child_crashes_total", task="transcribe", reason="signal") == 3
    assert value(samples, "stemscribe_child_crashes_total", task="probe", reason="signal") == 1
    assert value(samples, "stemscribe_child_crashes_total", task="probe", reason="memory") == 0
    for stage in STAGES:
        assert value(samples, "stemscribe_stage_duration_seconds_count", stage=stage) >= 1
    failures = [(labels, count) for name, labels, count in samples if name == "stemscribe_job_failures_total"]
    assert [(labels["retry"], count) for labels, count in failures] == [("true", 3)]  # as often as it was tried
