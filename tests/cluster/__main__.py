"""make cluster: a whole cluster on this machine, until Ctrl-C. Everything it keeps is in a folder that goes with it."""

import argparse
import signal
import sys
import tempfile
import time
from pathlib import Path

from cluster.cluster import Cluster
from cluster.nginx_server import NginxServer

ROOT = Path(__file__).resolve().parents[2]
HOW_TO = """
stemscribe cluster: nginx, {servers} API servers, {workers} workers, PostgreSQL, Redis, an S3 server

  page             {url}/
  API              {url}/docs
  upload           curl -F file=@song.mp3 {url}/api/v1/transcribe
  jobs             {url}/api/v1/jobs
  PostgreSQL       {database}
  Redis            {redis}
  S3               {s3}
  logs and data    {folder}

  one more worker  (export {environment}
                    build/bin/stemscribed worker)

Ctrl-C ends it and removes its data.
"""


def main():
    parser = argparse.ArgumentParser(prog="make cluster", description=__doc__)
    parser.add_argument("--programs", type=Path, default=ROOT / "build/bin")
    parser.add_argument("--port", type=int, default=8080, help="of nginx; 0 takes a free one")
    parser.add_argument("--servers", type=int, default=2)
    parser.add_argument("--workers", type=int, default=3)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with tempfile.TemporaryDirectory(prefix="stemscribe-cluster-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        with (
            Cluster(options.programs, folder, options.servers, options.workers) as cluster,
            NginxServer(folder, [server.port for server in cluster.servers], options.port) as nginx,
        ):
            shared = {"STORAGE_PATH": folder / "more", "LOG_FILE": "", **cluster.settings}
            print(
                HOW_TO.format(
                    servers=options.servers,
                    workers=options.workers,
                    url=f"http://127.0.0.1:{nginx.port}",
                    database=cluster.postgresql.url,
                    redis=cluster.redis.url,
                    s3=cluster.s3.url,
                    folder=folder,
                    environment=" ".join(f"'{key}={value}'" for key, value in shared.items()),
                ),
                flush=True,
            )
            try:
                while all(process.process.poll() is None for process in (*cluster.servers, *cluster.workers)):
                    time.sleep(0.5)
                sys.exit("a process has ended: see its log")
            except KeyboardInterrupt:
                pass


if __name__ == "__main__":
    main()
