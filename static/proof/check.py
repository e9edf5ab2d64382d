#!/usr/bin/env python3
"""Checks the proof of a Ninefold account, offline: python3 check.py proof.json [roots.json]

proof.json is what you download from your statement. roots.json is optional: the published roots, downloaded from
/proofs.json on any day you like; best is a copy that you kept yourself, or that somebody else kept.
"""

import json
import sys
from hashlib import sha256
from itertools import pairwise


class Refused(Exception):
    """The proof does not hold; says where."""


def digest(*parts):
    return sha256(json.dumps(parts, separators=(",", ":")).encode("ascii")).hexdigest()


def expect(holds, why):
    if not holds:
        raise Refused(why)


def check_root(root):
    said = [root[name] for name in ("number", "on", "leg", "accounts", "legs", "tree", "previous")]
    expect(root["hash"] == digest("ninefold-root-1", *said), f"root {root['number']} is not the hash of what it says")


def check_account(account, root):
    """Every leg upon the one before it, their sum, and the way from the last one up to the root."""
    name = f"{account['name']} of {account['owner']}"
    head = digest("ninefold-chain-1", account["owner"], account["name"], account["unit"], account["salt"])
    last, total = 0, 0
    for number, leg in enumerate(account["legs"], 1):
        expect(leg["sequence"] == number, f"{name}: leg {number} is missing or out of order")
        expect(isinstance(leg["amount"], int) and last < leg["leg"] <= root["leg"], f"{name}: leg {number} is no leg")
        said = [leg[word] for word in ("leg", "at", "amount", "reason", "kind", "seal")]
        head = digest(head, number, *said)
        expect(head == leg["hash"], f"{name}: leg {number} was changed, or another stood before it")
        last, total = leg["leg"], total + leg["amount"]
    expect(total == account["balance"], f"{name}: its legs sum up to {total}, not to {account['balance']}")
    climbed = digest("leaf", account["place"], len(account["legs"]), head)
    for side, partner in account["path"]:
        climbed = digest("node", partner, climbed) if side == "left" else digest("node", climbed, partner)
    expect(climbed == root["tree"], f"{name}: its last leg does not lead to the root; the end may be missing")


def check_published(root, published):
    """The published roots follow each other without a gap, and the proof's root is one of them."""
    rows = sorted(published["roots"], key=lambda row: row["number"])
    for row in rows:
        check_root(row)
    for older, newer in pairwise(rows):
        follows = newer["number"] == older["number"] + 1 and newer["previous"] == older["hash"]
        expect(follows, f"root {newer['number']} does not follow the one before it")
    expect(root in rows, f"root {root['number']} of the proof is not among the published ones")


def check(proof, published=None):
    """Raises Refused; the lines to be shown otherwise."""
    expect(proof["format"] == "ninefold-proof-1", "this is no proof that I know")
    root = proof["root"]
    check_root(root)
    if published is not None:
        check_published(root, published)
    for account in proof["accounts"]:
        expect(account["owner"] == proof["owner"], "the proof holds the account of somebody else")
        check_account(account, root)
    for account in proof["accounts"]:
        yield f"holds  {account['name']}: {len(account['legs'])} legs, {account['balance']} {account['unit']}"
    kept = "is among the published ones" if published is not None else "must be the one on /proofs"
    yield f"Root {root['number']} of {root['on']} {kept}:\n{root['hash']}"


def main(arguments):
    try:
        given = []
        for path in arguments:
            with open(path, encoding="utf-8") as file:
                given.append(json.load(file))
        sys.stdout.write("\n".join(check(*given)) + "\n")
    except Refused as why:
        sys.exit(f"REFUSED  {why}")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        sys.exit(f"REFUSED  this cannot be read as a proof: {error!r}")


if __name__ == "__main__":
    main(sys.argv[1:3]) if len(sys.argv) > 1 else sys.exit(__doc__)
