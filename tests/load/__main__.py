"""A real server under load: a few hundred clients of all kinds, while its memory, descriptors and threads are watched.

    python -m load --minutes 1 --clients 300

prints what was done and how long it took. It fails if there was an answer that nobody asked for, if the server grew after
its warm-up, or if it kept something when all had left.
"""

import argparse
import asyncio
import logging
import os
import resource
import statistics
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "api"))

from api_service import Service, make_fake_tool, wait_until  # noqa: E402

from test_tls import TlsService, make_certificate  # noqa: E402

from load.clients import Clients  # noqa: E402
from load.watch import NAMES, Watch, growth, grown, look_at  # noqa: E402

SHARES = {"songs": 0.2, "lookers": 0.5, "slow": 0.2, "broken": 0.1}
LEFT_DESCRIPTORS = 20  # more than before, once all clients have gone: kept connections to the database, and the like


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def report(clients: Clients, watch: Watch, duration_sec: float):
    tally = clients.tally
    print(f"\n{sum(tally.statuses.values())} requests in {duration_sec:.0f} s; rounds: {dict(tally.done)}\n")
    print("| request | number | median | 95 % | slowest |\n| --- | --- | --- | --- | --- |")
    for what, seconds in sorted(tally.seconds.items()):
        times = statistics.median(seconds), percentile(seconds, 0.95), max(seconds)
        print(f"| {what} | {len(seconds)} | " + " | ".join(f"{time * 1000:.0f} ms" for time in times) + " |")
    print("\n| held by the server | after the warm-up | at the end | most |\n| --- | --- | --- | --- |")
    for name, (before, after) in growth(watch.samples).items():
        print(f"| {name} | {before:.0f} | {after:.0f} | {max(getattr(sample, name) for sample in watch.samples):.0f} |")


def check(clients: Clients, watch: Watch, service: Service, before) -> list[str]:
    complaints = [f"{count} times {what}" for what, count in clients.tally.wrong.most_common(10)]
    complaints += grown(watch.samples)
    pid = service.process.pid
    try:
        wait_until(lambda: look_at(pid).descriptors <= before.descriptors + LEFT_DESCRIPTORS, "connections to be closed", 30)
    except AssertionError:
        complaints.append(f"{look_at(pid).descriptors} descriptors are left of {before.descriptors}")
    if look_at(pid).threads > before.threads:
        complaints.append(f"{look_at(pid).threads} threads are left of {before.threads}")
    complaints += [f"in the log: {line['message']}" for line in service.log_lines() if line["level"] in ("error", "critical")][:10]
    return complaints


def make_service(program: Path, folder: Path, tls: bool, **settings) -> Service:
    if not tls:
        return Service(program, folder, **settings)
    make_certificate(folder, "load")
    return TlsService(program, folder, TLS_CERTIFICATE=folder / "certificate.pem", TLS_KEY=folder / "key.pem", **settings)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=1)
    parser.add_argument("--clients", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tls", action="store_true", help="encrypted connections")
    options = parser.parse_args()
    logging.getLogger("asyncio").setLevel(logging.ERROR)  # it tells of each byte that a closed TLS connection does not take
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    programs = Path(os.environ.get("STEMSCRIBE_BIN", Path(__file__).resolve().parents[2] / "build" / "bin"))
    with tempfile.TemporaryDirectory(prefix="stemscribe-load-") as folder:
        tool = make_fake_tool(Path(folder))
        service = make_service(programs / "stemscribed", Path(folder), options.tls, STEMSCRIBE_BIN=tool, MAX_CONCURRENT_JOBS=2).start()
        try:
            service.completed()
            before = look_at(service.process.pid)
            clients = Clients(service.url, service.host, service.port, options.seed)
            counts = {kind: max(1, round(share * options.clients)) for kind, share in SHARES.items()}
            duration_sec = options.minutes * 60
            with Watch(service.process.pid) as watch:
                asyncio.run(clients.run(counts, duration_sec))
            service.client.close()
            report(clients, watch, duration_sec)
            complaints = check(clients, watch, service, before)
            service.stop()
        finally:
            service.discard()
    print(f"\n{NAMES}: no growth, no error that was not asked for" if not complaints else "\n" + "\n".join(complaints))
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
