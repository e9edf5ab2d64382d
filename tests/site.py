"""A real site for tests: web server, worker and sandbox as processes of their own, on ports of their own."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from payments.sandbox import Sandbox

ROOT = Path(__file__).resolve().parent.parent
START_S = 40


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Site:
    """The demo in a folder of its own; `start()` serves it, `kill()` ends it as a power cut would."""

    def __init__(self, folder: Path, sandbox_apart: bool = False) -> None:
        self.folder = folder
        self.port, self.sandbox_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.sandbox_url = f"http://127.0.0.1:{self.sandbox_port}" if sandbox_apart else f"{self.url}/_stripe"
        self.sandbox_apart = sandbox_apart
        self.processes: list[subprocess.Popen[bytes]] = []

    @property
    def environ(self) -> dict[str, str]:
        """What the processes are told."""
        kept = {k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "TMPDIR", "LANG")}
        return {
            **kept,
            "NINEFOLD_ENV": "demo",
            "SECRET_KEY": "for the tests of a whole site, long enough",
            "STRIPE_WEBHOOK_SECRET": "whsec_site",
            "DATA_DIR": str(self.folder),
            "SITE_URL": self.url,
            "SANDBOX_URL": self.sandbox_url if self.sandbox_apart else "",
            "PYTHONPATH": str(ROOT),
        }

    def flask(self, *words: str, timeout: int = 300) -> str:
        """Run a flask command and answer what it printed; AssertionError when it fails."""
        command = [sys.executable, "-m", "flask", "--app", "wsgi", *words]
        done = subprocess.run(command, cwd=ROOT, env=self.environ, capture_output=True, text=True, timeout=timeout)
        assert done.returncode == 0, f"flask {' '.join(words)}: {done.stdout}\n{done.stderr[-3000:]}"
        return done.stdout

    def start(self) -> None:
        """Start web server, worker and, where it stands apart, the sandbox; ready when all answer."""
        log = (self.folder / "site.log").open("ab")
        granian = ["granian", "--interface", "wsgi", "--factory", "--host", "127.0.0.1", "--blocking-threads", "8"]
        commands = [
            [*granian, "--port", str(self.port), "wsgi:create_app"],
            ["flask", "--app", "wsgi", "worker"],
        ]
        if self.sandbox_apart:
            commands.append([*granian, "--port", str(self.sandbox_port), "tests.sandbox_site:create_app"])
        for name, *rest in commands:
            program = [sys.executable, "-m", name, *rest]
            made = subprocess.Popen(program, cwd=ROOT, env=self.environ, stdout=log, stderr=log, start_new_session=True)
            self.processes.append(made)
        self._wait(f"{self.url}/readyz")
        if self.sandbox_apart:
            self._wait(f"{self.sandbox_url}/")

    def kill(self) -> None:
        """End everything at once, with nothing said."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End everything politely."""
        self._end(signal.SIGTERM)

    def settle(self, rounds: int = 100) -> None:
        """Wait until nothing is due any more."""
        self.flask("demo", "advance", "1s")

    def _end(self, number: signal.Signals) -> None:
        for process in self.processes:
            try:
                os.killpg(process.pid, number)
            except ProcessLookupError:
                continue
        for process in self.processes:
            process.wait(timeout=20)
        self.processes.clear()

    def _wait(self, url: str) -> None:
        ends = time.monotonic() + START_S
        while time.monotonic() < ends:
            try:
                with urllib.request.urlopen(url, timeout=2):
                    return
            except urllib.error.HTTPError:
                return
            except OSError:
                time.sleep(0.1)
        raise AssertionError(f"{url} never answered: {(self.folder / 'site.log').read_text()[-3000:]}")

    def now(self) -> datetime:
        """The instant that the demo's clock shows."""
        with sqlite3.connect(self.folder / "ninefold.db") as file:
            row = file.execute("SELECT offset_s FROM kernel_clock WHERE id = 1").fetchone()
        return datetime.now(UTC) + timedelta(seconds=row[0] if row else 0)


def books_agree(site: Site) -> None:
    """The sandbox's books equal ours, payment by payment to the cent; what is nobody's was found, or went back."""
    with sqlite3.connect(site.folder / "ninefold.db") as ours:
        back = "SELECT sum(amount_minor) FROM payments_refunds WHERE charge_id = c.id AND state = 'done'"
        taken = "SELECT intent_id, amount_minor FROM payments_charges c WHERE state IN ('paid', 'refused')"
        taken = taken.replace(" FROM", f", coalesce(({back} AND source NOT IN ('dispute', 'bank')), 0) FROM", 1)
        mine = {intent: (amount, returned) for intent, amount, returned in ours.execute(taken)}
        found = "SELECT count(*) FROM payments_findings WHERE kind = 'unknown_payment'"
        strays = ours.execute(found).fetchone()[0]
    stripe = Sandbox(
        site.folder / "stripe.db",
        clock=lambda: None,
        public_url="x",
        notice_url="x",
        secret="x",  # type: ignore[arg-type, return-value]
    )
    theirs = {made.intent_id: (made.amount_minor, made.refunded_minor) for made in stripe.captured_intents()}
    assert {intent: sums for intent, sums in theirs.items() if intent in mine} == mine
    assert sum(amount > back for intent, (amount, back) in theirs.items() if intent not in mine) <= strays


def chromium() -> str | None:
    """Where Chromium is, if it is anywhere."""
    named = os.environ.get("CHROMIUM")
    return named or shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def seeded(factory: pytest.TempPathFactory, folder: Path) -> None:
    """Fill a site's folder with the seeded demo, which is made once a run whichever process asks first."""
    base = factory.getbasetemp()  # of one process; those of a run with several stand side by side
    shared = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "seed"
    shared.mkdir(parents=True, exist_ok=True)
    with (shared / "seed.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / "done").exists():
            first = Site(shared / "data")
            first.folder.mkdir(exist_ok=True)
            first.flask("db", "upgrade")
            first.flask("seed")
            (shared / "done").touch()
    shutil.copytree(shared / "data", folder, dirs_exist_ok=True)
