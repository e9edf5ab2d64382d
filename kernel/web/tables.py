"""Tables as files: CSV sent while it is read, with nothing in it that a spreadsheet would run (TRUST: Attacks)."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from flask import Response, current_app

from kernel import texts

Row = Sequence[Any]
BATCH = 500
RUNS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # a formula begins so, also wide
BOM = "\ufeff"  # without it spreadsheets guess the encoding, and guess wrong


def sheet(name: str, heads: Row, batches: Iterable[Iterable[Row]]) -> Response:
    """A CSV file to be saved under a name, made batch by batch, however long it is."""
    disposition = f'attachment; filename="{texts.slug(name)}.csv"'
    headers = {"Content-Disposition": disposition, "Cache-Control": "private, no-store"}
    return Response(_lines(heads, batches), mimetype="text/csv", headers=headers)


def batches(read: Callable[[int, int], list[Any]]) -> Iterator[list[Any]]:
    """Batch after batch of `read(after, most)`, each in a short transaction of its own, after the view has returned.

    Each row's `id` says where the next batch begins. Nobody's writing waits for a slow reader.
    """
    app = current_app._get_current_object()  # type: ignore[attr-defined]

    def reading() -> Iterator[list[Any]]:
        after = 0
        while True:
            with app.app_context():
                rows = read(after, BATCH)
            if not rows:
                return
            yield rows
            after = rows[-1].id

    return reading()


def harmless(value: Any) -> str:
    """A cell's text that no spreadsheet takes for a formula: an apostrophe says that it is text; numbers stay so."""
    if isinstance(value, (int, Decimal)):  # less than nothing begins as a formula does, and is to be added up
        return str(value)
    text = "" if value is None else str(value)
    return f"'{text}" if text.lstrip(" ").startswith(RUNS) else text


def _lines(heads: Row, batches: Iterable[Iterable[Row]]) -> Iterator[str]:
    yield BOM + _written([heads])
    for rows in batches:
        yield _written(rows)


def _written(rows: Iterable[Row]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows([harmless(value) for value in row] for row in rows)
    return out.getvalue()
