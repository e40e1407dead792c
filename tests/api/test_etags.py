"""What a client has already is not sent again."""

import pytest


@pytest.mark.parametrize(
    "path",
    ["", "/results", "/stems/vocals", "/frames", "/frames?from=1&to=2", "/frames?layout=columns", "/notes", "/notes?format=midi",
     "/chords", "/chords?format=lab", "/archive", "/api/v1/jobs?q=no-such-song", "/openapi.json", "/docs", "/docs/start.js"],
)  # fmt: skip
def test_nothing_is_sent_twice(service, path):
    if not path.startswith(("/api", "/openapi", "/docs")):
        path = f"/api/v1/jobs/{service.completed()}{path}"
    client = service.client
    etag = client.get(path).headers["etag"]
    known = client.get(path, headers={"If-None-Match": f'"another", {etag}'})
    assert (known.status_code, known.content) == (304, b"")
    assert known.headers["etag"].removeprefix("W/") == etag.removeprefix("W/")  # that of the compressed answer is weak
    assert client.get(path, headers={"If-None-Match": '"another"'}).status_code == 200
