"""The notes that are sung, as JSON and as MIDI."""

import json

import mido
import mir_eval
import numpy as np
import pytest

from synth import write_wav


@pytest.fixture(params=("plain", "sharp", "flat"))
def pair(request, songs, transcribed):
    return songs[request.param], transcribed[request.param]


def notes_of(output) -> list[dict]:
    document = json.loads((output.folder / "notes.json").read_text())
    assert document["version"] == 1
    assert document["num_notes"] == len(document["notes"]) == output.result["num_notes"]
    return document["notes"]


def midi_notes(path) -> list[tuple[float, float, int]]:
    """Start, end and pitch as they sound."""
    now, sounding, found = 0.0, {}, []
    for message in mido.MidiFile(path):  # with the tempo map applied
        now += message.time
        if message.type == "note_on":
            assert message.note not in sounding and message.velocity > 0
            sounding[message.note] = now
        elif message.type == "note_off":
            found.append((sounding.pop(message.note), now, message.note))
    assert not sounding
    return found


def test_notes_are_those_that_were_sung(pair):
    song, output = pair
    truth = np.array([[note.start_sec, note.end_sec] for note in song.notes])
    pitches = 440 * 2 ** ((np.array([note.midi for note in song.notes]) - 69) / 12)
    found = notes_of(output)
    times = np.array([[note["start"], note["end"]] for note in found])
    hz = 440 * 2 ** ((np.array([note["midi"] for note in found]) - 69) / 12)
    _, _, f_measure, _ = mir_eval.transcription.precision_recall_f1_overlap(
        truth, pitches, times, hz, onset_tolerance=0.1, offset_ratio=None
    )
    assert f_measure > 0.8


def test_notes_are_in_order(pair):
    notes = notes_of(pair[1])
    for note, after in zip(notes, [*notes[1:], None]):
        assert set(note) == {"start", "end", "midi", "cents", "confidence", "level_db"}
        assert note["end"] >= note["start"] + 0.07 - 1e-9
        assert after is None or note["end"] <= after["start"]
        assert abs(note["cents"] - pair[0].spec.tuning_cents) < 100


def test_midi_sounds_when_it_was_sung(pair):
    _, output = pair
    notes = notes_of(output)
    sound = midi_notes(output.folder / "vocals.mid")
    assert [pitch for _, _, pitch in sound] == [note["midi"] for note in notes]
    for (start, end, _), note in zip(sound, notes, strict=True):
        assert start == pytest.approx(note["start"], abs=0.005)
        assert end == pytest.approx(note["end"], abs=0.005)


def test_midi_has_the_beats_and_bars_of_the_song(pair):
    song, output = pair
    midi = mido.MidiFile(output.folder / "vocals.mid")
    assert midi.type == 1
    now, tick, beats, meters, key = 0.0, 0, [], [], None
    tempo = 500_000
    for message in mido.merge_tracks(midi.tracks):
        for _ in range(message.time):
            if tick % midi.ticks_per_beat == 0:
                beats.append(now)
            now += mido.tick2second(1, midi.ticks_per_beat, tempo)
            tick += 1
        if message.type == "set_tempo":
            tempo = message.tempo
        elif message.type == "time_signature":
            meters.append(message.numerator)
        elif message.type == "key_signature":
            key = message.key
    heard = np.array(output.result["beats"])
    last = min(heard[-1], beats[-1]) + 0.01
    for beat in heard[heard < last]:
        assert np.min(np.abs(np.array(beats) - beat)) < 0.005
    assert meters[-1] == output.result["beats_per_bar"] == 4
    assert key is not None
    markers = [message.text for message in midi.tracks[0] if message.type == "marker"]
    assert markers == [chord["label"] for chord in output.chords["chords"] if chord["root"]]
    assert song.beats_sec[0] < 1


def test_silence_is_an_empty_score(tool, tmp_path):
    song = tmp_path / "silence.wav"
    write_wav(song, np.zeros((2, 44100), dtype=np.float32))
    output = tool.transcribe_one(song, out=tmp_path / "out")
    assert notes_of(output) == []
    assert midi_notes(output.folder / "vocals.mid") == []
