"""Texts: Markdown becomes safe HTML; a picture in it is one of ours, named by its number, or none at all."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from kernel import texts
from kernel.pictures import Shown

NUMBER = "k7m3pq9x"
OURS = f"/media/{NUMBER}/1200.webp"


def one(src: str = OURS, alt: str = "The kiln") -> tuple:
    shown = Shown(src, src, 60, 40, alt)
    return (_Hashed(number=NUMBER, **vars(shown)),)


class _Hashed(SimpleNamespace):
    def __hash__(self) -> int:
        return hash(tuple(vars(self).items()))


@pytest.mark.parametrize(
    "hostile",
    [
        "![x](https://evil.test/pixel.png)",
        "![x](//evil.test/pixel.png)",
        "![x](javascript:alert(1))",
        "![x](data:image/png;base64,AAAA)",
        "![x](/media/zzzzzzzz/1200.webp)",
        "![x][ref]\n\n[ref]: https://evil.test/pixel.png",
        '<img src="/media/k7m3pq9x/1200.webp" onerror="alert(1)">',
        "<script>alert(1)</script>",
        '![x](k7m3pq9x"onload=alert)',
        "![x](../k7m3pq9x)",
    ],
)
def test_nothing_but_a_known_number_is_a_picture(hostile):
    html = texts.illustrated(hostile, one())
    assert "<img" not in html
    assert "evil" not in html
    assert "<script" not in html


def test_a_known_number_is_a_picture_with_its_words_and_its_size():
    html = texts.illustrated(f'![A "red" <kiln>]({NUMBER})', one())
    assert f'src="{OURS}"' in html
    assert 'width="60"' in html
    assert 'alt="A &quot;red&quot; &lt;kiln&gt;"' in html or 'alt="A &quot;red&quot; <kiln>"' in html
    assert html.count("<img") == 1


def test_even_a_known_picture_comes_from_our_own_media():
    for src in ("https://evil.test/a.webp", "//evil.test/media/k7m3pq9x/1200.webp", "javascript:alert(1)"):
        assert "src" not in texts.illustrated(f"![x]({NUMBER})", one(src))


def test_links_in_a_story_stay_marked_as_given_by_a_member():
    html = texts.illustrated("[here](https://example.test) [no](javascript:alert(1))", one())
    assert 'rel="nofollow ugc noopener"' in html
    assert "javascript" not in html.replace("(javascript:alert(1))", "")


def test_what_a_text_names_as_pictures_is_known():
    assert texts.pictured(f"a ![x]({NUMBER}) b\n\n> ![y](other123)\n\n`![z](code1234)`") == {NUMBER, "other123"}


def test_other_texts_show_no_pictures_at_all():
    assert "<img" not in texts.rendered(f"![x]({NUMBER})")


def test_a_whole_number_is_spelt_in_plain_digits_or_is_none():
    read = {"0": 0, "7": 7, "0042": 42, "9" * 18: 10**18 - 1}
    assert {text: texts.whole(text) for text in read} == read
    strange = ["", " ", "7 ", " 7", "7\n", "-1", "+1", "1_0", "1.5", "1e3", "0x1", "\u00b2", "1\u00b2", "\u2460"]
    strange += ["\uff17", "\u0667", "\u096d", "7\u0000", "seven", "1" * 19, "0" * 19, None]
    assert [text for text in strange if texts.whole(text) is not None] == []
    assert [texts.whole(text, 9) for text in ("0", "9", "10")] == [0, 9, None]
