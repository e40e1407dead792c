"""The helpers start real servers, and a restart does what the chaos tests rely on."""

import pytest

from cluster.redis_server import RedisServer
from cluster.s3_server import S3Server


def test_redis_forgets_with_a_restart(tmp_path):
    with RedisServer(tmp_path) as redis:
        assert redis.call("SET", "key", "value") == "+OK\r\n"
        assert redis.call("GET", "key") == "$5\r\nvalue\r\n"
        assert redis.num_clients() == 0
        redis.kill()
        assert not redis.is_listening()
        redis.start()
        assert redis.call("GET", "key") == "$-1\r\n"


def test_s3_has_an_empty_bucket(tmp_path):
    with S3Server(tmp_path) as server:
        assert server.is_listening()
        assert server.blobs() == []


def test_a_server_that_cannot_start_says_why(tmp_path):
    broken = RedisServer(tmp_path, port=1)
    broken.command = lambda: ["redis-server", "--port", "nonsense"]
    with pytest.raises(RuntimeError, match="redis did not start(.|\n)*nonsense"):
        broken.start()
