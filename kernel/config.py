"""The only reader of the environment (CONTRACT: Environment)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENTS = ("demo", "development", "test", "production")
STRIPE_KEYS = ("sk_test_", "sk_live_", "rk_test_", "rk_live_")  # rk: restricted to what the product does
WEAK_SECRETS = {"", "dev", "secret", "change-me", "changeme", "ninefold"}


class Misconfigured(Exception):
    """The environment does not allow a safe start; the message names the variable."""


@dataclass(frozen=True)
class Config:
    """All settings that come from outside, checked once at start."""

    env: str = "development"
    secret_key: str = "development-only"  # noqa: S105 - refused in production
    site_url: str = "http://127.0.0.1:8000"
    database_url: str = ""
    redis_url: str = ""
    stripe_secret_key: str = ""
    stripe_webhook_secrets: tuple[str, ...] = ("whsec_development",)
    sandbox_url: str = ""
    smtp_url: str = ""
    mail_from: str = ""
    data_dir: Path = ROOT / "var"
    media_root: Path = ROOT / "var" / "media"
    currency: str = "USD"
    timezone: str = "UTC"
    locales: tuple[str, ...] = ("en",)
    trusted_proxies: int = 0

    @property
    def playful(self) -> bool:
        """True where the sandbox, the mail page and the component page may be shown."""
        return self.env in ("demo", "development", "test")

    @property
    def embedded(self) -> bool:
        """True while payments speak to the embedded sandbox."""
        return not self.stripe_secret_key.startswith(STRIPE_KEYS)

    @property
    def https(self) -> bool:
        """True when cookies must be Secure."""
        return self.site_url.startswith("https://")

    @property
    def host(self) -> str:
        """The host name of the site, with its port."""
        return urlsplit(self.site_url).netloc

    @property
    def sandbox_pages(self) -> str:
        """The address at which a browser reaches the sandbox's pages."""
        return self.sandbox_url or f"{self.site_url}/_stripe"


def read(environ: Mapping[str, str] | None = None) -> Config:
    """The configuration of this process; raises Misconfigured where a start would be unsafe."""
    env = dict(os.environ if environ is None else environ)
    data_dir = _absolute(env.get("DATA_DIR", "var"))
    if not env.get("NINEFOLD_ENV"):
        env = {**_env_file(data_dir / "demo.env"), **env}
    config = _config(env, data_dir)
    _check(config)
    return config


def _config(env: Mapping[str, str], data_dir: Path) -> Config:
    host, port = env.get("HOST") or "127.0.0.1", env.get("PORT") or "8000"
    default = Config()
    return Config(
        env=env.get("NINEFOLD_ENV") or "production",
        secret_key=env.get("SECRET_KEY", ""),
        site_url=(env.get("SITE_URL") or f"http://{host}:{port}").rstrip("/"),
        database_url=env.get("DATABASE_URL") or f"sqlite:///{data_dir / 'ninefold.db'}",
        redis_url=env.get("REDIS_URL", ""),
        stripe_secret_key=env.get("STRIPE_SECRET_KEY", ""),
        stripe_webhook_secrets=tuple(s.strip() for s in env.get("STRIPE_WEBHOOK_SECRET", "").split(",") if s.strip()),
        sandbox_url=env.get("SANDBOX_URL", "").rstrip("/"),
        smtp_url=env.get("SMTP_URL", ""),
        mail_from=env.get("MAIL_FROM", ""),
        data_dir=data_dir,
        media_root=_absolute(env["MEDIA_ROOT"]) if env.get("MEDIA_ROOT") else data_dir / "media",
        currency=env.get("CURRENCY", default.currency).upper(),
        timezone=env.get("TIMEZONE", default.timezone),
        locales=tuple(s.strip() for s in env.get("LOCALES", "en").split(",") if s.strip()),
        trusted_proxies=int(env.get("TRUSTED_PROXIES") or 0),
    )


def _check(config: Config) -> None:
    if config.env not in ENVIRONMENTS:
        raise Misconfigured(f"NINEFOLD_ENV must be one of {', '.join(ENVIRONMENTS)}, not {config.env!r}")
    if config.env != "production":
        return
    if config.secret_key in WEAK_SECRETS or len(config.secret_key) < 32:
        raise Misconfigured("SECRET_KEY must be a random text of at least 32 characters in production")
    if not config.stripe_webhook_secrets:
        raise Misconfigured("STRIPE_WEBHOOK_SECRET must not be empty in production")
    if config.embedded:
        raise Misconfigured("STRIPE_SECRET_KEY is missing: production refuses the embedded sandbox")


def _env_file(path: Path) -> dict[str, str]:
    """The pairs of a KEY=value file; empty when there is none."""
    if not path.is_file():
        return {}
    pairs = (line.split("=", 1) for line in path.read_text().splitlines() if "=" in line and not line.startswith("#"))
    return {key.strip(): value.strip() for key, value in pairs}


def _absolute(path: str) -> Path:
    # A relative SQLite path would land in Flask's instance folder, so everything is made absolute here.
    return Path(path) if Path(path).is_absolute() else ROOT / path
