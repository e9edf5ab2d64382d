"""Accounts: sign-up, confirmation, sign-in and passwords, telling nobody whether an address is known (TRUST)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import sha256
from itertools import count

from sqlalchemy import select, update

from community.joining import members, passwords, proofs, roles, tries
from community.joining.members import Member
from kernel import clock, db, mail, moves, texts
from kernel.errors import Invalid, TooMany

EMAIL = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+")

_timezone = "UTC"


def configure(timezone: str) -> None:
    """Take the instance's time zone, where new members stand at first."""
    global _timezone
    _timezone = timezone


def sign_up(name: str, email: str, password: str, key: str, address: str) -> None:
    """Make an account, or mail the owner of a known address; the caller cannot tell which. Goes outside."""
    name, email = members.tidy(name), valid_email(email)
    tries.count(address, "sign-up")
    enrol(name, email, passwords.hashed(password), key)


def enrol(name: str, email: str, password_hash: str, key: str) -> int | None:
    """Insert the member and mail the confirmation; None when the address or the key was there before."""
    member_id = _inserted(name, email, password_hash, key)
    if member_id is not None:
        moves.begun(Member, member_id, "applicant", member_id)
        send_confirmation(member_id)
        return member_id
    known = db.session.execute(select(Member.id, Member.key).where(Member.email == email)).one()
    if known.key != key:  # the same key is a double click, which gets nothing twice
        mail.queue(email, "community/known_address", key=_once_an_hour("known", email))
    return None


def send_confirmation(member_id: int) -> None:
    """Mail a confirmation link. Raises TooMany after five within an hour; a confirmed member gets none."""
    member = members.get(member_id)
    if member.confirmed_at is not None:
        return
    proof_id = proofs.issue(member_id, "confirm")
    if proof_id is None:
        raise TooMany("community.too_many_mails")
    mail.queue(member.email, "community/confirm", key=f"proof:{proof_id}", proof_id=proof_id, name=member.name)


def confirm(token: str) -> int:
    """Confirm the address behind a link and answer whose it is. Raises NotFound for a spent link."""
    member_id = proofs.use("confirm", token)
    _confirmed(member_id)
    return member_id


def began_with(member_id: int, key: str | None) -> bool:
    """Whether an account was made by the form with this key."""
    return key is not None and db.session.scalar(select(Member.key).where(Member.id == member_id)) == key


def recognise(email: str, password: str, address: str) -> int:
    """Whose e-mail and password these are. Raises Invalid, or TooMany. Goes outside."""
    tries.count(address, email)
    member = members.by_email(email)
    if not passwords.matches(member.password_hash if member else None, password) or member is None:
        raise Invalid("community.sign_in_wrong")
    return member.id


def ask_for_reset(email: str, address: str) -> None:
    """Mail a link for a new password to an address that is known; an unknown one hears the same, here and by mail."""
    email = valid_email(email)
    tries.count(address, "reset")
    member = members.by_email(email)
    proof_id = proofs.issue(member.id, "reset") if member else None
    if member and proof_id:
        mail.queue(member.email, "community/reset", key=f"proof:{proof_id}", proof_id=proof_id)
    elif member is None:
        mail.queue(email, "community/unknown_address", key=_once_an_hour("unknown", email))


def reset(token: str, password: str) -> int:
    """Set a new password by a link, sign out everywhere, and answer whose it is. Goes outside."""
    proofs.find("reset", token)
    password_hash = passwords.hashed(password)
    member_id = proofs.use("reset", token)
    _set_password(member_id, password_hash)
    _confirmed(member_id)  # whoever reads the address's mail has proved the address too
    return member_id


def change_password(member_id: int, old: str, new: str, address: str) -> None:
    """Change a password that is known, and sign out everywhere. Raises Invalid, or TooMany. Goes outside."""
    member = members.get(member_id)
    tries.count(address, member.email)
    if not passwords.matches(member.password_hash, old):
        raise Invalid("community.password_wrong", field="old")
    _set_password(member_id, passwords.hashed(new))


def valid_email(email: str) -> str:
    """The address in lower case. Raises Invalid."""
    email = email.strip().lower()
    if len(email) > 254 or not EMAIL.fullmatch(email):
        raise Invalid("community.email_invalid", field="email")
    return email


def _confirmed(member_id: int) -> None:
    unconfirmed = update(Member).where(Member.id == member_id, Member.confirmed_at.is_(None))
    if db.changed(unconfirmed.values(confirmed_at=clock.now())):
        roles.arrived(member_id)


def _once_an_hour(kind: str, email: str) -> str:
    """The key of a mail that anybody can have sent to anybody: no mailbox is filled by it."""
    return f"{kind}:{sha256(email.encode()).hexdigest()}:{clock.now():%Y%m%d%H}"


def _set_password(member_id: int, password_hash: str) -> None:
    db.changed(update(Member).where(Member.id == member_id).values(password_hash=password_hash))
    members.end_sessions(member_id)
    proofs.void(member_id)
    to = members.get(member_id).email
    mail.queue(to, "community/password_changed", key=f"password:{member_id}:{clock.now().isoformat()}")


def _inserted(name: str, email: str, password_hash: str, key: str | None) -> int | None:
    """The new member's id with the first free handle; None when the e-mail is known."""
    if key and db.session.scalar(select(Member.id).where(Member.key == key, Member.email != email)):
        key = None  # the form again with another address is another account
    values = {"name": name, "email": email, "password_hash": password_hash, "key": key or None, "version": 0}
    for handle in _handles(name):
        made = {"handle": handle, "state": "applicant", "timezone": _timezone, "created_at": clock.now()}
        member_id = db.insert_once(Member, **values, **made)
        if member_id is not None:
            return member_id
        if db.session.scalar(select(Member.id).where(Member.email == email)):
            return None
    raise AssertionError("unreachable")


def _handles(name: str) -> Iterator[str]:
    """The first name, the whole name, the whole name with a number."""
    whole = texts.slug(name)[:50]
    yield texts.slug(name.split()[0])
    yield whole
    yield from (f"{whole}-{number}" for number in count(2))
