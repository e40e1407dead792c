"""Every shell block of every document is run, as it stands but for what its reader puts in (a song, a name, an id).

What is too long for a test is looked at as closely as can be without running it: see `make` and `flags`. NOT_HERE says what is not
run, and why; ELSEWHERE names the test that runs the block. A new block needs its line in one of these.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import debian_check
import image_check
import pytest
import test_docs_examples
import test_kubernetes
from api_service import ADDRESS, Service
from shell_blocks import ROOT, Block, all_blocks, block, blocks_of, shell_blocks


TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
CALLS = "docs/API_README.md"
QUEUE_RATE = "~/.cache/stemscribe/venv/bin/python bench/queue_rate.py"

NOT_HERE = {
    "docs/DEPLOYMENT.md: cp deploy/.env.example deploy/.env && editor deploy/.env": "no images of others, no Compose: test_files.py has its reader read the file",
    "docs/DEPLOYMENT.md: kubectl create namespace stemscribe": "no cluster: test_kubernetes.py, and below",
    "docs/DEPLOYMENT.md: tools/ffmpeg.sh ~/.cache/stemscribe/ffmpeg && make package": "it replaces the libraries of this very build; tools/setup.sh runs it",
}
ELSEWHERE = {name: f"make {check.__name__.replace('_', '-')}" for check in (debian_check, image_check) for name in check.FOLLOWED}


def shell(script: str, folder: Path, **environment) -> str:
    """What it prints; it must succeed."""
    run = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], cwd=folder, env={**os.environ, **{key: str(value) for key, value in environment.items()}},
        capture_output=True, text=True, timeout=300, stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    assert run.returncode == 0, f"{script}\n{run.stdout}{run.stderr}"
    return run.stdout


@pytest.fixture(scope="module")
def example_song(programs) -> Path:
    return programs.parent / "share/stemscribe/models/example.mp3"


@pytest.fixture
def folder(tmp_path, programs, example_song, monkeypatch) -> Path:
    """Where a reader stands: the programs in build/bin and installed, and songs of their own."""
    (tmp_path / "build").symlink_to(programs.parent)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    shutil.copy(example_song, tmp_path / "song.mp3")
    shell("mkdir album; for name in one two; do ffmpeg -v error -i song.mp3 -t 3 album/$name.flac; done; echo nonsense > album/three.flac", tmp_path)
    return tmp_path


@pytest.fixture
def service(folder, programs, fake_tool) -> Iterator[Service]:
    """With the settings of the environment, and a job that failed."""
    (folder / "service").mkdir()
    service = Service(programs / "stemscribed", folder / "service", STEMSCRIBE_BIN=fake_tool).start()
    yield service
    service.discard()


class Reader:
    """Who follows the documents: stands in `folder`, has a service if the block speaks of one."""

    def __init__(self, folder: Path, request: pytest.FixtureRequest):
        self.folder = folder
        self._request = request

    @property
    def service(self) -> Service:
        return self._request.getfixturevalue("service")

    def use_the_real_tool(self):
        self.service.settings.pop("STEMSCRIBE_BIN")
        self.service.stop()
        self.service.start()

    def run(self, script: str) -> str:
        return shell(script, self.folder)

    def run_with_service(self, script: str, **instead) -> str:
        for placeholder, value in instead.items():
            assert placeholder in script
            script = script.replace(placeholder, str(value))
        return shell(script, self.folder, **self.service.environment, API=self.service.url)


RUNS: dict[str, Callable[[Reader, Block], None]] = {}


def runs(*names: str):
    def add(function):
        RUNS.update(dict.fromkeys(names, function))
        return function

    return add


@runs("README.md: build/bin/stemscribe transcribe song.mp3 -o results")
def one_song(reader: Reader, block: Block):
    reader.run(block.text)
    files = {str(path.relative_to(reader.folder / "results/song")) for path in (reader.folder / "results").rglob("*") if path.is_file()}
    stems = {f"stems/{name}.mp3" for name in ("vocals", "bass", "drums", "other", "instrumental")}
    told = {"frames.json", "notes.json", "vocals.mid", "chords.json", "result.json"}
    assert files == stems | told
    table = (ROOT / "README.md").read_text()
    assert all(f"`{name}`" in table for name in told), "the table below the block"


@runs("README.md: stemscribe transcribe album/ -o results --stem-format flac")
def a_batch_and_the_other_commands(reader: Reader, block: Block):
    batch, *rest = block.text.splitlines()
    tried = subprocess.run(["bash", "-c", batch], cwd=reader.folder, capture_output=True, text=True, timeout=300, check=False)
    assert tried.returncode != 0 and "three.flac" in tried.stderr, "the bad file is told"
    for name in ("one", "two"):
        assert (reader.folder / "results" / name / "stems/vocals.flac").is_file(), "and does not stop it"
    shown = reader.run("\n".join(rest))
    assert '"num_chords"' in shown
    assert "MIT" in shown


@runs("README.md: build/bin/stemscribed serve")
def serve(reader: Reader, block: Block):
    environment = {**os.environ, "API_PORT": "0", "API_HOST": "127.0.0.1"}
    with subprocess.Popen(["bash", "-c", f"exec {block.text}"], cwd=reader.folder, env=environment, stdout=subprocess.PIPE, text=True) as process:
        address = process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    assert ADDRESS.fullmatch(address)
    assert (reader.folder / "api.db").is_file(), "what the defaults say"


@runs("README.md: curl -F file=@song.mp3 http://localhost:8000/api/v1/transcribe")
def upload(reader: Reader, block: Block):
    reader.use_the_real_tool()
    job = reader.run_with_service(block.text, **{"http://localhost:8000": reader.service.url})
    (listed,) = reader.service.client.get("/api/v1/jobs").json()["jobs"]
    assert listed["job_id"] in job


@runs(f"{CALLS}: export API=http://localhost:8000 SONG=build/share/stemscribe/models/example.mp3")
def the_journey_s_song(reader: Reader, block: Block):
    reader.run(block.text + 'test -s "$SONG"')


@runs(f'{CALLS}: curl "$API/api/v1/jobs?idempotency_key=song-1"', f'{CALLS}: curl "$API/api/v1/jobs?status=completed,failed&created_after=2026-01-31T00:00:00Z&limit=50"')  # fmt: skip
def calls(reader: Reader, block: Block):
    reader.use_the_real_tool()
    said = reader.run_with_service(block.text.replace("curl ", "curl -sS --fail-with-body "))
    assert '"jobs":[' in said


@runs("docs/SCALING.md: stemscribed jobs list --status failed")
def look_and_mend(reader: Reader, block: Block):
    job_id = reader.service.submit(end="fail")
    reader.service.wait_for(job_id, "failed")
    shown = reader.run_with_service(block.text, ID=job_id)
    assert re.search(rf"{job_id} +failed(.|\n)*status +failed(.|\n)*queued {job_id}", shown), shown


@runs("docs/SECURITY.md: stemscribed keys create NAME --scope user --expires-days 90 --jobs-a-day 50 --minutes-a-day 300 --mb-a-day 2000")
def keys(reader: Reader, block: Block):
    create, *rest = block.text.splitlines()
    made = reader.run_with_service(create, NAME="alice")
    key_id = re.search(r"This is key (\S+)\. ", made)[1]
    shown = reader.run_with_service("\n".join(rest), ID=key_id)
    assert f"{key_id}  valid" in shown
    assert f"revoked {key_id}" in shown


@runs(f"docs/SCALING.md: {QUEUE_RATE} --seconds 5 --jobs 32")
def jobs_a_second(reader: Reader, block: Block):
    """With few and short jobs: that it runs, not what it finds."""
    flags = block.text.split("queue_rate.py")[1].replace("--seconds 5 --jobs 32", "--seconds 0.05 --jobs 6 --only jobs")
    assert "--jobs 6" in flags
    table = reader.run(f"{sys.executable} {ROOT}/bench/queue_rate.py --programs {reader.folder}/build/bin {flags}")
    assert [line.split("|")[1].strip() for line in table.splitlines()[2:]] == ["1", "2", "4"]


def look_at_make(command: str):
    """Its target and variables are those of the Makefile, and make knows how to go about it."""
    words = command.split("make ")[1]
    for variable in re.findall(r"\b([A-Z_]+)=", words):
        assert re.search(rf"\$\((?:or \$\()?{variable}\)|\$\(if \$\({variable}\)", (ROOT / "Makefile").read_text()), variable
    targets = re.sub(r'[A-Z_]+=("[^"]*"|\S+)', "", words).split()
    assert targets and set(targets) <= TARGETS, targets
    shell(f"make --dry-run {words}", ROOT)


def look_at_flags(command: str):
    """The script knows the flags that it is given."""
    script, *words = command.split("python ")[1].split()
    known = shell(f"{sys.executable} {script} --help", ROOT)
    for flag in (word for word in words if word.startswith("--")):
        assert re.search(rf"{flag}\b", known), flag


def look_at_commands(reader: Reader, block: Block):
    """What takes minutes or hours: `make …` and our own scripts."""
    for command in block.commands:
        if command.startswith("make "):
            look_at_make(command)
        elif " bench/" in command:
            look_at_flags(command)
        elif command.startswith("STEMSCRIBE_MUTATIONS="):
            few = command.replace("10000", "16").replace("python", sys.executable)
            assert " passed" in shell(few, ROOT)
        else:
            level = re.fullmatch(r"tools/setup\.sh (\w+)", command)
            assert level and re.search(rf"^#   tools/setup\.sh {level[1]} ", (ROOT / "tools/setup.sh").read_text(), re.MULTILINE), command


LONG = (
    "README.md: make demo",  # .ci/run makes all that it needs
    "README.md: make bench SONG_MINUTES=4",
    "bench/README.md: make build setup-test",
    "bench/README.md: …/python bench/pipeline.py --minutes 60",
    "bench/README.md: make bench-api BASELINE=FOLDER",
    f"bench/README.md: {QUEUE_RATE} --seconds 5 --jobs 32",  # as in docs/SCALING.md
    "docs/CONTRIBUTING.md: make demo",
    "docs/DEPLOYMENT.md: make package",
    "docs/EVALUATION.md: make eval",
    "docs/RELIABILITY.md: make load",
    "docs/RELIABILITY.md: make fuzz MINUTES=9",
    "docs/RELIABILITY.md: make asan",
    "docs/SCALING.md: make bench-parts",
    f"docs/SCALING.md: {QUEUE_RATE} --only status",
    "training/README.md: make songs COUNT=1000",
    "training/README.md: make train-rhythm MINUTES=20",
)
runs(*LONG)(look_at_commands)


def is_run_by_test_docs_examples(block: Block) -> bool:
    """The journey, and every call in its languages."""
    text = (ROOT / block.document).read_text()
    return block.document == CALLS and block.text in "".join((*test_docs_examples.JOURNEY.findall(text), *test_docs_examples.blocks("bash")))


def test_every_block_has_its_way():
    names = [block.name for block in shell_blocks() if not is_run_by_test_docs_examples(block)]
    assert len(names) > 35
    assert sorted(names) == sorted([*RUNS, *ELSEWHERE, *NOT_HERE])
    assert {how.removeprefix("make ") for how in ELSEWHERE.values()} <= TARGETS
    assert {block.language for block in all_blocks()} <= {"", "bash", "json", "text", "yaml", "python", "javascript", "dart"}


def test_blocks_are_found():
    text = "A\n\n    one  # comment\n    two \\\n      three\n\n    four\n\n```json\n{}\n```\n\n```bash\nfive\n```\n- x\n    no block\n"
    found = blocks_of("x.md", text)
    assert [(each.line, each.language, each.commands) for each in found] == [
        (3, "", ["one", "two three", "four"]), (9, "json", ["{}"]), (13, "bash", ["five"])
    ]  # fmt: skip


@pytest.mark.parametrize("name", RUNS)
def test_block(name, folder, request):
    RUNS[name](Reader(folder, request), block(name))


def test_what_the_cluster_is_told_is_what_the_programs_know():
    """The block for Kubernetes: its settings, secrets and files are there."""
    commands = block("docs/DEPLOYMENT.md: kubectl create namespace stemscribe").commands
    secrets = {}
    for command in commands:
        made = re.search(r"create secret \w+ (\S+) (.*)", command)
        if made:
            secrets[made[1]] = set(re.findall(r"--from-literal='?(\w+)=|--(cert|key)=", made[2]))
        applied = re.search(r"apply -k (\S+)", command)
        assert not applied or (ROOT / applied[1] / "kustomization.yaml").is_file()
        assert command == "kubectl create namespace stemscribe" or " -n stemscribe " in command or applied
    assert set(secrets) == test_kubernetes.MADE_BY_HAND
    assert {name for name, _ in secrets["stemscribe"]} <= test_kubernetes.KNOWN
    assert secrets["stemscribe-redis"] == {("password", "")}
