"""The short form of `make chaos`."""

from cluster import chaos


def test_nothing_is_lost(programs, tmp_path):
    told = chaos.run(programs, tmp_path, num_jobs=30, seed=5)
    assert sum(told["jobs"].values()) >= 30
    assert told["jobs"]["completed"] == told["results"]
    assert min(told["faults"].values()) >= 1
    assert told["zombies refused"] >= 1
