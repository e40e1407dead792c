"""How many requests a minute: by key, by address behind proxies, and what the refused are told."""

import math

import httpx
import pytest
from api_service import HANG_SEC, Service, assert_error, fake_song
from test_keys import Caller

# So low that no token comes back while a test runs, also on a slow machine.
LIMITS = {"KEY_UPLOADS_PER_MIN": 1, "KEY_REQUESTS_PER_MIN": 3, "ADDRESS_UPLOADS_PER_MIN": 2, "ADDRESS_REQUESTS_PER_MIN": 3}


@pytest.fixture(scope="module")
def limited(programs, fake_tool, tmp_path_factory):
    folder = tmp_path_factory.mktemp("limited")
    settings = {"AUTH": "apikey", "TRUSTED_PROXIES": "127.0.0.0/8", "STEMSCRIBE_BIN": fake_tool, **LIMITS}
    service = Service(programs / "stemscribed", folder, **settings).start()
    yield service
    service.discard()


def get(service: Service, address: str, path: str = "/api/v1/jobs", **headers) -> httpx.Response:
    return httpx.get(service.url + path, timeout=HANG_SEC, headers={"X-Forwarded-For": address, **headers})


def assert_refused(response: httpx.Response, policy: str, rate: int):
    error = assert_error(response, 429, "rate_limited")
    wait_sec = int(response.headers["retry-after"])
    assert 0 < wait_sec <= math.ceil(60 / rate)
    assert error["message"].endswith(f"again in {wait_sec} s")
    assert response.headers["ratelimit-policy"] == f'"{policy}";q={rate};w=60'
    assert response.headers["ratelimit"].startswith(f'"{policy}";r=0;t=')


def test_a_key_has_so_many_requests(limited):
    caller = Caller(limited)
    lefts = [caller.client.get("/api/v1/jobs").headers["ratelimit"].split(";")[1] for _ in range(3)]
    assert lefts == ["r=2", "r=1", "r=0"]
    assert_refused(caller.client.get("/api/v1/jobs"), "key-requests", 3)
    assert Caller(limited).client.get("/api/v1/jobs").status_code == 200
    assert caller.upload().status_code == 202, "uploads have a bucket of their own"


def test_a_key_has_so_many_uploads(limited):
    caller = Caller(limited)
    assert caller.upload().status_code == 202
    assert_refused(caller.upload(), "key-uploads", 1)
    assert caller.client.get("/api/v1/jobs").status_code == 200


def test_an_address_has_so_many_requests_with_whatever_keys(limited):
    good = Caller(limited).key
    assert {get(limited, "192.0.2.1").status_code for _ in range(3)} == {401}
    assert_refused(get(limited, "192.0.2.1", **{"X-API-Key": good}), "address-requests", 3)
    assert_refused(get(limited, "6.6.6.6, 192.0.2.1"), "address-requests", 3)
    assert get(limited, "192.0.2.2", **{"X-API-Key": good}).status_code == 200


def test_an_address_has_so_many_uploads(limited):
    song = {"file": ("song.wav", fake_song())}
    headers = {"X-Forwarded-For": "192.0.2.3"}
    answers = [httpx.post(f"{limited.url}/api/v1/transcribe", files=song, headers=headers, timeout=HANG_SEC) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [401, 401, 429]
    assert_refused(answers[-1], "address-uploads", 2)


def test_a_network_of_ipv6_is_one_address(limited):
    assert {get(limited, f"2001:db8::{i:x}").status_code for i in range(3)} == {401}
    assert get(limited, "2001:db8::ffff:1").status_code == 429
    assert get(limited, "2001:db8:0:1::1").status_code == 401


def test_public_routes_are_limited_but_not_health(limited):
    assert {get(limited, "192.0.2.4", "/openapi.json").status_code for _ in range(3)} == {200}
    assert get(limited, "192.0.2.4", "/openapi.json").status_code == 429
    assert {get(limited, "192.0.2.4", "/health/live").status_code for _ in range(9)} == {200}


def test_this_machine_is_not_limited_by_address(limited):
    assert {get(limited, "127.0.0.1").status_code for _ in range(9)} == {401}
