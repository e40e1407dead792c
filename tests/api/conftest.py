"""Services for the tests: one with the real tool, one with the fake tool for all that need nothing special."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from api_service import Service
from callback_receiver import Receiver


@pytest.fixture(scope="session")
def example_song(programs) -> Path:
    models = os.environ.get("STEMSCRIBE_MODELS") or programs.parent / "share" / "stemscribe" / "models"
    return Path(models) / "example.mp3"


def new_service(programs: Path, folder: Path, fake_tool: Path, **settings) -> Service:
    settings.setdefault("STEMSCRIBE_BIN", fake_tool)
    return Service(programs / "stemscribed", folder, **settings)


@pytest.fixture(scope="session")
def service(programs, fake_tool, tmp_path_factory) -> Iterator[Service]:
    """The fake tool, two jobs at once, at most 4 MB a song. Tests share it: they look at their own jobs only."""
    service = new_service(
        programs, tmp_path_factory.mktemp("service"), fake_tool, MAX_CONCURRENT_JOBS=2, MAX_FILE_SIZE_MB=4
    ).start()
    yield service
    try:
        service.stop()
    finally:
        service.discard()


@pytest.fixture
def make_service(programs, fake_tool, tmp_path) -> Iterator[Callable[..., Service]]:
    """make_service(SETTING=value, …) gives a service that is not yet started, in a folder of its own."""
    made: list[Service] = []

    def make(folder: Path | None = None, **settings) -> Service:
        if folder is None:
            folder = tmp_path / f"service-{len(made)}"
            folder.mkdir()
        made.append(new_service(programs, folder, fake_tool, **settings))
        return made[-1]

    yield make
    for service in made:
        service.discard()


@pytest.fixture
def start_service(make_service) -> Callable[..., Service]:
    """As make_service, and started. A test that ends well has stopped it, or has it stopped by `with`."""
    return lambda *args, **settings: make_service(*args, **settings).start()


@pytest.fixture
def receiver() -> Iterator[Callable[..., Receiver]]:
    """receiver(status, …) gives a server for callbacks that answers so, then with 204."""
    made: list[Receiver] = []

    def make(*answers: int) -> Receiver:
        made.append(Receiver(*answers))
        return made[-1]

    yield make
    for server in made:
        server.shutdown()
        server.server_close()
