"""Alerts and the dashboard ask for metrics that exist, and alerts fire when they should, and only then."""

import json
import re
import shutil
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
    assert set(rule["annotations"]) == {"summary", "look"}


def test_every_alert_is_tried_with_series_that_it_must_leave_alone():
    tests = yaml.safe_load((DEPLOY / "prometheus" / "rules_test.yml").read_text())["tests"]
    tried = {(case["alertname"], bool(case["exp_alerts"])) for test in tests for case in test["alert_rule_test"]}
    assert tried == {(rule["alert"], fires) for rule in rules() for fires in (True, False)}


@pytest.mark.skipif(not shutil.which("promtool"), reason="promtool comes with tools/packages/test.txt")
def test_alerts_fire_on_made_up_series():
    for arguments in (["check", "config", "prometheus.yml"], ["test", "rules", "rules_test.yml"]):
        run = subprocess.run(["promtool", *arguments], cwd=DEPLOY / "prometheus", capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stdout + run.stderr


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
