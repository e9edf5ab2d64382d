"""The catalogue holds every message of the product: a new sentence is collected before it lands."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent
NAMES = {"", "Ninefold", "hello@ninefold.test", "/_mail/"}
CATALOGUE = ROOT / "templates" / "locale" / "messages.pot"


def test_the_catalogue_is_what_the_product_says_now(tmp_path: Path) -> None:
    fresh = tmp_path / "messages.pot"
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    subprocess.run([ROOT / "bin" / "messages", str(fresh)], check=True, env={**os.environ, "PATH": path})
    assert fresh.read_text() == CATALOGUE.read_text(), "run `make messages`"


def test_no_page_or_mail_says_a_word_outside_the_catalogue() -> None:
    with CATALOGUE.open("rb") as file:
        known = len([message for message in read_po(file) if message.id])
    assert known > 700
    loose = [
        f"{page.relative_to(ROOT)}: {text.strip()}"
        for page in sorted((ROOT / "templates").rglob("*.html"))
        if "ui/show" not in str(page) and page.name != "ui.html"
        for text in re.findall(r">([^<>{}]*[A-Za-z]{3,}[^<>{}]*)<", _without_code(page.read_text()))
        if re.sub("&[a-z]+;|·", "", text).replace("  ", " ").strip() not in NAMES
    ]
    assert not loose


def _without_code(html: str) -> str:
    """The page without comments, expressions and styles: what is left between tags is what is said."""
    html = re.sub(r"\{% block page %\}.*?\{% endblock %\}", "", html)
    html = re.sub(r"\{#.*?#\}", "", html, flags=re.S)
    html = re.sub(r"<(style|script|svg)\b.*?</\1>", "", html, flags=re.S)
    return re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "", html, flags=re.S)
