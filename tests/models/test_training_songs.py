"""Which songs training may see, which it selects by, and which it is judged by: none is two of these."""

import json
import types

import pytest
import training_modules
from training_modules import ROOT


@pytest.fixture
def training(monkeypatch):
    paths, songs = training_modules.load(monkeypatch, "paths", "songs")
    return types.SimpleNamespace(paths=paths, songs=songs)


def make_song(root, name, **meta):
    folder = root / name
    folder.mkdir(parents=True)
    (folder / "meta.json").write_text(json.dumps(meta))
    return folder


def test_songs_of_each_kind_are_kept_apart(training, tmp_path):
    roots = [tmp_path / "songs", tmp_path / "songs-v0", tmp_path / "songs-2"]
    make_song(roots[0], "s1_00000", seed=1, split="train")
    judged = make_song(roots[0], "s1000000_00000", seed=training.paths.EVALUATION_SEED, split="validation")
    early = [make_song(roots[1], f"s77_{i:03}", seed=77) for i in range(8)]
    chosen = make_song(roots[2], "s1000001_00000", seed=1000001, split="validation")
    evaluation = set(training.paths.evaluation_songs(roots))
    selection = set(training.paths.selection_songs(roots))
    assert evaluation == {judged, *early[-6:]}
    assert selection == {chosen}


def test_the_pool_never_has_songs_that_are_held_out_even_if_they_come_late(training, tmp_path):
    seen = make_song(tmp_path, "s1_00000", seed=1, split="train")
    kept = make_song(tmp_path, "s1_00001", seed=1, split="train")
    pool = training.songs.SongPool.__new__(training.songs.SongPool)
    pool.__dict__.update(_roots=[tmp_path], _held_out={kept}, _seen=set())
    pool._scan()
    assert pool._known == [seen]
    make_song(tmp_path, "s1000005_00000", seed=1000005, split="validation")
    new = make_song(tmp_path, "s2_00000", seed=2, split="train")
    pool._scan()
    assert pool._known == [seen, new]


def test_evaluation_songs_are_the_generators_validation_songs(training):
    plan = (ROOT / "training/generator/plan.py").read_text()
    assert f"VALIDATION_SEED = {training.paths.EVALUATION_SEED:_}" in plan
    assert f"--seed {training.paths.EVALUATION_SEED} " in (ROOT / "Makefile").read_text()
