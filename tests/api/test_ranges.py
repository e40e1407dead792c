"""Parts of stems, and stems that the client has already."""

import email

import pytest
from api_service import assert_error


@pytest.fixture(scope="module")
def stem(service):
    """stem(Header=value, …) asks for one."""
    job_id = service.completed(size=40)

    def get(**headers):
        headers = {key.replace("_", "-"): value for key, value in headers.items()}
        return service.client.get(f"/api/v1/jobs/{job_id}/stems/vocals", headers=headers)

    return get


@pytest.mark.parametrize(
    ("value", "first", "last"),
    [("bytes=0-99", 0, 99), ("bytes=1000-1999", 1000, 1999), ("bytes=100000-", 100000, None), ("bytes=-500", -500, None),
     ("bytes=5-999999999", 5, None)],
)  # fmt: skip
def test_single_ranges(stem, value, first, last):
    whole = stem().content
    start = first if first >= 0 else len(whole) + first
    end = last if last is not None else len(whole) - 1
    response = stem(Range=value)
    assert response.status_code == 206
    assert response.content == whole[start : end + 1]
    assert response.headers["content-range"] == f"bytes {start}-{end}/{len(whole)}"
    assert response.headers["content-type"] == "audio/mpeg"


def test_multiple_ranges(stem):
    whole = stem().content
    response = stem(Range="bytes=0-9, 5000-5099, -20")
    assert response.status_code == 206
    content_type = response.headers["content-type"]
    assert content_type.startswith("multipart/byteranges; boundary=")
    message = email.message_from_bytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + response.content)
    parts = message.get_payload()
    assert [part.get_payload(decode=True) for part in parts] == [whole[:10], whole[5000:5100], whole[-20:]]
    assert parts[1]["content-range"] == f"bytes 5000-5099/{len(whole)}"
    assert all(part["content-type"] == "audio/mpeg" for part in parts)


def test_ranges_that_do_not_exist(stem):
    size = len(stem().content)
    response = stem(Range=f"bytes={size}-")
    assert_error(response, 416)
    assert response.headers["content-range"] == f"bytes */{size}"
    assert stem(Range="bananas=0-1").status_code == 200
    assert stem(Range="bytes=9-1").status_code == 200


def test_if_range(stem):
    whole = stem()
    same = stem(Range="bytes=0-9", If_Range=whole.headers["etag"])
    assert (same.status_code, same.content) == (206, whole.content[:10])
    other = stem(Range="bytes=0-9", If_Range='"another"')
    assert (other.status_code, other.content) == (200, whole.content)
    weak = stem(Range="bytes=0-9", If_Range="W/" + whole.headers["etag"])
    assert weak.status_code == 200


def test_conditions(stem):
    whole = stem()
    for condition in (
        {"If_None_Match": whole.headers["etag"]},
        {"If_None_Match": f'"x", {whole.headers["etag"]}'},
        {"If_None_Match": "*"},
        {"If_Modified_Since": whole.headers["last-modified"]},
    ):
        response = stem(**condition)
        assert response.status_code == 304, condition
        assert response.content == b""
        assert response.headers["etag"] == whole.headers["etag"]
    assert stem(If_None_Match='"x"').status_code == 200
    assert stem(If_Modified_Since="Thu, 01 Jan 2015 00:00:00 GMT").status_code == 200
    assert_error(stem(If_Match='"x"'), 412)
