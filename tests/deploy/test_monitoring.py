"""Alerts and the dashboard ask for metrics that exist, and alerts fire when they should, and only then."""

import json
import re
import subprocess
from pathlib import Path

import pytest
import yaml
from test_metrics import GOLDEN, ONLY_WITH_A_SHARED_QUEUE

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
ALL = {**GOLDEN, **ONLY_WITH_A_SHARED_QUEUE}
SELECTOR = re.compile(r"\b(stemscribe_\w+)(?:\{([^}]*(?:\{\w+\}[^}]*)*)\})?")
ADDED = {"instance", "job", "le"}  # by Prometheus


def rules() -> list[dict]:
    return yaml.safe_load((DEPLOY / "prometheus" / "rules.yml").read_text())["groups"][0]["rules"]


def dashboard() -> dict:
    return json.loads((DEPLOY / "grafana" / "stemscribe.json").read_text())


def check_expression(expression: str):
    for name, labels in SELECTOR.findall(expression):
        known = name if name in ALL else re.sub(r"_(bucket|sum|count)$", "", name)
        assert known in ALL, name
        kind, values = ALL[known]
        assert (kind == "histogram") == (known != name), name
        for label, operator, wanted in re.findall(r'(\w+)(=~|!~|=|!=)"([^"]*)"', labels):
            assert label in values or label in ADDED, (name, label)
            if operator == "=" and values.get(label):
                assert wanted in values[label], (name, label, wanted)


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_alerts_ask_for_what_there_is(rule):
    check_expression(rule["expr"])
    assert rule["labels"]["severity"] in ("page", "ticket")
    assert set(rule["annotations"]) == {"summary", "look", "runbook"}


def test_every_alert_has_its_runbook():
    text = (DEPLOY.parent / "docs/RUNBOOKS.md").read_text()
    headings = re.findall(r"^## (\w+)$", text, re.MULTILINE)
    assert headings == [rule["alert"] for rule in rules()]
    for rule in rules():
        assert rule["annotations"]["runbook"] == f"docs/RUNBOOKS.md#{rule['alert'].lower()}"
    for name in re.findall(r"`(stemscribe_\w+)", text):
        assert name in ALL, name


def test_every_alert_is_tried_with_series_that_it_must_leave_alone():
    tests = yaml.safe_load((DEPLOY / "prometheus" / "rules_test.yml").read_text())["tests"]
    tried = {(case["alertname"], bool(case["exp_alerts"])) for test in tests for case in test["alert_rule_test"]}
    assert tried == {(rule["alert"], fires) for rule in rules() for fires in (True, False)}


def test_alerts_fire_on_made_up_series():
    # The key that compose.yml names is the operator's, so only its syntax can be checked.
    checks = (["check", "config", "prometheus.yml"], ["check", "config", "--syntax-only", "compose.yml"], ["test", "rules", "rules_test.yml"])
    for arguments in checks:
        run = subprocess.run(["promtool", *arguments], cwd=DEPLOY / "prometheus", capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize("severity", ["page", "ticket"])
def test_alerts_go_to_the_receiver_of_their_severity(severity):
    file = DEPLOY / "prometheus" / "alertmanager.yml"
    for arguments in (["check-config", file], ["config", "routes", "test", f"--config.file={file}", f"--verify.receivers={severity}", f"severity={severity}"]):
        run = subprocess.run(["amtool", *arguments], capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stdout + run.stderr


def test_compose_wires_monitoring_to_the_services_that_there_are():
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    prometheus = yaml.safe_load((DEPLOY / "prometheus" / "compose.yml").read_text())
    found = {(sd["names"][0], sd["port"]) for scrape in prometheus["scrape_configs"] for sd in scrape["dns_sd_configs"]}
    assert found == {("api", 8000), ("worker", services["worker"]["environment"]["WORKER_METRICS_PORT"])}
    told = prometheus["alerting"]["alertmanagers"][0]["static_configs"][0]["targets"][0]
    assert told.split(":")[0] in services
    provisioning = DEPLOY / "grafana" / "provisioning"
    source = yaml.safe_load((provisioning / "datasources" / "prometheus.yml").read_text())["datasources"][0]
    assert source["url"].split("/")[2].split(":")[0] in services
    folder = yaml.safe_load((provisioning / "dashboards" / "stemscribe.yml").read_text())["providers"][0]["options"]["path"]
    assert f"./grafana/stemscribe.json:{folder}/stemscribe.json:ro" in services["grafana"]["volumes"]
    for name in ("prometheus", "alertmanager", "grafana"):
        assert all(port.startswith("127.0.0.1:") for port in services[name]["ports"])
        mounted = [volume.split(":")[0] for volume in services[name]["volumes"] if volume.startswith("./")]
        assert all((DEPLOY / path).exists() for path in mounted if path != "./keys")


def test_compose_trusts_the_network_of_the_proxy_alone():
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    subnet = compose["networks"]["proxy"]["ipam"]["config"][0]["subnet"]
    assert compose["x-cluster"]["TRUSTED_PROXIES"] == subnet
    assert {name for name, service in compose["services"].items() if "proxy" in service.get("networks", [])} == {"nginx", "api"}
    assert compose["services"]["nginx"]["networks"] == ["proxy"]
    assert compose["services"]["api"]["build"]["target"] == "api"


def test_the_dashboard_shows_all_there_is():
    expressions = [target["expr"] for panel in dashboard()["panels"] for target in panel["targets"]]
    for expression in expressions:
        check_expression(expression)
    shown = {name for expression in expressions for name, _ in SELECTOR.findall(expression)}
    shown = {re.sub(r"_(bucket|sum|count)$", "", name) if name not in ALL else name for name in shown}
    assert shown == set(ALL)


def test_panels_do_not_overlap():
    taken = set()
    for panel in dashboard()["panels"]:
        place = panel["gridPos"]
        cells = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert not taken & cells, panel["title"]
        assert place["x"] + place["w"] <= 24
        taken |= cells
