"""Scores of an estimate against the truth. mir_eval and museval do all the scoring; here their answers get names.

A score's name is "task: measure"; tasks whose truth or estimate is missing have no scores.
"""

import warnings
from functools import partial

import mir_eval
import museval
import numpy as np
import soundfile

from .estimate import Estimate
from .truth import EvalSong

PITCH_MEASURES = {
    "Overall Accuracy": "overall",
    "Raw Pitch Accuracy": "raw pitch",
    "Raw Chroma Accuracy": "raw chroma",
    "Voicing Recall": "voicing recall",
    "Voicing False Alarm": "false alarm",
}
CHORD_MEASURES = ("root", "majmin", "sevenths", "tetrads", "mirex", "seg")
NOTE_MEASURES = {"Onset_F-measure": "onset F", "F-measure_no_offset": "onset, pitch F", "F-measure": "onset, pitch, offset F"}
BEAT_MEASURES = {"F-measure": "F", "Correct Metric Level Total": "CMLt", "Any Metric Level Total": "AMLt"}
LOWER_IS_BETTER = ("false alarm",)
TEMPO_TOLERANCE = 0.04
NO_FILTERS = 1  # BSS Eval 4's SDR does not depend on its filters, which take most of its time
METRIC_LEVELS = (1, 2, 1 / 2, 3, 1 / 3)  # tempo accuracy 2 allows them all


def score(song: EvalSong, estimate: Estimate, with_stems: bool = True) -> dict[str, float]:
    scores: dict[str, float] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # mir_eval's remarks on empty estimates
        if song.pitch:
            for source, (times, hz) in estimate.pitch.items():
                scores |= _pitch(song.pitch, np.array(times), np.array(hz), f"pitch, {source}")
        if song.notes is not None and estimate.notes is not None:
            scores |= _notes(song.notes, np.array(estimate.notes).reshape(-1, 3))
        if song.chords and estimate.chords:
            scores |= _chords(song.chords, estimate.chords)
        if song.beats is not None and estimate.beats is not None:
            scores |= _beats(song.beats, np.array(estimate.beats))
        if song.downbeats is not None and estimate.downbeats is not None:
            scores["downbeats: F"] = _downbeats(song.downbeats, np.array(estimate.downbeats))
        if song.beats is not None and estimate.tempo_bpm is not None:
            scores |= _tempo(song.beats, estimate.tempo_bpm)
        if song.key and estimate.key:
            scores["key: weighted"] = mir_eval.key.weighted_score(song.key, estimate.key)
        for name, path in estimate.stems.items() if with_stems else ():
            scores |= _stem(song, name, path)
    return {name: float(value) for name, value in scores.items() if np.isfinite(value)}


def _pitch(truth, times: np.ndarray, hz: np.ndarray, task: str) -> dict[str, float]:
    found = mir_eval.melody.evaluate(*truth, times, hz)
    return {f"{task}: {name}": found[measure] for measure, name in PITCH_MEASURES.items()}


def _notes(truth: np.ndarray, notes: np.ndarray) -> dict[str, float]:
    found = mir_eval.transcription.evaluate(truth[:, :2], truth[:, 2], notes[:, :2], notes[:, 2])
    return {f"notes: {name}": found[measure] for measure, name in NOTE_MEASURES.items()}


def _chords(truth, chords: list[tuple[float, float, str]]) -> dict[str, float]:
    intervals = np.array([[start, end] for start, end, _ in chords])
    found = mir_eval.chord.evaluate(*truth, intervals, [label for _, _, label in chords])
    return {f"chords: {measure}": found[measure] for measure in CHORD_MEASURES}


def _beats(truth: np.ndarray, beats: np.ndarray) -> dict[str, float]:
    found = mir_eval.beat.evaluate(truth, beats)
    return {f"beats: {name}": found[measure] for measure, name in BEAT_MEASURES.items()}


def _downbeats(truth: np.ndarray, downbeats: np.ndarray) -> float:
    return mir_eval.beat.f_measure(mir_eval.beat.trim_beats(truth), mir_eval.beat.trim_beats(downbeats))


def _tempo(beats: np.ndarray, tempo_bpm: float) -> dict[str, float]:
    truth = 60 / np.median(np.diff(beats))
    estimate = np.array([tempo_bpm, tempo_bpm])

    def is_right(level: float) -> bool:
        reference = np.array([level * truth, level * truth])
        return bool(mir_eval.tempo.detection(reference, 0.5, estimate, tol=TEMPO_TOLERANCE)[1])

    return {"tempo: accuracy 1": is_right(1), "tempo: accuracy 2": any(map(is_right, METRIC_LEVELS))}


def read_stem(song: EvalSong, name: str) -> np.ndarray | None:
    """The truth, [samples, channels]; instrumental is what the others add up to."""
    if name in song.stems:
        return soundfile.read(song.stems[name], always_2d=True)[0]
    if name == "instrumental" and {"drums", "bass", "other"} <= set(song.stems):
        return np.sum([soundfile.read(song.stems[n], always_2d=True)[0] for n in ("drums", "bass", "other")], axis=0)
    return None


def _stem(song: EvalSong, name: str, path: str) -> dict[str, float]:
    truth = read_stem(song, name)
    if truth is None or not truth.any():
        return {}
    estimate, rate = soundfile.read(path, always_2d=True)
    length = min(len(truth), len(estimate))
    truth, estimate = truth[None, :length], estimate[None, :length]
    sdr = partial(museval.metrics.bss_eval, truth, estimate, compute_permutation=False, filters_len=NO_FILTERS)
    by_second, whole = sdr(window=rate, hop=rate)[0], sdr(window=np.inf, hop=np.inf)[0]
    return {f"{name}: SDR": np.nanmedian(by_second), f"{name}: global SDR": whole[0, 0]}
