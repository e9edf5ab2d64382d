"""Texts: how long they are, what may stand in them, how Markdown becomes safe HTML, and random public numbers."""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Protocol

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # nothing that reads like something else
INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u034f\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\u2800\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e007f]"
)
SPELT_FLAGS = re.compile("\U0001f3f4[\U000e0061-\U000e007a]{2,6}\U000e007f")  # England is spelt in invisible letters
CJK = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]")
TAGS = {"p", "br", "em", "strong", "ul", "ol", "li", "blockquote", "h2", "h3", "h4", "a", "code", "pre", "hr"}
SIZED = ("src", "alt", "width", "height", "loading")
OWN_MEDIA = re.compile(r"/media/[0-9a-z]{8}/[0-9]{1,4}\.webp")
PLAIN = re.compile("[0-9]{1,18}")  # what every id column holds, and what int() reads in one way only


def number() -> str:
    """A random public number of 8 characters (RULES 8)."""
    return "".join(secrets.choice(ALPHABET) for _ in range(8))


def whole(text: str | None, most: int | None = None) -> int | None:
    """The whole number, from 0 to `most`, that a text spells in 1 to 18 plain digits; None for any other text.

    No sign, no blank, no digit of another script, no superscript: what an address, a form or a provider sends is read
    in one way or not at all.
    """
    read = int(text) if text and PLAIN.fullmatch(text) else None
    return None if read is None or (most is not None and read > most) else read


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


class Pictured(Protocol):
    """A picture of ours that a text may name by its number."""

    @property
    def number(self) -> str:
        """The number by which a text names it."""

    @property
    def src(self) -> str:
        """Its address on this site."""

    @property
    def width(self) -> int:
        """How wide it is, in pixels."""

    @property
    def height(self) -> int:
        """How high it is, in pixels."""

    @property
    def alt(self) -> str:
        """What it shows, in words."""


@lru_cache(maxsize=4096)
def rendered(markdown: str) -> str:
    """Markdown as safe HTML: no raw HTML, no pictures, links marked as given by a member."""
    return _safe(_markdown().render(markdown), TAGS)


@lru_cache(maxsize=1024)
def illustrated(markdown: str, pictures: tuple[Pictured, ...]) -> str:
    """Markdown as safe HTML in which `![what it shows](number)` is one of these pictures, and nothing else is one."""
    known = {picture.number: picture for picture in pictures}
    return _safe(_illustrated().render(markdown, {"pictures": known}), TAGS | {"img"})


def pictured(markdown: str) -> set[str]:
    """What a text names as pictures: their numbers, or whatever else stands there."""
    blocks = _illustrated().parse(markdown)
    inside = [token for block in blocks for token in block.children or () if token.type == "image"]
    return {str(token.attrs["src"]) for token in inside}


def _safe(html: str, tags: set[str]) -> str:
    return nh3.clean(
        html,
        tags=tags,
        attributes={"a": {"href"}, **({"img": set(SIZED)} if "img" in tags else {})},
        attribute_filter=_own_source,
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow ugc noopener",
    )


def _own_source(tag: str, name: str, value: str) -> str | None:
    # The second lock on the same door: whatever made the HTML, a picture comes from our own media or from nowhere.
    return None if tag == "img" and name == "src" and not OWN_MEDIA.fullmatch(value) else value


def _picture(renderer: Any, tokens: Sequence[Any], at: int, options: Any, env: Any) -> str:
    token = tokens[at]
    said = token.content.strip()
    picture = env.get("pictures", {}).get(token.attrs.get("src"))
    if picture is None:
        return str(Markup.escape(said))
    tag = Markup('<img src="{}" alt="{}" width="{}" height="{}" loading="lazy">')
    return str(tag.format(picture.src, said or picture.alt, picture.width, picture.height))


@lru_cache(maxsize=1)
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False, "linkify": False}).disable("image")


@lru_cache(maxsize=1)
def _illustrated() -> MarkdownIt:
    made = MarkdownIt("commonmark", {"html": False, "linkify": False})
    made.add_render_rule("image", _picture)
    return made
