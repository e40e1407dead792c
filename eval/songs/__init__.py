"""Songs that sound like music and whose truth is known to the frame: stems, pitch, chords, beats and key.

Composed by rule from a seed, played by FluidSynth, and sung by WORLD with the voices of eSpeak. Needs both programs and
the General MIDI sound font of Debian, and numpy, scipy, soundfile, pretty_midi and pyworld.

    python -m eval.songs --seed 1 --count 24 OUT_DIR
"""
