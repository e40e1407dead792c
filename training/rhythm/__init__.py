"""The net that hears beats and bars: its data, its training, its export."""

BANDS = 64  # as src/stages/rhythm/log_mel.h
RATE_HZ = 22050
FRAMES_PER_SEC = RATE_HZ / 256
