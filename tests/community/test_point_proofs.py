"""Proofs: what a member downloads holds offline by our script; nothing in it can be changed, left out or swapped."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from community.living import reactions
from tests import builders
from tests.conftest import ROOT

SCRIPT = ROOT / "static" / "proof" / "check.py"
Proof = dict[str, Any]


@pytest.fixture
def two(app: Any, sign_in: Any, travel: Any) -> tuple[Proof, Proof]:
    """The proofs of Ann and Ben, as they download them."""
    ann, ben = builders.member("Ann Adams"), builders.member("Ben Brown")
    number = builders.checkin(ann)
    with builders.work():
        reactions.like(builders.viewer(ben), number)
    travel(days=5)
    builders.points(ann, 7)
    return tuple(json.loads(sign_in(who).get("/points/proof").text) for who in (ann, ben))  # type: ignore[return-value]


def run(tmp_path: Path, *files: Proof) -> subprocess.CompletedProcess[str]:
    """The script, as a member runs it: by itself, with Python's own library alone."""
    names = []
    for count, file in enumerate(files):
        names.append(tmp_path / f"{count}.json")
        names[-1].write_text(json.dumps(file))
    command = [sys.executable, "-I", "-S", str(SCRIPT), *map(str, names)]
    return subprocess.run(command, capture_output=True, text=True, timeout=20)


@pytest.fixture
def check() -> Callable[..., None]:
    """The script's own check, in this process: raises what it refuses by."""
    space: dict[str, Any] = {"__name__": "check"}
    exec(compile(SCRIPT.read_text(), str(SCRIPT), "exec"), space)
    return lambda *files: list(space["check"](*copy.deepcopy(files))) and None


def purse(proof: Proof) -> Proof:
    found: Proof = next(one for one in proof["accounts"] if one["name"] == "purse")
    return found


def test_a_proof_holds_offline_and_its_root_is_published(two: Any, visitor: Any, tmp_path: Path) -> None:
    served = visitor.get("/proofs/check.py")
    assert served.data == SCRIPT.read_bytes()
    assert len(SCRIPT.read_text().splitlines()) < 100
    kept = visitor.get("/proofs.json").get_json()
    for proof in two:
        told = run(tmp_path, proof, kept)
        assert (told.returncode, told.stderr) == (0, "")
        assert proof["root"]["hash"] in told.stdout
    page = visitor.get("/proofs").text.replace("<wbr>", "")
    assert all(row["hash"] in page for row in kept["roots"])
    feed = ElementTree.fromstring(visitor.get("/proofs.atom").data)
    titles = [title.text or "" for title in feed.iterfind(".//{*}entry/{*}title")]
    assert [title.split()[1] for title in titles] == [row["hash"] for row in kept["roots"]]
    changed = copy.deepcopy(two[0])
    purse(changed)["legs"][0]["amount"] += 1
    refused = run(tmp_path, changed)
    assert refused.returncode == 1
    assert refused.stderr.startswith("REFUSED  purse of")
    assert run(tmp_path, {"format": 1}).stderr.startswith("REFUSED")


def _changes(proof: Proof, other: Proof) -> dict[str, Callable[[], object]]:
    one, legs, root = purse(proof), purse(proof)["legs"], proof["root"]
    return {
        "an amount": lambda: legs[0].update(amount=legs[0]["amount"] + 1),
        "an amount, and the balance with it": lambda: (legs[0].update(amount=99), one.update(balance=99)),
        "an instant": lambda: legs[0].update(at="2026-11-01T00:00:00.000000Z"),
        "a reason": lambda: legs[0].update(reason="points.gift"),
        "a kind": lambda: legs[0].update(kind="order"),
        "the first leg is missing": lambda: legs.pop(0),
        "the last leg is missing": lambda: (one.update(balance=one["balance"] - legs[-1]["amount"]), legs.pop()),
        "legs in another order": lambda: legs.reverse(),
        "a leg of somebody else": lambda: legs.__setitem__(-1, purse(other)["legs"][-1]),
        "an account of somebody else": lambda: proof["accounts"].append(purse(other)),
        "the balance": lambda: one.update(balance=one["balance"] + 1),
        "the secret": lambda: one.update(salt="0" * 64),
        "the place": lambda: one.update(place=one["place"] + 1),
        "the way up": lambda: one["path"].reverse() if len(one["path"]) > 1 else one["path"].clear(),
        "the root's tree": lambda: root.update(tree="0" * 64),
        "the root's day": lambda: root.update(on="2026-01-01"),
    }


def test_whatever_is_changed_is_refused(two: Any, check: Callable[..., None]) -> None:
    believed = []
    for what in _changes(*two):
        proof, other = copy.deepcopy(two)
        check(proof)
        assert purse(other)["legs"], "there is somebody else to swap with"
        _changes(proof, other)[what]()
        if proof == two[0]:
            believed.append(f"{what}: nothing was changed")
        try:
            check(proof)
        except Exception as refusal:
            believed += [] if type(refusal).__name__ == "Refused" else [f"{what}: {refusal!r}"]
        else:
            believed.append(what)
    assert not believed


def test_a_root_that_was_never_published_is_refused(two: Any, visitor: Any, check: Callable[..., None]) -> None:
    proof, kept = two[0], visitor.get("/proofs.json").get_json()
    check(proof, kept)
    for forge in (lambda rows: rows.pop(0), lambda rows: rows.pop(1), lambda rows: rows[-1].update(hash="0" * 64)):
        forged = copy.deepcopy(kept)
        forge(forged["roots"])
        with pytest.raises(Exception, match="root"):
            check(proof, forged)


def test_a_proof_says_nothing_of_anybody_else(app: Any, two: Any) -> None:
    ann, ben = two
    assert {one["owner"] for one in ann["accounts"]} == {ann["owner"]} != {ben["owner"]}
    said = json.dumps(ann)
    assert "like:" not in said  # a like's cause names who gave it
    assert '"kind": "like"' in said
    assert not {one["salt"] for one in ben["accounts"]} & {one["salt"] for one in ann["accounts"]}


def test_a_proof_is_there_after_the_first_night(app: Any, sign_in: Any, travel: Any, queries: Any) -> None:
    ann = builders.member("Ann Adams")
    client = sign_in(ann)
    assert client.get("/points/proof").status_code == 409
    assert "The first root" not in client.get("/proofs").text
    builders.points(ann, 7)
    travel(days=1)
    with queries() as seen:
        proof = json.loads(client.get("/points/proof").text)
    assert purse(proof)["balance"] == 7
    assert len(seen) <= 10
