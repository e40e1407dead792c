"""A cluster for the tests that leave it whole."""

import pytest

from cluster.cluster import Cluster


@pytest.fixture(scope="session")
def cluster(programs, fake_tool, tmp_path_factory):
    """Two API servers and two workers that all tests share: a test leaves everything running."""
    with Cluster(programs, tmp_path_factory.mktemp("cluster"), num_workers=2, STEMSCRIBE_BIN=fake_tool, LEASE_SEC=3) as cluster:
        yield cluster
        cluster.stop()
