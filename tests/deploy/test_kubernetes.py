"""deploy/kubernetes: kustomize builds each overlay, Kubernetes' and KEDA's schemas take it, and its parts refer to each other.

No cluster has run them.
"""

import re
import subprocess
from pathlib import Path

import jsonschema
import kubernetes_validate
import pytest
import yaml

from tool import CACHE

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy/kubernetes"
OVERLAYS = sorted(path.name for path in (FOLDER / "overlays").iterdir())
KNOWN = set(re.findall(r"^#?\s*([A-Z][A-Z0-9_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
COMMANDS = {"serve", "worker", "migrate"}
OLDEST, NEWEST = "1.31", "1.37"
MADE_BY_HAND = {"stemscribe", "stemscribe-redis", "stemscribe-tls"}  # secrets; docs/DEPLOYMENT.md says how
KEDA = sorted((CACHE / "schemas").glob("keda-*"))  # tools/go_files.txt


@pytest.fixture(scope="module", params=OVERLAYS)
def overlay(request) -> list[dict]:
    built = subprocess.run([CACHE / "bin/kustomize", "build", FOLDER / "overlays" / request.param], capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    assert "deprecated" not in built.stderr
    return list(yaml.safe_load_all(built.stdout))


def of_kind(objects: list[dict], *kinds: str) -> list[dict]:
    return [found for found in objects if found["kind"] in kinds]


def pod_specs(objects: list[dict]) -> dict[str, dict]:
    return {found["metadata"]["name"]: found["spec"]["template"] for found in of_kind(objects, "Deployment", "Job")}


def selects(selector: dict, labels: dict) -> bool:
    equal = all(labels.get(name) == value for name, value in selector.get("matchLabels", {}).items())
    for rule in selector.get("matchExpressions", []):
        assert rule["operator"] == "In"
        equal = equal and labels.get(rule["key"]) in rule["values"]
    return equal


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
def test_kubernetes_takes_them(overlay, version):
    checked = 0
    for found in overlay:
        if not found["apiVersion"].startswith("keda.sh/"):
            kubernetes_validate.validate(found, version, strict=True)
            checked += 1
    assert checked >= 10


def test_the_schemas_notice_a_slip(overlay):
    found = of_kind(overlay, "Deployment")[0]
    found = yaml.safe_load(yaml.safe_dump(found))
    found["spec"]["template"]["spec"]["containers"][0]["readynessProbe"] = {}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(found, NEWEST, strict=True)


def close(schema):
    """The schema that takes no fields but those it names: Kubernetes drops others, with a warning at best."""
    if isinstance(schema, dict):
        closed = {key: close(value) for key, value in schema.items()}
        return {"additionalProperties": False, **closed} if isinstance(schema.get("properties"), dict) else closed
    return [close(part) for part in schema] if isinstance(schema, list) else schema


def keda_schema(folder: Path, kind: str) -> dict:
    (version,) = yaml.safe_load((folder / f"keda.sh_{kind.lower()}s.yaml").read_text())["spec"]["versions"]
    schema = version["schema"]["openAPIV3Schema"]
    metadata = schema["properties"].pop("metadata")
    assert metadata == {"type": "object"}  # Kubernetes' own
    return close(schema | {"properties": {**schema["properties"], "metadata": {"type": "object"}}})


@pytest.mark.parametrize("folder", KEDA, ids=lambda folder: folder.name)
def test_keda_takes_them(overlay, folder):
    scaler = "".join((folder / f"redis_{name}.go").read_text() for name in ("scaler", "streams_scaler"))
    for found in of_kind(overlay, "ScaledObject", "TriggerAuthentication"):
        schema = keda_schema(folder, found["kind"])
        jsonschema.validate(found, schema)
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(found | {"spec": found["spec"] | {"minReplicaCnt": 1}}, schema)
        for trigger in found["spec"].get("triggers", []):
            assert trigger["type"] == "redis-streams"
            for name in trigger["metadata"]:
                assert re.search(rf'"{name}"|name={name}[,;]', scaler), name


def test_keda_is_checked_at_the_oldest_version_that_is_allowed():
    documented = re.search(r"needs KEDA ([\d.]+)", (ROOT / "docs/DEPLOYMENT.md").read_text())[1]
    assert [folder.name for folder in KEDA] == [f"keda-{documented}", "keda-2.17"]


def test_selectors_select_and_ports_have_names(overlay):
    pods = pod_specs(overlay)
    labels = {name: pod["metadata"]["labels"] for name, pod in pods.items()}
    for found in of_kind(overlay, "Deployment", "PodDisruptionBudget"):
        chosen = {name for name, own in labels.items() if selects(found["spec"]["selector"], own)}
        assert chosen == {found["metadata"]["name"]}, found
    for service in of_kind(overlay, "Service"):
        chosen = [name for name, own in labels.items() if selects({"matchLabels": service["spec"]["selector"]}, own)]
        assert chosen == ["api"]
        ports = {port["name"] for port in pods["api"]["spec"]["containers"][0]["ports"]}
        assert {port["targetPort"] for port in service["spec"]["ports"]} <= ports
    for ingress in of_kind(overlay, "Ingress"):
        backends = [path["backend"]["service"] for rule in ingress["spec"]["rules"] for path in rule["http"]["paths"]]
        assert backends == [{"name": "api", "port": {"name": "http"}}]
        hosts = {rule["host"] for rule in ingress["spec"]["rules"]}
        assert hosts == {host for tls in ingress["spec"]["tls"] for host in tls["hosts"]}


def test_settings_and_commands_exist_and_no_secret_is_given(overlay):
    assert not of_kind(overlay, "Secret")
    maps = {found["metadata"]["name"]: found["data"] for found in of_kind(overlay, "ConfigMap")}
    for name, pod in pod_specs(overlay).items():
        (container,) = pod["spec"]["containers"]
        assert container["args"][0] in COMMANDS
        names = {entry["name"] for entry in container.get("env", [])}
        for source in container["envFrom"]:
            if "configMapRef" in source:
                names |= set(maps[source["configMapRef"]["name"]])
            else:
                assert source["secretRef"]["name"] in MADE_BY_HAND
        assert names
        assert names <= KNOWN, name


def test_pods_are_locked_in_as_the_image_is_checked(overlay):
    for pod in pod_specs(overlay).values():
        spec = pod["spec"]
        assert spec["securityContext"]["runAsUser"] == 10001
        assert spec["securityContext"]["runAsNonRoot"]
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert not spec["automountServiceAccountToken"]
        (container,) = spec["containers"]
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}
        }  # fmt: skip
        assert {"cpu", "memory"} <= set(container["resources"]["requests"])
        assert "memory" in container["resources"]["limits"]
        volumes = {volume["name"] for volume in spec["volumes"]}
        assert {mount["name"] for mount in container["volumeMounts"]} == volumes
        assert "/data" in {mount["mountPath"] for mount in container["volumeMounts"]}
        assert container["image"].startswith("registry.example.org/")


def test_workers_may_finish_their_song(overlay):
    (worker,) = (pod["spec"] for name, pod in pod_specs(overlay).items() if name == "worker")
    drain_sec = int(next(entry["value"] for entry in worker["containers"][0]["env"] if entry["name"] == "DRAIN_SEC"))
    assert worker["terminationGracePeriodSeconds"] > drain_sec


def test_probes_ask_for_what_the_service_answers(overlay):
    contract = yaml.safe_load((ROOT / "src/api/openapi.yaml").read_text())["paths"]
    container = pod_specs(overlay)["api"]["spec"]["containers"][0]
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        assert container[probe]["httpGet"]["path"] in contract
        assert container[probe]["httpGet"]["port"] in {port["name"] for port in container["ports"]}


def test_everything_is_closed_but_what_a_policy_opens(overlay):
    policies = {policy["metadata"]["name"]: policy["spec"] for policy in of_kind(overlay, "NetworkPolicy")}
    assert policies["nothing"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    labels = {name: pod["metadata"]["labels"] for name, pod in pod_specs(overlay).items()}
    entered = {name for name, own in labels.items() for spec in policies.values() if spec.get("ingress") and selects(spec["podSelector"], own)}
    assert entered == {"api", "worker"}
    leaving = {name for name, own in labels.items() for spec in policies.values() if spec.get("egress") and selects(spec["podSelector"], own)}
    assert leaving == set(labels)


def test_scalers_scale_what_there_is_by_what_the_queue_writes(overlay):
    deployments = {found["metadata"]["name"] for found in of_kind(overlay, "Deployment")}
    for found in of_kind(overlay, "HorizontalPodAutoscaler", "ScaledObject"):
        assert found["spec"]["scaleTargetRef"]["name"] in deployments
    secrets = {found["metadata"]["name"]: found["spec"]["secretTargetRef"] for found in of_kind(overlay, "TriggerAuthentication")}
    queue = (ROOT / "src/queue/redis_queue.cc").read_text()
    prefix = re.search(r'prefix = "(\w+)"', (ROOT / "src/queue/redis_settings.h").read_text())[1]
    for found in of_kind(overlay, "ScaledObject"):
        spec = found["spec"]
        assert spec["minReplicaCount"] < spec["maxReplicaCount"]
        names = {trigger["name"] for trigger in spec["triggers"]}
        assert set(re.findall(r"\w+", spec["advanced"]["scalingModifiers"]["formula"])) == names
        for trigger in spec["triggers"]:
            metadata = trigger["metadata"]
            assert trigger["type"] == "redis-streams"
            assert metadata["stream"] == f"{prefix}:jobs"
            assert f'kGroup[] = "{metadata["consumerGroup"]}"' in queue
            assert {entry["name"] for entry in secrets[trigger["authenticationRef"]["name"]]} <= MADE_BY_HAND
