"""The published roots of the ledger's nights, for anybody to keep, and the script that checks a proof against them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Blueprint, Response, render_template
from markupsafe import Markup

from kernel import proofs, roots
from kernel.config import ROOT
from kernel.web import addresses
from kernel.web.visitors import cached_for_visitors

bp = Blueprint("proofs", __name__)
SCRIPT = Path(ROOT, "static", "proof", "check.py")
FORMAT = "ninefold-roots-1"
KEPT = 400  # nights in one file: more than a year
FED = 30


@bp.get("/proofs", endpoint="proofs")
@cached_for_visitors
def page() -> str:
    """The newest root, and those before it."""
    before = addresses.seen()
    rows = roots.published(before)
    shown = rows[: roots.PAGE]
    older = shown[-1].number if len(rows) > roots.PAGE else None
    return render_template("proofs.html", rows=shown, newest=None if before else next(iter(shown), None), older=older,
                           before=before)  # fmt: skip


@bp.get("/proofs.json", endpoint="kept")
@cached_for_visitors
def kept() -> Any:
    """The newest 400 roots, or those before a number, as proofs name them."""
    rows = roots.published(addresses.seen(), KEPT)[:KEPT]
    return {"format": FORMAT, "roots": [proofs.of_root(row) for row in rows]}


@bp.get("/proofs.atom", endpoint="feed")
@cached_for_visitors
def feed() -> Any:
    """The newest roots as an Atom feed: whoever follows it keeps what was published."""
    text = render_template("proofs.xml", rows=roots.published(most=FED)[:FED])
    return Response(text, mimetype="application/atom+xml")


@bp.get("/proofs/check.py", endpoint="script")
@cached_for_visitors
def script() -> Any:
    """The script that checks a proof offline, as it stands in the product's repository."""
    saved = {"Content-Disposition": 'attachment; filename="check.py"'}
    return Response(SCRIPT.read_bytes(), mimetype="text/x-python", headers=saved)


@bp.app_template_filter("digest")
def in_groups(hash_of: str) -> Markup:
    """A hash in groups of eight that may break, to be compared by eye; copied it is one word."""
    groups = [hash_of[n : n + 8] for n in range(0, len(hash_of), 8)]
    return Markup('<code class="digest">{}</code>').format(Markup("<wbr>").join(groups))
