"""Settings from flags, environment and .env; the commands beside `serve`."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("API_PORT", "http", "a whole number from 0 to 65535"),
        ("API_PORT", "65536", "a whole number from 0 to 65535"),
        ("API_PORT", "", "a whole number"),
        ("API_WORKERS", "0", "a whole number from 1"),
        ("MAX_FILE_SIZE_MB", "100MB", "a whole number"),
        ("JOB_RETENTION_DAYS", "-1", "a whole number"),
        ("MAX_CONCURRENT_JOBS", "1.5", "a whole number"),
        ("JOB_TIMEOUT_MIN", "nan", "a number"),
        ("ENABLE_GPU", "perhaps", "true or false"),
        ("DATABASE_URL", "mysql://localhost/x", "sqlite:///"),
        ("CORS_ORIGINS", "http://localhost:3000", "a JSON list"),
        ("CORS_ORIGINS", '["localhost:3000"]', "a JSON list"),
        ("LOG_LEVEL", "LOUD", "DEBUG, INFO, WARNING, ERROR or CRITICAL"),
        ("LOG_FORMAT", "xml", "json or text"),
        ("STORAGE_PATH", "", "a path"),
        ("API_HOST", "localhost", "an IP address"),
        ("API_HOST", "", "an IP address"),
        ("WORKER_METRICS_HOST", "0", "an IP address"),
        ("API_PORT", "-1", "a whole number from 0 to 65535"),
        ("API_PORT", "0x50", "a whole number"),
        ("API_PORT", " 80", "a whole number"),
        ("MAX_FILE_SIZE_MB", "99999999999999999999", "a whole number from 1 to 100000"),
        ("STORAGE_LIMIT_GB", "-1", "a whole number from 0"),
        ("STORAGE_LIMIT_GB", "1e400", "a whole number"),
        ("DRAIN_SEC", "inf", "a number from 0"),
        ("LOG_MAX_FILES", "0", "a whole number from 1"),
        ("CORS_ORIGINS", '["https://*.example.org"]', "a JSON list"),
        ("CORS_ORIGINS", "[" * 100, "a JSON list"),
        ("CORS_ORIGINS", "https://a.example,https://b.example", "a JSON list"),
        ("QUEUE_URL", "rediss", "redis://"),
    ],
)
def test_a_wrong_value_stops_the_start(make_service, name, value, allowed):
    run = make_service().run("serve", **{name: value})
    assert run.returncode == 2
    line = next(line for line in run.stderr.splitlines() if name in line)
    assert allowed in line
    assert f"'{value}'" in line
    assert run.stdout == ""


def test_proxies_that_are_none_stop_the_start(make_service):
    run = make_service().run("serve", TRUSTED_PROXIES="10.0.0.0/8, nginx")
    assert run.returncode == 2
    assert 'TRUSTED_PROXIES: "nginx" is no address or network' in run.stderr
    assert run.stdout == ""


def test_all_wrong_values_are_told_at_once(make_service):
    run = make_service().run("serve", API_PORT="x", LOG_LEVEL="y")
    assert run.returncode == 2
    assert "API_PORT" in run.stderr
    assert "LOG_LEVEL" in run.stderr


@pytest.mark.parametrize("arguments", [[], ["dance"], ["serve", "--no-such-flag"], ["serve", "--api-port"]])
def test_wrong_usage(make_service, arguments):
    assert make_service().run(*arguments).returncode == 2


def shown(service, *arguments, **environment) -> dict[str, str]:
    run = service.run("config", *arguments, **environment)
    assert run.returncode == 0, run.stderr
    return dict(line.split("=", 1) for line in run.stdout.splitlines())


def test_flags_win_over_environment_over_dot_env(make_service):
    service = make_service()
    (service.folder / ".env").write_text(
        "# comment\nAPI_WORKERS=2\nexport LOG_LEVEL='DEBUG'\nMAX_FILE_SIZE_MB=7\nJOB_RETENTION_DAYS=\"9\"\n"
    )
    settings = shown(service, "--max-file-size-mb", "9", LOG_LEVEL="ERROR", MAX_FILE_SIZE_MB="8")
    assert settings["API_WORKERS"] == "2"
    assert settings["LOG_LEVEL"] == "ERROR"
    assert settings["MAX_FILE_SIZE_MB"] == "9"
    assert settings["JOB_RETENTION_DAYS"] == "9"
    other = service.folder / "other.env"
    other.write_text("API_WORKERS=5\n")
    assert shown(service, "--env-file", str(other))["API_WORKERS"] == "5"


def test_a_wrong_dot_env_is_told_with_its_line(make_service):
    service = make_service()
    (service.folder / ".env").write_text("API_WORKERS=2\nwhat is this\n")
    run = service.run("config")
    assert run.returncode == 2
    assert "line 2" in run.stderr


def test_secrets_are_masked(make_service):
    service = make_service(WEBHOOK_SECRET="do-not-tell")
    run = service.run("config")
    assert "do-not-tell" not in run.stdout + run.stderr
    assert re.search(r"^WEBHOOK_SECRET=\*+$", run.stdout, re.MULTILINE)


def test_the_example_is_complete_and_the_default(make_service):
    example = (ROOT / ".env.example").read_text()
    service = make_service()
    service.settings = {}
    assert service.run("config", "--example").stdout == example
    named = dict(re.findall(r"^([A-Z_]+)=(.*)$", example, re.MULTILINE))
    assert shown(service) == named


def test_the_table_of_settings_is_that_of_the_program(make_service):
    table = (ROOT / "docs/SETTINGS.md").read_text()
    assert make_service().run("config", "--markdown").stdout == table, "stemscribed config --markdown > docs/SETTINGS.md"
    assert set(re.findall(r"^\| `(\w+)`", table, re.MULTILINE)) == set(shown(make_service()))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("API_HOST", "0.0.0.0"), ("API_PORT", "8000"), ("API_WORKERS", "4"), ("STORAGE_PATH", "./storage"),
        ("MAX_FILE_SIZE_MB", "100"), ("JOB_RETENTION_DAYS", "7"), ("MAX_CONCURRENT_JOBS", "3"), ("ENABLE_GPU", "true"),
        ("DATABASE_URL", "sqlite:///./api.db"), ("CORS_ORIGINS", '["http://localhost:3000"]'), ("LOG_LEVEL", "INFO"),
        ("LOG_FILE", "./logs/api.log"),
    ],
)  # fmt: skip
def test_the_plan_s_variables_and_defaults(make_service, name, value):
    service = make_service()
    service.settings = {}
    assert shown(service)[name] == value


def test_migrate(make_service):
    service = make_service()
    before = service.run("migrate", "--status")
    assert before.returncode == 0, before.stderr
    assert re.search(r"^0001_\w+ +not applied$", before.stdout, re.MULTILINE)
    applied = service.run("migrate")
    assert applied.returncode == 0, applied.stderr
    assert re.search(r"^0001_\w+ +\d{4}-\d\d-\d\dT", applied.stdout, re.MULTILINE)
    assert "not applied" not in service.run("migrate", "--status").stdout
    assert service.run("migrate").stdout == "the database is up to date\n"


def test_two_migrate_at_once(make_service):
    service = make_service()
    command = [service.program, "migrate"]
    runs = [
        subprocess.Popen(command, env=service.environment, cwd=service.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for _ in range(4)
    ]  # fmt: skip
    outputs = [run.communicate(timeout=60)[0] for run in runs]
    assert [run.returncode for run in runs] == [0] * 4, outputs
    assert sum("0001_" in output for output in outputs) == 1
    assert sum("up to date" in output for output in outputs) == 3


def test_a_changed_migration_stops_the_start(make_service):
    service = make_service()
    assert service.run("migrate").returncode == 0
    [(table,)] = service.sql("SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE '%migration%'")
    service.sql(f"UPDATE {table} SET sha256 = 'x'")
    run = service.run("serve")
    assert run.returncode not in (0, 2)
    assert "0001_" in run.stderr


def test_an_occupied_port_and_a_bad_folder(start_service, make_service):
    service = start_service()
    other = make_service(API_PORT=service.port).run("serve")
    assert other.returncode == 4
    assert str(service.port) in other.stderr
    service.stop()
    bad = make_service(STORAGE_PATH="/proc/nothing").run("serve")
    assert bad.returncode == 4
    assert "/proc/nothing" in bad.stderr


def test_the_log(start_service):
    service = start_service()
    job_id = service.submit()
    service.wait_for(job_id, "completed")
    request_id = service.client.get("/nothing").headers["x-request-id"]
    service.stop()
    lines = service.log_lines()
    assert len(lines) == len(service.log.read_text().splitlines())  # JSON, all of it
    access = [line for line in lines if line.get("request_id") == request_id]
    assert len(access) == 1
    assert (access[0]["method"], access[0]["path"], access[0]["status"]) == ("GET", "/nothing", 404)
    assert access[0]["ms"] >= 0
    of_job = {line["message"]: line for line in lines if line.get("job_id") == job_id}
    assert {"job accepted", "job started", "job ended"} <= set(of_job)
    stages = [line for line in lines if line["message"] == "stage ended"]
    assert [line["stage"] for line in stages] == ["separation", "transcription", "chords"]
    assert all(line["job_id"] == job_id and line["seconds"] >= 0 for line in stages)
    assert sum(line["seconds"] for line in stages) <= of_job["job ended"]["seconds"]


def test_the_log_as_text_in_a_file(start_service):
    service = start_service(LOG_FORMAT="text", LOG_FILE="logs/x.log", LOG_LEVEL="DEBUG")
    service.client.get("/health")
    service.stop()
    text = (service.folder / "logs" / "x.log").read_text()
    assert "/health" in text
    assert not text.startswith("{")


def test_version_and_health(start_service):
    service = start_service(ENABLE_GPU="true")
    health = service.client.get("/health").json()
    assert service.run("--version").stdout == f"stemscribed {health['version']}\n"
    assert health["status"] == "ok"
    assert health["device"] == "cpu"
    assert all(check["ok"] for check in health["checks"].values())
    service.stop()
