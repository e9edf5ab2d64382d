"""The HTML of every page template is valid, as html-validate sees it."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.pages import WALKS, walked
from tests.site import Site, seeded

pytestmark = [pytest.mark.slow]
ROOT = Path(__file__).resolve().parent.parent
VALIDATOR = ROOT / "node_modules" / ".bin" / "html-validate"
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The seeded demo, served."""
    if not VALIDATOR.exists():
        pytest.skip("html-validate is not installed (make test installs it)")
    made = Site(tmp_path_factory.mktemp("html"))
    seeded(tmp_path_factory, made.folder)
    made.start()
    yield made
    made.stop()


def test_every_page_is_valid_html(site: Site, tmp_path: Path) -> None:
    told: dict[str, str] = {}
    for who in WALKS:
        for path, html in pages_of(site, who):
            page = tmp_path / f"{len(told)}.html"
            page.write_text(html)
            told[str(page)] = f"{who or 'visitor'} {path}"
    command = [str(VALIDATOR), "--config", str(ROOT / ".htmlvalidate.json"), "--formatter", "json", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.stdout, done.stderr
    offences = [
        f"{told[page['filePath']]}, line {said['line']}: {said['ruleId']}: {said['message']}"
        for page in json.loads(done.stdout)
        for said in page["messages"]
    ]
    assert not offences, "\n".join(["", *offences])


def pages_of(site: Site, who: str) -> Iterator[tuple[str, str]]:
    """(address, HTML) of somebody's walk."""
    http = requests.Session()

    def read(path: str) -> tuple[int, str]:
        answer = http.get(f"{site.url}{path}", timeout=20)
        return answer.status_code, answer.text

    def send(page: str, path: str, **fields: str) -> None:
        token = TOKEN.search(read(page)[1])
        assert token, f"no form on {page}"
        answer = http.post(f"{site.url}{path}", data={"csrf_token": token.group(1), **fields}, timeout=20)
        assert answer.ok, f"{path} answers {answer.status_code}"

    if who:
        send("/sign-in", "/sign-in", email=f"{who}@ninefold.test", password="ninefold-demo")
    if who == "ann":
        product = "/shop/products/evening-bowl"
        variant = re.search(r'name="variant" value="(\d+)"[^>]*checked', read(product)[1])
        assert variant, "a variant stands ticked"
        send(product, f"{product}/cart", variant=variant.group(1), quantity="1")
    yield from walked(who, read)
