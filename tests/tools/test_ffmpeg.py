"""What tools/ffmpeg.sh builds into FFmpeg is what src/audio/open_input.cc lets in, and nothing under the GPL."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = (ROOT / "tools/ffmpeg.sh").read_text()
SOURCE = (ROOT / "src/audio/open_input.cc").read_text()
OTHER_NAMES = {"mp4", "m4a", "webm"}  # of the demuxers mov and matroska


def built(name: str) -> set[str]:
    return set(re.search(rf"^{name}=((?:[\w,]|\\\n)+)$", SCRIPT, re.MULTILINE)[1].replace("\\\n", "").split(","))


def allowed(name: str) -> set[str]:
    return set("".join(re.findall(r'"(.*?)"', re.search(rf"{name}\[\] =([^;]*);", SOURCE)[1])).split(","))


def test_containers_and_codecs_are_those_that_are_let_in():
    assert len(built("containers")) > 15
    assert len(built("codecs")) > 40
    assert built("containers") == allowed("kFormats") - OTHER_NAMES
    assert built("codecs") == allowed("kCodecs")


def test_the_tool_may_be_passed_on_under_our_licence(tool):
    told = subprocess.run([tool.path, "doctor"], capture_output=True, text=True, check=True).stdout
    assert re.search(r"^ffmpeg .*\(LGPL version 2\.1 or later\), libsoxr, libmp3lame", told, re.MULTILINE), told
