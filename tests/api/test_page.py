"""How the page's files are served; what is in them is the matter of tests/web."""

import gzip
from pathlib import Path

import pytest
from api_service import Service, assert_error

PAGE = "<!doctype html><title>page</title>"
SCRIPT = "export const answer = 42;\n" * 100


@pytest.fixture
def web(tmp_path) -> Path:
    folder = tmp_path / "web"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text(PAGE)
    (folder / "favicon.svg").write_text("<svg/>")
    (folder / "secret.txt").write_text("not for you")
    (folder / "assets" / "index-1a2b.js").write_text(SCRIPT)
    (folder / "assets" / "index-1a2b.js.gz").write_bytes(gzip.compress(SCRIPT.encode()))
    (folder / "assets" / "sans.woff2").write_bytes(b"wOF2")
    (folder / "assets" / ".hidden.js").write_text("x")
    (folder / "assets" / "index.js.map").write_text("{}")
    return folder


@pytest.fixture
def page_service(start_service, web) -> Service:
    return start_service(STEMSCRIBE_WEB=web)


def test_the_page(page_service):
    response = page_service.client.get("/")
    assert response.status_code == 200
    assert response.text == PAGE
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["cache-control"] == "no-cache"
    again = page_service.client.get("/", headers={"If-None-Match": response.headers["etag"]})
    assert again.status_code == 304
    assert page_service.client.head("/").headers["content-length"] == str(len(PAGE))
    assert page_service.client.get("/favicon.svg").headers["content-type"] == "image/svg+xml"


def test_nothing_but_the_page_itself_may_run(page_service):
    headers = page_service.client.get("/").headers
    policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert policy["style-src"] == "'self'"
    assert policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == "same-origin"


@pytest.mark.parametrize(("coding", "sent"), [("gzip", "gzip"), ("identity", None)])
def test_assets_are_kept_for_ever_and_sent_compressed(page_service, coding, sent):
    response = page_service.client.get("/assets/index-1a2b.js", headers={"Accept-Encoding": coding})
    assert response.text == SCRIPT
    assert response.headers.get("content-encoding") == sent
    assert response.headers["content-type"] == "text/javascript; charset=utf-8"
    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "Accept-Encoding" in response.headers["vary"]


def test_a_font(page_service):
    response = page_service.client.get("/assets/sans.woff2")
    assert response.headers["content-type"] == "font/woff2"
    assert response.content == b"wOF2"


@pytest.mark.parametrize(
    "path",
    ["/assets/none.js", "/assets/.hidden.js", "/assets/index.js.map", "/assets/..%2Fsecret.txt", "/assets/%2e%2e%2fsecret.txt", "/secret.txt", "/assets/", "/assets/a%00.js"],
)  # fmt: skip
def test_nothing_else_is_served(page_service, path):
    assert_error(page_service.client.get(path), 404)


def test_the_service_works_without_the_page(start_service, tmp_path):
    with_none = start_service(STEMSCRIBE_WEB=tmp_path / "nowhere")
    assert_error(with_none.client.get("/"), 404)
    assert with_none.client.get("/health/live").status_code == 200
