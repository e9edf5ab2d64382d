"""Texts: how long they are, what may stand in them, how Markdown becomes safe HTML, and random public numbers."""

from __future__ import annotations

import re
import secrets
import unicodedata
from functools import lru_cache

import nh3
from markdown_it import MarkdownIt

ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # nothing that reads like something else
INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u034f\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\u2800\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e007f]"
)
SPELT_FLAGS = re.compile("\U0001f3f4[\U000e0061-\U000e007a]{2,6}\U000e007f")  # England is spelt in invisible letters
CJK = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]")
TAGS = {"p", "br", "em", "strong", "ul", "ol", "li", "blockquote", "h2", "h3", "h4", "a", "code", "pre", "hr"}


def number() -> str:
    """A random public number of 8 characters (RULES 8)."""
    return "".join(secrets.choice(ALPHABET) for _ in range(8))


def weight(text: str) -> int:
    """The length of a text as people read it: a CJK character counts as two, space round it not at all."""
    text = text.strip()
    return len(text) + len(CJK.findall(text))


def cleaned(text: str) -> str:
    """NFC, unix line ends, no space at the ends, no soft hyphens; ValueError for what hides or reorders text."""
    text = unicodedata.normalize("NFC", text).replace("\u00ad", "")
    text = re.sub("\r\n|[\r\u2028\u2029]", "\n", text).strip()
    if INVISIBLE.search(SPELT_FLAGS.sub("", text)):
        raise ValueError("the text holds invisible characters")
    return text


def scripts(word: str) -> set[str]:
    """The scripts of a word's letters ("LATIN", "CYRILLIC", ...)."""
    return {unicodedata.name(letter, "?").split()[0] for letter in word if letter.isalpha()}


def slug(text: str) -> str:
    """A readable part of an address made from a title; never empty."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60] or number()


@lru_cache(maxsize=4096)
def rendered(markdown: str) -> str:
    """Markdown as safe HTML: no raw HTML, no pictures, links marked as given by a member."""
    html = _markdown().render(markdown)
    return nh3.clean(
        html,
        tags=TAGS,
        attributes={"a": {"href"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow ugc noopener",
    )


@lru_cache(maxsize=1)
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False, "linkify": False}).disable("image")
