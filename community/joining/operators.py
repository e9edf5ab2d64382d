"""`flask operator add EMAIL`: makes the first operator, who opens cells and names everybody else."""

from __future__ import annotations

import secrets

import click

from community.joining import accounts, members, passwords, proofs, roles
from kernel import db, house, texts


@click.group("operator")
def operator() -> None:
    """Who runs this site."""


@operator.command("add")
@click.argument("email")
@click.option("--name", default="Operator", help="The name of a new account.")
def add(email: str, name: str) -> None:
    """Make EMAIL an operator, with an account if there is none, and print a link for a password."""
    with db.work():
        address = accounts.valid_email(email)
        member_id = appoint(address, name)
        proof_id = proofs.issue(member_id, "reset")
        token = proofs.token(proof_id) if proof_id else ""
    click.echo(f"{address} is an operator.")
    if token:
        click.echo(f"Within an hour, choose a password at {house.current().config.site_url}/password-reset/{token}")


def appoint(email: str, name: str) -> int:
    """The operator behind an e-mail, made if need be. Goes outside for the hash of a password that nobody knows."""
    member = members.by_email(email)
    if member is None:
        accounts.enrol(members.tidy(name), email, passwords.hashed(secrets.token_urlsafe(24)), texts.number())
        member = members.by_email(email)
    assert member is not None
    roles.grant(None, member.id, "operator")
    return member.id
