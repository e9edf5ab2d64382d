"""Tables as files: read in batches, and nothing in them that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from types import SimpleNamespace

import pytest

from kernel.web import tables


@pytest.mark.parametrize("begins", ["=", "+", "-", "@", "\t", "\r", "\n", " =", "\uff1d", "\uff20"])
def test_what_a_spreadsheet_would_run_is_text(begins):
    assert tables.harmless(f"{begins}1+1") == f"'{begins}1+1"


@pytest.mark.parametrize("plain", ["Ann", "4050-265", "12.50", "", 'He said "no", twice', "a=b"])
def test_plain_text_stays_as_it_is(plain):
    assert tables.harmless(plain) == plain


@pytest.mark.parametrize(("number", "cell"), [(Decimal("-95.00"), "-95.00"), (-7, "-7"), ("-95.00", "'-95.00")])
def test_a_number_below_nothing_can_be_added_up_and_a_text_like_it_is_text(number, cell):
    assert tables.harmless(number) == cell


def test_a_sheet_is_read_batch_by_batch_and_whole(app, monkeypatch):
    monkeypatch.setattr(tables, "BATCH", 2)
    rows = [SimpleNamespace(id=n, name=f'Nr "{n}", so') for n in range(1, 6)]
    asked = []

    def read(after: int, most: int) -> list[SimpleNamespace]:
        asked.append(after)
        return [row for row in rows if row.id > after][:most]

    with app.test_request_context():
        answer = tables.sheet(
            "All of them", ["Id", "Name"], ([[r.id, r.name] for r in b] for b in tables.batches(read))
        )
    said = answer.get_data(as_text=True)
    assert said.startswith(tables.BOM)
    assert list(csv.reader(io.StringIO(said.removeprefix(tables.BOM))))[1:] == [[str(r.id), r.name] for r in rows]
    assert asked == [0, 2, 4, 5]
    assert answer.headers["Content-Disposition"] == 'attachment; filename="all-of-them.csv"'
