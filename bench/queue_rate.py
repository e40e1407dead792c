"""How a cluster grows with its workers: python bench/queue_rate.py

Jobs that do nothing but sleep, so that the queue is what is measured: jobs a second with 1, 2 and 4 workers, and the time
from the end of a job to the start of the next in its place. Then status requests a second (wrk) of a server on PostgreSQL
beside one on SQLite, in turn. What the databases alone bear, build/bin/stemscribe_bench tells (make bench).
"""

import argparse
import re
import statistics
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from cluster.cluster import Cluster  # noqa: E402

from api_service import Service, fake_song, wait_until  # noqa: E402  (cluster.cluster adds the path)

# Stands in for the tool: a shell starts faster than Python, and the machine has few cores.
SLEEPER = """#!/bin/sh
while [ "$1" = --models ] || [ "$1" = --sandbox ]; do shift 2; done
if [ "$1" = probe ]; then read -r _; echo '{"decodable": true, "duration": 3.0}'; exit 0; fi
while [ "$1" != -o ]; do shift; done
sleep %s
mkdir -p "$2/song/stems"
for stem in vocals bass drums other instrumental; do echo $stem > "$2/song/stems/$stem.mp3"; done
head='"version":1,"hop_sec":0.01,"num_frames":0,"duration":3,"engine":{"pitch":"none","voicing":"none"}'
echo "{$head,\\"frames\\":[]}" > "$2/song/frames.json"
echo '{"version":1,"num_notes":0,"notes":[]}' > "$2/song/notes.json"
echo MThd > "$2/song/vocals.mid"
echo '{"version":1,"num_chords":0,"engine":"none","tuning_cents":0,"chords":[]}' > "$2/song/chords.json"
echo '{"version":1,"duration":3.0,"tempo_bpm":0,"num_frames":0,"num_chords":0}' > "$2/song/result.json"
"""


def make_sleeper(folder: Path, seconds: float) -> Path:
    program = folder / "sleeper"
    program.write_text(SLEEPER % seconds)
    program.chmod(0o755)
    return program


def measure(programs: Path, num_workers: int, num_jobs: int, seconds: float) -> tuple[float, list[float]]:
    """Jobs a second, and how long each job waited once a worker was free for it: all uploads are in before work begins."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o711)
        settings = {"STEMSCRIBE_BIN": make_sleeper(folder, seconds), "MAX_CONCURRENT_JOBS": 4}
        with Cluster(programs, folder, 1, 0, **settings) as cluster:
            server = cluster.servers[0]
            with ThreadPoolExecutor(4) as pool:
                answers = list(pool.map(lambda _: server.upload(fake_song()), range(num_jobs)))
            assert all(answer.status_code == 202 for answer in answers), answers
            for _ in range(num_workers):
                cluster.add_worker()
            done = "SELECT count(*) FROM jobs WHERE status = 'completed'"
            wait_until(lambda: int(cluster.postgresql.query(done)[0][0]) == num_jobs, "all jobs", 300)
            times = cluster.postgresql.query("SELECT started_at, completed_at FROM jobs")
            starts = sorted(int(row[0]) for row in times)
            ends = sorted(int(row[1]) for row in times)
            slots = 4 * num_workers
            # A slot that ends one job starts the next: the gap between is what dispatch costs.
            gaps = [max(0, start - end) / 1000 for start, end in zip(starts[slots:], ends, strict=False)]
            return (num_jobs - slots) * 1000 / (ends[-1] - ends[0] or 1), gaps


def requests_per_sec(server: Service, path: str, seconds: float) -> float:
    done = subprocess.run(
        ["wrk", "-t2", "-c32", f"-d{seconds:.0f}s", server.url + path], capture_output=True, text=True, check=True
    ).stdout
    assert "Non-2xx" not in done, done
    return float(re.search(r"Requests/sec:\s+([\d.]+)", done)[1])


def measure_status(programs: Path, rounds: int, seconds: float):
    """Medians of servers that take turns."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o711)
        settings = {"STEMSCRIBE_BIN": make_sleeper(folder, 0), "LOG_LEVEL": "ERROR", "KEY_REQUESTS_PER_MIN": 0, "ADDRESS_REQUESTS_PER_MIN": 0}
        alone = folder / "alone"
        alone.mkdir()
        sqlite = Service(programs / "stemscribed", alone, **settings).start()
        with Cluster(programs, folder, 1, 1, **settings) as cluster:
            servers = {"SQLite": sqlite, "PostgreSQL": cluster.servers[0]}
            paths = {kind: f"/api/v1/jobs/{server.completed()}" for kind, server in servers.items()}
            rates = {kind: [] for kind in servers}
            for _ in range(rounds):
                for kind, server in servers.items():
                    rates[kind].append(requests_per_sec(server, paths[kind], seconds))
        sqlite.stop()
    medians = {kind: statistics.median(some) for kind, some in rates.items()}
    print("\n| database | status requests a second | beside SQLite |\n| --- | --- | --- |")
    for kind, rate in medians.items():
        print(f"| {kind} | {rate:,.0f} | {rate / medians['SQLite']:.2f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--programs", type=Path, default=ROOT / "build/bin")
    parser.add_argument("--jobs", type=int, default=40, help="for each worker")
    parser.add_argument("--seconds", type=float, default=1.0, help="that a job sleeps")
    parser.add_argument("--only", choices=("jobs", "status"))
    options = parser.parse_args()
    if options.only != "status":
        measure_jobs(options)
    if options.only != "jobs":
        measure_status(options.programs, rounds=3, seconds=5)


def measure_jobs(options: argparse.Namespace):
    single = None
    print("| workers | jobs a second | beside one worker | dispatch, median | p99 |\n| --- | --- | --- | --- | --- |")
    for num_workers in (1, 2, 4):
        rate, gaps = measure(options.programs, num_workers, options.jobs * num_workers, options.seconds)
        single = single or rate
        p99 = sorted(gaps)[int(0.99 * len(gaps))]
        print(f"| {num_workers} | {rate:.2f} | {rate / single:.2f} | {statistics.median(gaps) * 1000:.0f} ms | {p99 * 1000:.0f} ms |", flush=True)


if __name__ == "__main__":
    main()
