"""An S3 server for tests: versitygw on a folder, with one bucket. tools/setup.sh test installs it."""


from tool import CACHE

from cluster.server_process import ServerProcess
BUCKET = "songs"
REGION = "eu-west-1"


class S3Server(ServerProcess):
    name = "s3"

    def start(self) -> "S3Server":
        (self.folder / "root" / BUCKET).mkdir(parents=True, exist_ok=True)
        (self.folder / "metadata").mkdir(exist_ok=True)
        return super().start()

    def command(self) -> list[str]:
        return [
            str(CACHE / "bin" / "versitygw"),
            *("--port", f"127.0.0.1:{self.port}", "--region", REGION, "--keep-alive"),
            *("--access", "stemscribe", "--secret", "stemscribe-secret"),
            *(
                "posix",
                "--sidecar",
                str(self.folder / "metadata"),
                str(self.folder / "root"),
            ),
        ]

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """For STORAGE_URL."""
        return f"s3://{BUCKET}/cluster?endpoint={self.endpoint}"

    @property
    def environment(self) -> dict[str, str]:
        return {
            "AWS_ACCESS_KEY_ID": "stemscribe",
            "AWS_SECRET_ACCESS_KEY": "stemscribe-secret",
            "AWS_REGION": REGION,
        }

    def blobs(self) -> list[str]:
        """The names of all blobs, as they are in the folder behind the server."""
        root = self.folder / "root" / BUCKET / "cluster"
        return sorted(
            str(file.relative_to(root)) for file in root.rglob("*") if file.is_file()
        )
