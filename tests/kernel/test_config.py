"""The environment: production refuses what is unsafe, and everything else starts by itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from kernel.config import Misconfigured, read

GOOD = {
    "NINEFOLD_ENV": "production",
    "SECRET_KEY": "x" * 40,
    "STRIPE_SECRET_KEY": "sk_live_x",
    "STRIPE_WEBHOOK_SECRET": "whsec_new, whsec_old",
    "SITE_URL": "https://ninefold.example/",
}


@pytest.mark.parametrize("key", ["sk_live_x", "rk_live_x"])
def test_a_complete_production_starts(tmp_path: Path, key: str) -> None:
    config = read({**GOOD, "STRIPE_SECRET_KEY": key, "DATA_DIR": str(tmp_path)})
    assert config.https
    assert not config.embedded
    assert config.stripe_webhook_secrets == ("whsec_new", "whsec_old")
    assert config.site_url == "https://ninefold.example"


@pytest.mark.parametrize(
    "broken",
    [
        {"SECRET_KEY": "dev"},
        {"SECRET_KEY": ""},
        {"STRIPE_WEBHOOK_SECRET": " , "},
        {"STRIPE_SECRET_KEY": ""},
        {"STRIPE_SECRET_KEY": "sk_demo_x"},
    ],
)
def test_production_refuses_what_is_unsafe(tmp_path: Path, broken: dict[str, str]) -> None:
    with pytest.raises(Misconfigured):
        read({**GOOD, "DATA_DIR": str(tmp_path), **broken})


def test_an_unknown_environment_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured):
        read({"NINEFOLD_ENV": "staging", "DATA_DIR": str(tmp_path)})


def test_with_nothing_said_it_is_production(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured):
        read({"DATA_DIR": str(tmp_path)})


def test_a_second_shell_speaks_to_the_demo(tmp_path: Path) -> None:
    (tmp_path / "demo.env").write_text("NINEFOLD_ENV=demo\nSECRET_KEY=abc\nSITE_URL=http://127.0.0.1:8001\n")
    config = read({"DATA_DIR": str(tmp_path)})
    assert config.env == "demo"
    assert config.site_url == "http://127.0.0.1:8001"
    assert read({"DATA_DIR": str(tmp_path), "NINEFOLD_ENV": "test"}).env == "test"
