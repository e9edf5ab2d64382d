"""Connected accounts: somebody who is owed money says on a hosted page who they are, and may then receive it."""

from typing import Any
from urllib.parse import urlsplit

from payments.sandbox import events, lists
from payments.sandbox.customers import valid_email
from payments.sandbox.file import Rows, shown
from payments.sandbox.handlers import imitates
from payments.sandbox.metadata import within_limits
from payments.sandbox.refusals import Refusal, missing_param, unsupported
from payments.sandbox.turns import Turn, fresh_id

Json = dict[str, Any]
KIND, LINK = "account", "account_link"
LINK_S = 5 * 60
WANTED = ("individual.first_name", "individual.last_name", "external_account", "tos_acceptance.date")


@imitates("POST /v1/accounts", "email", "country", "metadata", "controller", "capabilities.transfers.requested")
def create(turn: Turn, params: Json) -> Json:
    """A new account that can receive nothing yet."""
    if "email" in params:
        valid_email(params["email"], "email")
    controller = params.get("controller", {})
    if controller.get("stripe_dashboard", {}).get("type") != "express":
        raise unsupported("accounts without the express dashboard", "controller[stripe_dashboard][type]")
    if not params.get("capabilities", {}).get("transfers", {}).get("requested"):
        raise unsupported("accounts that receive no transfers", "capabilities[transfers][requested]")
    account: Json = {
        "id": fresh_id("acct"),
        "object": KIND,
        "created": turn.now,
        "type": "none",
        "email": params.get("email"),
        "country": params.get("country", "US"),
        "controller": {"type": "application", "is_controller": True, "requirement_collection": "stripe", **controller},
        "metadata": within_limits(params),
    }
    _stands(account, told=False, active=False)
    turn.rows.put(account)
    return shown(account)


@imitates("GET /v1/accounts/{account}")
def retrieve(turn: Turn, params: Json) -> Json:
    """One account."""
    return shown(turn.named(KIND, "account"))


@imitates("GET /v1/accounts", *lists.PAGING)
def listed(turn: Turn, params: Json) -> Json:
    """The connected accounts."""
    return lists.page(turn, KIND, "/v1/accounts", params)


@imitates("POST /v1/account_links", "account", "refresh_url", "return_url", "type")
def link(turn: Turn, params: Json) -> Json:
    """The address of a page on which the holder of an account says who they are, for five minutes and one use."""
    turn.need(KIND, params["account"], "account")
    if params["type"] != "account_onboarding":
        raise Refusal("You cannot create `account_update` links for this account.", param="type")
    for name in ("refresh_url", "return_url"):
        if name not in params:
            raise missing_param(name)
        if urlsplit(params[name]).scheme not in ("http", "https"):
            raise Refusal("Not a valid URL", code="url_invalid", param=name)
    made = {
        "id": fresh_id("link"),
        "object": LINK,
        "created": turn.now,
        "expires_at": turn.now + LINK_S,
        **{name: params[name] for name in ("account", "refresh_url", "return_url")},
        "used": False,
    }
    turn.rows.put(made)
    return {name: made[name] for name in ("object", "created", "expires_at")} | {
        "url": f"{turn.public_url}/setup/{made['id']}"
    }


def live_link(rows: Rows, link_id: str, now: int) -> tuple[Json | None, bool]:
    """A link and whether it can still be used."""
    found = rows.get(LINK, link_id)
    lives = found is not None and not found["used"] and found["expires_at"] > now
    return found, lives


def onboarded(turn: Turn, link_id: str, *, told: bool) -> str:
    """The holder told all, or left; the link is used up. Answers where to go, which is elsewhere for a dead link."""
    found, lives = live_link(turn.rows, link_id, turn.now)
    if found is None:
        raise Refusal(f"No such link: {link_id}", code="resource_missing", status=404)
    if not lives:
        return str(found["refresh_url"])
    turn.rows.put(found | {"used": True})
    if told:
        turn_to(turn, found["account"], active=True)
    return str(found["return_url"])


def turn_to(turn: Turn, account_id: str, *, active: bool) -> None:
    """Let an account receive transfers, or let it receive none any more."""
    account = turn.need(KIND, account_id, "account", status=404)
    _stands(account, told=account["details_submitted"] or active, active=active)
    turn.rows.put(account)
    events.emit(turn, "account.updated", account, account=account["id"])


def receives(turn: Turn, account_id: str) -> Json:
    """The account, if money can be sent to it; else refused as a destination."""
    account = turn.rows.get(KIND, account_id)
    if account is None:
        raise Refusal(f"No such destination: '{account_id}'", code="resource_missing", param="destination")
    if account["capabilities"]["transfers"] != "active":
        message = (
            "Your destination account needs to have at least one of the following capabilities enabled: transfers, "
            "crypto_transfers, legacy_payments"
        )
        raise Refusal(message, code="insufficient_capabilities_for_transfer")
    return account


def _stands(account: Json, *, told: bool, active: bool) -> None:
    due = [] if told else list(WANTED)
    account.update(
        capabilities={"transfers": "active" if active else "inactive"},
        charges_enabled=False,
        payouts_enabled=active,
        details_submitted=told,
        requirements={
            "currently_due": due,
            "eventually_due": due,
            "past_due": due,
            "pending_verification": [],
            "disabled_reason": None if active else "requirements.past_due" if due else "platform_paused",
        },
    )
