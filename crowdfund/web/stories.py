"""A campaign's story as HTML with its pictures, and what search engines are told of it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from markupsafe import Markup

from crowdfund.pictures import Placed
from crowdfund.web import cards
from kernel import pictures, texts
from kernel.web.words import address


def told(text: str, drawn: Iterable[Any]) -> Markup:
    """A text of a campaign from Markdown, with those of its pictures that the text names."""
    return Markup(texts.illustrated(text, tuple(_placed(row) for row in drawn)))  # noqa: S704 - cleaned by nh3


def structured(row: Any, phase: str, site: str) -> Markup | None:
    """What search engines read of a public campaign: a page that expires, about a project of the brand.

    A pledge buys nothing yet, so neither Product with Offer nor DonateAction would be true; schema.org has no
    crowdfunding, and `expires` of the page is the one honest word for the end.
    """
    if row.visibility != "public" or row.launched_at is None:
        return None
    url = f"{site}{address('crowdfund.campaign', slug=row.slug)}"
    image = f"{site}{cards.picture(row).src}"
    project = {
        "@type": "Project",
        "name": row.title,
        "description": row.dek,
        "url": url,
        "image": image,
        "parentOrganization": {"@type": "Organization", "name": row.brand, "description": row.brand_about},
    }
    words = {
        "@context": "https://schema.org",
        "@type": "WebPage",
        "url": url,
        "name": row.title,
        "description": row.dek,
        "primaryImageOfPage": {"@type": "ImageObject", "contentUrl": image},
        "datePublished": row.launched_at.isoformat(timespec="minutes"),
        "mainEntity": project,
    }
    if phase == "open":
        words["expires"] = row.ends_at.isoformat(timespec="minutes")
    text = json.dumps(words, ensure_ascii=False).replace("<", "\\u003c").replace("&", "\\u0026")
    return Markup('<script type="application/ld+json">%s</script>') % Markup(text)  # noqa: S704 - JSON, `<` and `&` escaped


def _placed(row: Any) -> Placed:
    if isinstance(row, Placed):
        return row
    shown = pictures.shown(row.picture_number, row.picture_width, row.picture_height, row.picture_alt)
    return Placed(row.picture_number, shown.src, shown.src_small, shown.width, shown.height, shown.alt)
