"""What Prometheus is told by the processes of a cluster: servers, and workers at a port of their own."""

import httpx
import pytest
from api_service import HANG_SEC, wait_until
from test_metrics import GOLDEN, OF_WORKERS, ONLY_WITH_A_SHARED_QUEUE, parse, value

from cluster.server_process import free_port

ALL = {**GOLDEN, **ONLY_WITH_A_SHARED_QUEUE}


@pytest.fixture(scope="module")
def metrics_url(cluster):
    """Of a worker that joins the cluster for these tests, and alone does its jobs."""
    port = free_port()
    for worker in cluster.workers:
        worker.stop()
    worker = cluster.add_worker(WORKER_METRICS_PORT=port)
    yield f"http://127.0.0.1:{port}"
    worker.stop()
    cluster.workers.remove(worker)
    for other in cluster.workers:
        other.start()


def scrape(url: str):
    response = httpx.get(f"{url}/metrics", timeout=HANG_SEC)
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/plain; version=0.0.4")
    return parse(response.text)


def test_a_worker_tells_what_it_did(cluster, metrics_url):
    cluster.servers[0].completed()
    crashed = cluster.servers[0].submit(end="crash")
    cluster.servers[0].wait_for(crashed, "failed")

    def told():
        _, samples = scrape(metrics_url)
        return samples if value(samples, "stemscribe_job_duration_seconds_count", status="failed") else None

    samples = wait_until(told, "the failed job in the metrics")  # which are counted after the commit
    types, _ = scrape(metrics_url)
    assert types == {name: ALL[name][0] for name in OF_WORKERS}
    assert value(samples, "stemscribe_job_duration_seconds_count", status="completed") == 1
    assert value(samples, "stemscribe_child_crashes_total", task="transcribe", reason="signal") == 3
    assert value(samples, "stemscribe_redis_up") == 1
    assert value(samples, "stemscribe_redis_connections", state="busy") >= 1, "the one that waits for work"
    assert value(samples, "stemscribe_database_connections", state="idle") >= 1


def test_a_worker_says_that_it_lives_and_nothing_else(metrics_url):
    live = httpx.get(f"{metrics_url}/health/live", timeout=HANG_SEC)
    assert live.status_code == 200
    assert live.json() == {"status": "ok"}
    for path in ("/", "/api/v1/jobs", "/health"):
        assert httpx.get(metrics_url + path, timeout=HANG_SEC).status_code == 404
    assert httpx.post(f"{metrics_url}/metrics", content=b"x", timeout=HANG_SEC).status_code in (405, 413)


def test_a_server_tells_of_redis(cluster):
    types, samples = scrape(cluster.servers[0].url)
    for name, (kind, labels) in ONLY_WITH_A_SHARED_QUEUE.items():
        assert types[name] == kind
        for label, values in labels.items():
            assert {got[label] for sample, got, _ in samples if sample == name} == values
    assert value(samples, "stemscribe_redis_up") == 1
