"""tools/check_layers.py finds each kind of violation, and nothing in a clean tree."""

import subprocess
import sys
from pathlib import Path

import pytest

CHECKER = Path(__file__).resolve().parents[2] / "tools" / "check_layers.py"

CLEAN = {
    "src/base/error.h": "#pragma once\n",
    "src/stages/vocals/pitch.h": '#pragma once\n#include <vector>\n#include "audio/audio_buffer.h"\n',
    "src/stages/vocals/pitch.cc": '#include "stages/vocals/pitch.h"\n#include "dsp/fft.h"\n#include "nn/model.h"\n',
    "src/webhook/send.cc": '#include "base/error.h"\n#include "jobs/job.h"\n',
    "src/app/main.cc": '#include "api/routes.h"\n#include "pipeline/transcriber.h"\n#include "db/sqlite.h"\n',
    "src/http/long.cc": "\n" * 300,
    "src/jobs/worker_test.cc": '#include "db/sqlite.h"\n#include "jobs/worker_fixture.h"\n',
    "src/jobs/worker_fixture.h": '#pragma once\n#include "queue/local_queue.h"\n',
    "docs/paths.md": "See ~/songs, ../shared/plan.md, src/base/, build/work/x, https://example.org/work/1 and /homework.\n",
}


@pytest.fixture
def run_checker(tmp_path):
    """Runs the checker on a tree of CLEAN and the files given; returns its exit code and lines."""

    def run(files):
        for name, text in {**CLEAN, **files}.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
        subprocess.run(["git", "init", "-q", tmp_path], check=True)
        subprocess.run(["git", "-C", tmp_path, "add", "-A"], check=True)
        done = subprocess.run([sys.executable, CHECKER, tmp_path], capture_output=True, text=True)
        return done.returncode, done.stdout.splitlines()

    return run


def test_a_clean_tree_passes(run_checker):
    assert run_checker({}) == (0, [])


@pytest.mark.parametrize(
    ("name", "text", "place", "what"),
    [
        ("src/base/bad.cc", '#include "nn/model.h"\n', ":1:", 'base/ may not include "nn/model.h"'),
        ("src/stages/chords/bad.cc", '\n#include "audio/decoder.h"\n', ":2:", "may not include"),
        ("src/stages/chords/bad_tests.cc", '#include "pipeline/options.h"\n', ":1:", "may not include"),
        ("src/base/bad_test.cc", '#include "helper.h"\n', ":1:", "write the path from src/ on"),
        ("src/jobs/bad.h", '#pragma once\n#  include "db/sqlite.h"\n', ":2:", "may not include"),
        ("src/webhook/bad.cc", '#include "http/server.h"\n', ":1:", "may not include"),
        ("src/http/bad.cc", '#include "jobs/job.h"\n', ":1:", "may not include"),
        ("src/api/bad.cc", '#include "audio/probe.h"\n', ":1:", "may not include"),
        ("src/pipeline/bad.cc", '#include "nn/model.h"\n', ":1:", "may not include"),
        ("src/dsp/bad.cc", '#include "fft.h"\n', ":1:", "write the path from src/ on"),
        ("src/dsp/bad.cc", '#include "../nn/model.h"\n', ":1:", "write the path from src/ on"),
        ("src/new/bad.cc", "", ":", "not in the table of layers"),
        ("src/base/bad.h", "int x;\n", ":", "#pragma once"),
        ("src/base/bad.cc", "\n" * 301, ":", "301 lines"),
        ("tools/bad.py", "\n" * 301, ":", "301 lines"),
        ("README.md", "cd /ro" "ot/x\n", ":1:", "a folder of one machine"),
        ("README.md", "\n\nin '/ho" "me/anna/songs'\n", ":3:", "a folder of one machine"),
        ("Makefile", "DIR=/wo" "rk/x\n", ":1:", "a folder of one machine"),
        ("requirements.txt", "-i https://py" "pi.org/simple\n", ":1:", "the host of a registry"),
        ("web/lock.json", '"https://registry.npm' 'js.org/x"\n', ":1:", "the host of a registry"),
        ("setup.sh", "URL=http://deb.deb" "ian.org\n", ":1:", "the host of a registry"),
    ],
)
def test_each_violation_is_found(run_checker, name, text, place, what):
    code, lines = run_checker({name: text})
    assert code == 1
    assert len(lines) == 1
    assert lines[0].startswith(name + place)
    assert what in lines[0]


def test_all_violations_are_listed(run_checker):
    code, lines = run_checker({"src/base/a.h": '#include "api/routes.h"\n', "src/base/b.h": ""})
    assert code == 1
    assert len(lines) == 3


def test_binary_files_are_left_alone(run_checker):
    assert run_checker({"tests/golden.npy": b"\0\1/ro" b"ot/x\n"}) == (0, [])


def test_files_that_git_does_not_know_are_left_alone(run_checker):
    assert run_checker({".gitignore": "build/\n", "build/x.txt": "/ro" "ot/x\n"}) == (0, [])
