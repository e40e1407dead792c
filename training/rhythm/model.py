"""The rhythm net: convolutions over the spectrum, then dilated ones over time (as in Davies and Böck 2019), and two outputs:
how likely a beat, and how likely the first beat of a bar, is at each frame.
"""

from tensorflow import keras

from training.rhythm import BANDS, POOLED_BANDS, SCALE, SHIFT

layers = keras.layers

CHANNELS = 32
SPECTRAL = ((3, 3), (3, 3), (1, 6))  # frames and bands of a kernel
KERNEL = 5
DILATIONS = tuple(2**i for i in range(9))


def build(dropout=0.1):
    """Log-mel frames [frames, BANDS] to logits [frames, 2]. Zeros stand for what is before the start and after the end."""
    inputs = layers.Input((None, BANDS))
    value = layers.Rescaling(SCALE, SHIFT)(inputs)
    value = layers.Reshape((-1, BANDS, 1))(value)
    for i, ((frames, bands), pooled) in enumerate(zip(SPECTRAL, POOLED_BANDS)):
        value = layers.ZeroPadding2D(((frames // 2, frames // 2), (0, 0)))(value)
        value = layers.Conv2D(CHANNELS, (frames, bands), name=f"spectral{i}")(value)
        value = layers.ELU()(layers.MaxPooling2D((1, pooled))(value) if pooled > 1 else value)
        value = layers.Dropout(dropout)(value)
    # [frames, 1, CHANNELS]: what is left of the bands is one
    for i, dilation in enumerate(DILATIONS):
        heard = layers.ZeroPadding2D(((KERNEL // 2 * dilation, KERNEL // 2 * dilation), (0, 0)))(value)
        heard = layers.Conv2D(CHANNELS, (KERNEL, 1), dilation_rate=(dilation, 1), name=f"time{i}")(heard)
        heard = layers.SpatialDropout2D(dropout)(layers.ELU()(heard))
        value = layers.Add()([value, layers.Conv2D(CHANNELS, 1, name=f"mix{i}")(heard)])
    value = layers.Conv2D(2, 1, name="head")(layers.ELU()(value))
    return keras.Model(inputs, layers.Reshape((-1, 2))(value))
