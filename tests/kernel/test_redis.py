"""Redis is optional: with it all processes share the limits, and when it goes away nobody notices but the operator."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kernel import db
from tests.conftest import _config, migrate
from tests.site import free_port
from wsgi import create_app

SERVER = shutil.which("redis-server")
pytestmark = pytest.mark.skipif(SERVER is None, reason="there is no redis-server")


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    port = free_port()
    words = [str(SERVER), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    url = f"redis://127.0.0.1:{port}/0"
    _wait(url)
    yield url, process
    process.kill()
    process.wait()


def _wait(url: str) -> None:
    from redis import Redis
    from redis.exceptions import ConnectionError

    for _ in range(100):
        try:
            Redis.from_url(url).ping()
        except ConnectionError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("redis did not start")


def test_a_production_keeps_its_limits_when_redis_goes_away(
    redis: tuple[str, subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    url, process = redis
    database = f"sqlite:///{tmp_path / 'ninefold.db'}"
    migrate(database)
    safe = {"stripe_secret_key": "sk_live_nobody", "site_url": "https://ninefold.test"}
    app = create_app(_config(tmp_path, database, env="production", redis_url=url, **safe))
    client = app.test_client()

    def ask() -> int:
        return client.get("/terms?" + str(time.monotonic()), base_url="https://ninefold.test").status_code

    assert ask() == 200
    process.kill()
    process.wait()
    started = time.monotonic()
    assert {ask() for _ in range(20)} == {200}
    assert time.monotonic() - started < 5
    assert 429 in {ask() for _ in range(700)}
    with app.app_context():
        db.sql.engine.dispose()
