"""schemathesis sends what the contract allows, and what it does not, and checks the answers against it."""

import subprocess
import sys
from pathlib import Path

import pytest
from api_service import Service

EXAMPLES = 50  # of each operation
SEED = 11
PHASES = "examples,coverage,fuzzing,stateful"
# What a test cannot know from the contract alone.
EXCLUDED_CHECKS = ",".join(
    [
        "positive_data_acceptance",  # random bytes are no song, and a random id is no job
        "use_after_free",  # an upload that was deleted is as one that never began: at 0; test_uploads.py looks
        "unsupported_method",  # its TRACE is one that HTTP clients do not send; test_errors.py does
    ]
)


@pytest.fixture(scope="module")
def contract_service(programs, fake_tool, tmp_path_factory):
    folder = tmp_path_factory.mktemp("contract")
    service = Service(programs / "stemscribed", folder, STEMSCRIBE_BIN=fake_tool, MAX_FILE_SIZE_MB=4).start()
    service.completed()
    yield service
    service.discard()


def test_the_service_keeps_its_contract(contract_service, tmp_path):
    run = subprocess.run(
        [
            Path(sys.executable).with_name("schemathesis"), "run", f"{contract_service.url}/openapi.json",
            "--max-examples", str(EXAMPLES), "--seed", str(SEED), "--phases", PHASES, "--exclude-checks", EXCLUDED_CHECKS,
            "--request-timeout", "20", "--generation-database", "none", "--no-color",
        ],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=300,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout[-20_000:] + run.stderr[-2000:]
    assert contract_service.process.poll() is None
    assert contract_service.client.get("/health/ready").status_code == 200
