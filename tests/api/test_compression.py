"""Long text is compressed for who asks for it, in the coding that they like best."""

import gzip

import pytest
from api_service import read_response


@pytest.mark.parametrize(
    ("accept", "coding"),
    [("gzip, deflate, br, zstd", "br"), ("br;q=0.5, gzip", "gzip"), ("gzip", "gzip"), ("br;q=0", None), (None, None)],
)
def test_codings(service, accept, coding):
    plain = service.raw(b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n")[2]
    ask = f"Accept-Encoding: {accept}\r\n" if accept else ""
    status, headers, body = service.raw(f"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n{ask}\r\n".encode())
    assert status == 200
    assert headers["content-encoding"] == coding
    assert "accept-encoding" in headers["vary"].lower()
    if coding == "gzip":
        assert gzip.decompress(body) == plain
    elif coding == "br":
        assert len(body) < len(plain) / 3
    else:
        assert body == plain


def test_an_etag_of_a_compressed_answer_is_good_for_a_304(service):
    with service.connect() as connection:
        ask = b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: br\r\n"
        connection.sendall(ask + b"\r\n")
        etag = read_response(connection)[1]["etag"]
        assert etag.startswith("W/")
        connection.sendall(ask + f"If-None-Match: {etag}\r\n\r\n".encode())
        status, _, body = read_response(connection)
        assert (status, body) == (304, b"")
