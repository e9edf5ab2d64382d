"""Proofs: links in mail that prove an address; a page with one button, single use, one hour (TRUST)."""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import func, select, update

from kernel import clock, db
from kernel.errors import NotFound

LIFE = timedelta(hours=1)
MOST_AN_HOUR = 5

_secret = b""


def configure(secret_key: str) -> None:
    """Take the secret from which tokens are made, once at start."""
    global _secret
    _secret = sha256(b"proofs:" + secret_key.encode()).digest()


class Proof(db.Model):
    """A link that was mailed: only a seed and the token's hash are kept, so that the rows alone open nothing."""

    __tablename__ = "community_proofs"

    id: db.Mapped[int] = db.pk()
    member_id: db.Mapped[int] = db.ref("community_members.id")
    kind: db.Mapped[str] = db.text(20)
    seed: db.Mapped[str] = db.text(40)
    token_hash: db.Mapped[str] = db.text(64, unique=True)
    created_at: db.Mapped[datetime]
    expires_at: db.Mapped[datetime]
    used_at: db.Mapped[datetime | None]


def issue(member_id: int, kind: str) -> int | None:
    """A new proof of a kind; its id, or None when this member had too many within the hour."""
    now = clock.now()
    lately = select(func.count()).where(Proof.member_id == member_id, Proof.created_at > now - LIFE)
    if (db.session.scalar(lately) or 0) >= MOST_AN_HOUR:
        return None
    seed = secrets.token_urlsafe(24)
    proof = Proof(member_id=member_id, kind=kind, seed=seed, token_hash=_hash(_made(seed)), created_at=now)
    proof.expires_at = now + LIFE
    db.session.add(proof)
    db.session.flush()
    return proof.id


def token(proof_id: int) -> str:
    """The secret part of a proof's link, for the mail."""
    return _made(db.session.get_one(Proof, proof_id).seed)


def find(kind: str, given: str) -> Proof:
    """The live proof behind a token. Raises NotFound when it was used, ran out or never was."""
    live = (Proof.used_at.is_(None), Proof.expires_at > clock.now())
    found = db.session.scalar(select(Proof).where(Proof.token_hash == _hash(given), Proof.kind == kind, *live))
    if found is None:
        raise NotFound("community.link_spent")
    return found


def use(kind: str, given: str) -> int:
    """Spend a token once and answer whose it was. Raises NotFound like `find`."""
    proof = find(kind, given)
    if not db.changed(update(Proof).where(Proof.id == proof.id, Proof.used_at.is_(None)).values(used_at=clock.now())):
        raise NotFound("community.link_spent")
    return int(proof.member_id)


def void(member_id: int) -> None:
    """Spend every open link of a member: whoever changed the password holds the address."""
    open_ones = update(Proof).where(Proof.member_id == member_id, Proof.used_at.is_(None))
    db.changed(open_ones.values(used_at=clock.now()))


def _made(seed: str) -> str:
    return hmac.new(_secret, seed.encode(), sha256).hexdigest()[:40]


def _hash(given: str) -> str:
    return sha256(given.encode()).hexdigest()
