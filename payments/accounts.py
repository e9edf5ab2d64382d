"""Connected accounts: a payee tells Stripe on its page who it is, and is paid out there from then on (Connect)."""

from __future__ import annotations

from sqlalchemy import update

from kernel import audits, clock, db
from kernel.errors import Conflict, NotFound, Unavailable
from kernel.viewer import Viewer
from payments import connection, pages, payees
from payments.gateway import GatewayDown
from payments.payees import Payee


def begin(viewer: Viewer, payee: str, page: str) -> str:
    """The address of Stripe's page, good for minutes, on which one of the payee's own people says who it is.

    The account is made at the first time; Stripe returns to `page` on this site. Raises NotFound and Unavailable.
    """
    if payee not in payees.of(viewer):
        raise NotFound
    payees.known(payee)
    account_id, back = payees.get(payee).account_id, f"{pages.site_url}{page}"
    try:
        if account_id is None:
            account_id = _opened(viewer, payee)
        with db.outside():
            return connection.gateway.onboarding(account_id=account_id, again_url=back, return_url=back)
    except GatewayDown as down:
        raise Unavailable("kernel.gateway_down") from down


def end(viewer: Viewer, payee: str) -> None:
    """Receive by bank transfer again, as one of the payee's own people. Raises NotFound, Conflict."""
    if payee not in payees.of(viewer):
        raise NotFound
    gone = {"account_id": None, "told_all": False, "may_receive": False, "connected_at": None}
    if not db.changed(update(Payee).where(Payee.name == payee, Payee.account_id.is_not(None)).values(gone)):
        raise Conflict("kernel.moved_on", table="payments_payees", verb="end")
    audits.record(viewer.id, "payments.disconnect", payee)


def told(account_id: str) -> None:
    """Stripe says that an account changed: note what it may do now, if it is one of ours."""
    if payees.find(Payee.account_id == account_id) is None:
        return
    with db.outside():
        seen = connection.batch.account(account_id)
    mine = update(Payee).where(Payee.account_id == account_id)
    db.changed(mine.values(told_all=seen.told_all, may_receive=seen.may_receive))
    first = mine.where(Payee.connected_at.is_(None), Payee.may_receive)
    db.changed(first.values(connected_at=clock.now()))


def _opened(viewer: Viewer, payee: str) -> str:
    with db.outside():
        made = connection.gateway.open_account(
            key=f"account-{payee}-{viewer.id}", email=viewer.email, metadata={"payee": payee}
        )
    once = update(Payee).where(Payee.name == payee, Payee.account_id.is_(None))
    if db.changed(once.values(account_id=made)):
        audits.record(viewer.id, "payments.connect", payee)
    return payees.get(payee).account_id or made
