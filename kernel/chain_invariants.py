"""What must always be true of chains and roots, recomputed from the legs as they stand; in constant memory."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from sqlalchemy import func, select

from kernel import db, merkle, roots
from kernel.chains import LEG, OWNER, Chain, Link, genesis, link_hash
from kernel.ledger import Account, Entry, LegRow
from kernel.roots import WIDTH, Branch, Root
from kernel.seals import Seal

MOST = 100  # breaches that are kept: a broken ledger may have a million


def chains_follow_from_legs() -> list[str]:
    """Accounts whose chain is not what their legs give, and links that are nobody's."""
    return list(islice(_torn(), MOST))


def roots_follow_from_chains() -> list[str]:
    """Nights whose branches, root or place in the row of roots are not what the chains give."""
    return list(islice(_false_nights(), MOST))


def _torn() -> Iterator[str]:
    sealed = db.session.scalar(select(func.max(Seal.chained_to))) or 0
    account, length, head, kept = 0, 0, "", (0, "")
    for row in db.session.execute(_legs(sealed), execution_options={"yield_per": 1000}):
        if row.account_id != account:
            if kept != (length, head):
                yield f"account {account}: its chain ends elsewhere"
            account, length, kept = row.account_id, 0, (row.chain_length, row.head)
            head = genesis(row.owner, row.name, row.unit, row.salt or "")
        if row.blind is None:
            yield f"leg {row.id} has no chain"
            kept = (length, head)
            continue
        length, head = length + 1, link_hash(head, length + 1, row, row.blind)
        if (row.sequence, row.hash) != (length, head):
            yield f"leg {row.id} is not link {length} of account {account}"
            # From here on each link would be wrong: the first one is named, and what follows it is looked at anew.
            head = row.hash or head
    if kept != (length, head):
        yield f"account {account}: its chain ends elsewhere"
    yield from _strays()


def _legs(sealed: int) -> Any:
    told = (Link.sequence, Link.hash, Chain.length.label("chain_length"), Chain.head, Chain.salt, Chain.blind)
    rows = select(*LEG, *OWNER, *told).join(Entry, Entry.id == LegRow.entry_id)
    rows = rows.join(Account, Account.id == LegRow.account_id)
    rows = rows.outerjoin(Link, (Link.leg_id == LegRow.id) & (Link.account_id == LegRow.account_id))
    rows = rows.outerjoin(Chain, Chain.account_id == LegRow.account_id)
    return rows.where(LegRow.id <= sealed).order_by(LegRow.account_id, LegRow.id)


def _strays() -> Iterator[str]:
    """Links and chains whose legs are gone."""
    gone = select(Link.leg_id).outerjoin(LegRow, LegRow.id == Link.leg_id).where(LegRow.id.is_(None)).limit(MOST)
    yield from (f"leg {leg_id} is gone, its link is not" for leg_id in db.session.scalars(gone))
    empty = select(Chain.account_id).where(~select(LegRow.id).where(LegRow.account_id == Chain.account_id).exists())
    yield from (f"account {account_id} has a chain and no legs" for account_id in db.session.scalars(empty.limit(MOST)))


def _false_nights() -> Iterator[str]:
    previous, number, linked_to, legs, standing = merkle.EMPTY, 0, 0, 0, list[str]()
    root: Root | None = None
    for root in roots.every():
        yield from _grown(root, standing)
        legs += _links(linked_to, root.leg_id)
        number, linked_to = number + 1, root.leg_id
        said = (root.number, root.previous, root.tree, root.legs_count, root.hash)
        if said != (number, previous, merkle.tree(standing), legs, roots.hash_of(root)):
            yield f"root {root.number} of {root.on_day} is not that of its night"
        if len(standing) != -(-root.accounts_count // WIDTH):
            yield f"root {root.number} counts other accounts than it covers"
        previous = root.hash
    if root is not None:
        # Branches that no night wrote again are looked at once, as they stand now.
        leg_id = root.leg_id
        wrong = (n for n, top in enumerate(standing) if merkle.tree(roots.leaves(leg_id, n)) != top)
        yield from (f"branch {n} is not that of its accounts" for n in wrong)
    sealed = select(Seal.id).where(Seal.published_at.is_not(None), ~select(Root.id).where(_of_seal()).exists())
    yield from (f"night {seal_id} has no root" for seal_id in db.session.scalars(sealed.limit(MOST)))


def _grown(root: Root, standing: list[str]) -> Iterator[str]:
    """Put a night's branches into place, each compared with what its accounts give."""
    rows = select(Branch.place, Branch.hash).where(Branch.seal_id == root.seal_id).order_by(Branch.place)
    for place, top in db.session.execute(rows):
        if place > len(standing):
            yield f"root {root.number} has no branch {len(standing)}"
            return
        standing[place : place + 1] = [top]
        if merkle.tree(roots.leaves(root.leg_id, place)) != top:
            yield f"branch {place} of root {root.number} is not that of its accounts"


def _links(after: int, upto: int) -> int:
    linked = select(func.count()).select_from(Link).where(Link.leg_id > after, Link.leg_id <= upto)
    return db.session.scalar(linked) or 0


def _of_seal() -> Any:
    return Root.seal_id == Seal.id


INVARIANTS = {
    "every leg is linked once, upon the one before it": chains_follow_from_legs,
    "every root is that of its night, upon the one before it": roots_follow_from_chains,
}
