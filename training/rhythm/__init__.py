"""The net that hears beats and bars: its data, its training, its export."""

BANDS = 64  # as src/stages/rhythm/log_mel.h
RATE_HZ = 22050
FRAMES_PER_SEC = RATE_HZ / 256

# Of the net, for those who build it and those who write it down: see model.py.
POOLED_BANDS = (3, 3, 1)  # after each convolution over the spectrum
SCALE, SHIFT = 0.5, -1.0  # of the frames
