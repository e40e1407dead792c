"""Songs whose truth is known to the sample: chords, melody, beats, tuning and stems. Needs only numpy.

    from synth import SongSpec, make_song
    song = make_song(SongSpec(seed=3, tempo_bpm=112, tuning_cents=40))

    cd tests && python -m synth --seed 3 --tempo 112 --tuning 40 OUT_DIR
"""

from .files import read_wav, write_song, write_wav
from .song import Song, SongSpec, make_song

__all__ = ["Song", "SongSpec", "make_song", "read_wav", "write_song", "write_wav"]
