"""The documentation that the service serves, and that the contract is just what it does."""

import re

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

PARAMETERS = {"upload_id": "550e8400-e29b-41d4-a716-446655440000", "job_id": "550e8400-e29b-41d4-a716-446655440000", "stem": "vocals"}
METHODS = ("get", "post", "put", "patch", "delete")


@pytest.fixture(scope="module")
def contract(service) -> dict:
    response = service.client.get("/openapi.json")
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    return response.json()


def filled(path: str) -> str:
    return re.sub(r"\{(\w+)\}", lambda match: PARAMETERS[match[1]], path)


def operations(contract: dict) -> list[tuple[str, str, dict]]:
    return [(path, method, item[method]) for path, item in contract["paths"].items() for method in METHODS if method in item]


def test_the_contract_is_valid(contract):
    assert contract["openapi"].startswith("3.1.")
    OpenAPIV31SpecValidator(contract).validate()


def test_router_and_contract_agree(start_service, contract):
    service = start_service(LOG_LEVEL="DEBUG")
    service.stop()
    routes = {(line["path"], line["method"].lower()) for line in service.log_lines() if line["message"] == "route"}
    for_people = ("/", "/favicon.svg", "/assets/{name}", "/docs")
    pages = {(path, method) for path, method in routes if path in for_people or path.startswith("/docs/")}
    assert routes - pages == {(path, method) for path, method, _ in operations(contract)}


def test_just_the_methods_of_the_contract_are_served(service, contract):
    for path, item in contract["paths"].items():
        allow = service.client.options(filled(path)).headers["allow"]
        served = {method.lower() for method in allow.split(", ")} - {"options", "head"}
        assert served == {method for method in METHODS if method in item}, path


def test_every_operation_tells_enough(contract):
    ids = []
    for path, method, operation in operations(contract):
        where = f"{method} {path}"
        assert operation["summary"], where
        assert operation["tags"], where
        assert "default" in operation["responses"], where
        assert any(status.startswith("2") for status in operation["responses"]), where
        if "{job_id}" in path:
            assert "404" in operation["responses"], where
        ids.append(operation["operationId"])
    assert len(ids) == len(set(ids))


def test_the_plan_s_endpoints_are_there(contract):
    plan = {
        "post /api/v1/transcribe", "get /api/v1/jobs/{job_id}", "get /api/v1/jobs/{job_id}/results",
        "get /api/v1/jobs/{job_id}/stems/{stem}", "get /api/v1/jobs/{job_id}/frames",
        "get /api/v1/jobs/{job_id}/chords", "delete /api/v1/jobs/{job_id}", "get /health", "get /health/ready",
        "get /health/live",
    }  # fmt: skip
    assert plan <= {f"{method} {path}" for path, method, _ in operations(contract)}


def test_the_contract_is_cacheable(service):
    response = service.client.get("/openapi.json")
    again = service.client.get("/openapi.json", headers={"If-None-Match": response.headers["etag"]})
    assert again.status_code == 304


def test_swagger_ui_comes_from_here(service):
    page = service.client.get("/docs")
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'self'" in page.headers["content-security-policy"]
    links = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(links) >= 3
    for link in links:
        assert link.startswith("/docs/")
        asset = service.client.get(link)
        assert asset.status_code == 200, link
        assert len(asset.content) > 50
        kind = {"css": "text/css", "js": "text/javascript", "png": "image/png"}[link.rpartition(".")[2]]
        assert asset.headers["content-type"].startswith(kind)
    assert "/openapi.json" in service.client.get("/docs/start.js").text


def test_metrics(service):
    service.client.get("/nothing")
    response = service.client.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain; version=0.0.4")
    names = set(re.findall(r"^# TYPE (\w+) \w+$", response.text, re.MULTILINE))
    assert len(names) >= 5
    assert all(name.startswith("stemscribe_") for name in names)
    assert re.search(r'^stemscribe_\w*requests\w*\{[^}]*404[^}]*\} [1-9]', response.text, re.MULTILINE)
