"""Browsers of the allowed origins may use the API; others may not."""

import pytest
from api_service import Service, fake_song

APP, OTHER = "https://app.example.org", "https://evil.example.net"


@pytest.fixture(scope="module")
def cors_service(programs, fake_tool, tmp_path_factory) -> Service:
    folder = tmp_path_factory.mktemp("cors")
    service = Service(programs / "stemscribed", folder, STEMSCRIBE_BIN=fake_tool, CORS_ORIGINS=f'["{APP}"]').start()
    yield service
    service.discard()


def preflight(service, origin: str, path: str = "/api/v1/transcribe", method: str = "POST"):
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "content-type,idempotency-key",
    }
    return service.client.options(path, headers=headers)


def test_preflight(cors_service):
    response = preflight(cors_service, APP)
    assert response.status_code == 204
    headers = response.headers
    assert headers["access-control-allow-origin"] == APP
    assert "POST" in headers["access-control-allow-methods"]
    allowed = headers["access-control-allow-headers"].lower().split(", ")
    assert {"content-type", "idempotency-key", "range", "if-none-match", "last-event-id"} <= set(allowed)
    assert int(headers["access-control-max-age"]) > 0
    assert "origin" in headers["vary"].lower()


def test_preflight_of_others(cors_service):
    assert "access-control-allow-origin" not in preflight(cors_service, OTHER).headers


@pytest.mark.parametrize(("method", "path"), [("GET", "/health"), ("GET", "/nothing"), ("PUT", "/api/v1/jobs"), ("GET", "/api/v1/jobs/x")])
def test_answers_and_errors(cors_service, method, path):
    response = cors_service.client.request(method, path, headers={"Origin": APP})
    assert response.headers["access-control-allow-origin"] == APP
    exposed = set(response.headers["access-control-expose-headers"].lower().split(", "))
    assert {"content-range", "content-disposition", "etag", "location", "retry-after", "x-request-id"} <= exposed
    other = cors_service.client.request(method, path, headers={"Origin": OTHER})
    assert "access-control-allow-origin" not in other.headers
    assert "origin" in other.headers["vary"].lower()
    none = cors_service.client.request(method, path)
    assert "access-control-allow-origin" not in none.headers


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": OTHER, "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": "null", "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": "https://other.example.org", "Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": APP, "Sec-Fetch-Site": "cross-site"}, 200),
        ({"Origin": "https://stemscribe.example.com", "Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({}, 200),
        # To plain HTTP at other addresses than localhost browsers do not tell the site.
        ({"Origin": "http://other.example.org"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": APP}, 200),
        ({"Origin": "http://127.0.0.1:8080"}, 200),
        ({"Origin": "https://[::1]", "Host": "[::1]:8000"}, 200),
    ],
)
def test_forms_of_other_sites_change_nothing(cors_service, headers, status):
    """A page somewhere could have the browser of somebody here send a form, for which it does not ask before."""
    assert cors_service.client.post("/api/v1/admin/cleanup?dry_run=true", headers=headers).status_code == status
    upload = cors_service.upload(fake_song(), headers=headers)
    assert upload.status_code == {403: 403, 200: 202}[status]
    assert cors_service.client.get("/api/v1/jobs", headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ({}, {"evil.example.net": 403, "localhost": 200, "127.0.0.1": 200}),
        ({"ALLOWED_HOSTS": "songs.example.org, studio"}, {"evil.example.net": 403, "songs.example.org": 200, "studio:8000": 200}),
        ({"ALLOWED_HOSTS": "*"}, {"evil.example.net": 200}),
        ({"TRUSTED_PROXIES": "127.0.0.1"}, {"songs.example.org": 200}),
        ({"AUTH": "apikey"}, {"songs.example.org": 200}),
    ],
)
def test_a_name_that_leads_here_is_not_enough(start_service, settings, names):
    """A page can have its own name lead to this machine once it is loaded (DNS rebinding); its requests are then of one origin."""
    service = start_service(**settings)
    for name, status in names.items():
        answer = service.client.get("/health", headers={"Host": name, "Sec-Fetch-Site": "same-origin"})
        assert answer.status_code == status, name
        if status == 403:
            assert "ALLOWED_HOSTS" in answer.json()["error"]["message"]
    service.stop()


def test_deletes_are_allowed(cors_service):
    response = preflight(cors_service, APP, "/api/v1/jobs/550e8400-e29b-41d4-a716-446655440000", "DELETE")
    assert "DELETE" in response.headers["access-control-allow-methods"]


def test_every_origin(start_service):
    service = start_service(CORS_ORIGINS='["*"]')
    assert service.client.get("/health/live", headers={"Origin": OTHER}).headers["access-control-allow-origin"] == "*"
    service.stop()
