"""Every form of the product: who sends it, where, and what would be right in it."""

from __future__ import annotations

from typing import Any

from community.earning import milestone_rules
from tests import people
from tests.builders import INTRODUCTION, TEXT
from tests.crowdfund import drafts, stage
from tests.security.town import Town
from tests.shop.goods import STORY

Form = tuple[str, str, dict[str, str], tuple[str, ...]]  # who, address, what is right, which fields are numbers
WORDS = "Bowls and cups, thrown by hand and sold at two markets on the coast, every second week."
ADDRESS = {
    "recipient": "Ann", "street": "Rua 1", "postcode": "4050", "town": "Porto", "country": "PT", "phone": "+351 1",
    "points": "0", "seen_minor": "5300",
}  # fmt: skip
_PAYOUT = {"total": "48.20", "method": "bank", "reference": "Ninefold 1"}


def forms(here: Town) -> dict[str, Form]:
    """Endpoint -> the form."""
    at = here.at
    return {
        **_way_in(),
        **_dues(at),
        **_living(at),
        **_decided(at),
        **_desk(at),
        **_shop(at),
        **_brand(at),
        **_campaigns(at),
        **_pledges(at),
    }


def _way_in() -> dict[str, Form]:
    answers = {**dict.fromkeys(("make", "learn", "give"), WORDS), "stage": "selling", "act": "send"}
    password = people.PASSWORD
    return {
        "sign_up": ("visitor", "/join/account", {"name": "Nia", "email": "n@n.test", "password": password}, ()),
        "signed_in": ("visitor", "/sign-in", {"email": "ann@ninefold.test", "password": "a wrong one"}, ()),
        "ask_for_reset": ("visitor", "/password-reset", {"email": "n@n.test"}, ()),
        "change_account": ("locked", "/account", {"name": "Ben", "timezone": "Europe/Lisbon"}, ()),
        "change_password": ("locked", "/account/password", {"old": password, "password": "another one"}, ()),
        "change_portrait": ("locked", "/account/portrait", {"symbol": "spot-bell"}, ()),
        "apply": ("newcomer", "/join/application", answers, ()),
        "draft": ("newcomer", "/join/application", {**answers, "act": ""}, ()),
        "covenant": ("covenant_due", "/join/covenant", {"version": "x" * 64, "agreed": "y"}, ()),
        "introduce": ("intro_due", "/join/introduction", {"body": INTRODUCTION, "symbol": "spot-bell"}, ()),
    }


def _living(at: dict[str, Any]) -> dict[str, Form]:
    source = {"source_kind": "book", "source_title": "A book", "source_author": "Somebody", "text": TEXT}
    talk = {"title": "Prices", "place": "The shed", "starts_at": "2026-11-25T10:00"}
    return {
        "post_write": ("locked", "/posts", {"title": "A kiln", "body": WORDS}, ()),
        "post_change": ("owner", f"/posts/{at['post']}", {"title": "A kiln", "body": WORDS}, ()),
        "post_comment": ("locked", f"/posts/{at['post']}/comments", {"body": "Well said."}, ()),
        "checkin_write": ("locked", "/cells/harbour/check-ins", {**source, "week": "2026-48"}, ()),
        "checkin_change": ("owner", f"/posts/{at['checkin']}/check-in", source, ()),
        "heart_talk_plan": ("steward", "/cells/harbour/heart-talks", talk, ()),
        "heart_talk_attend": ("locked", f"/cells/harbour/heart-talks/{at['talk']}/attendance", {"code": "WRONG1"}, ()),
    }


def _dues(at: dict[str, Any]) -> dict[str, Form]:
    tier = {"name": "Patron", "gives": "The same, for two.", "month": "30.00", "year": "300.00", "place": "2"}
    prices = ("month", "year", "place")
    offer = {"code": "SPRING", "percent": "20", "amount": "", "span": "months", "months": "3", "tier": str(at["tier"]),
             "valid_until": "2027-05-01T10:00", "uses": "9"}  # fmt: skip
    asked = {"asked": "y", "grace_until": "2027-01-01T10:00", "trial_days": "14", "choose_days": "14"}
    gift = {"email": "ben@ninefold.test", "until": "2027-01-01T10:00", "why": "For a year of carrying chairs."}
    chosen = {"tier": str(at["tier"]), "every": "month", "code": "WELCOME"}
    return {
        "choose_dues": ("locked", "/account/dues", chosen, ("tier",)),
        "change_dues": ("locked", "/account/dues/change", {"price": "1", "at": "1795424400"}, ("price", "at")),
        "make_tier": ("operator", "/desk/dues/tiers", tier, prices),
        "change_tier": ("operator", f"/desk/dues/tiers/{at['tier']}", tier, prices),
        "make_offer": ("operator", "/desk/dues/offers", offer, ("percent", "amount", "months", "tier", "uses")),
        "set_dues": ("operator", "/desk/dues/settings", asked, ("trial_days", "choose_days")),
        "give_dues": ("operator", "/desk/dues/complimentary", gift, ()),
        "end_gift": ("operator", "/desk/dues/complimentary/zoe/end", {"why": "It is over."}, ()),
    }


def _desk(at: dict[str, Any]) -> dict[str, Form]:
    application, zoe = f"/desk/applications/{at['application']}", f"/desk/members/{at['handle']}"
    return {
        "approve": ("steward", f"{application}/approval", {"cell": "1"}, ("cell",)),
        "reject": ("steward", f"{application}/rejection", {"reason": "Not this year, I am afraid."}, ()),
        "refuse_wish": ("operator", f"/desk/approvals/{at['wish']}/refusal", {"note": "Not this much."}, ()),
        "make_brand": ("operator", "/desk/brands", {"name": "Loom", "about": "Blankets."}, ()),
        "name_admin": ("operator", f"/desk/brands/{at['brand']}/admins", {"email": "ben@ninefold.test"}, ()),
        "open_cell": ("operator", "/desk/cells", {"name": "Hill", "about": "On it", "timezone": "UTC"}, ()),
        "explain_finding": (
            "operator",
            f"/desk/payments/reconciliation/{at['finding']}/explanation",
            {"why": WORDS},
            (),
        ),
        "suspend": ("operator", f"{zoe}/suspension", {"why": "Three letters and no answer."}, ()),
        "appoint": ("operator", f"{zoe}/roles", {"role": "steward"}, ()),
        "dismiss": ("operator", f"{zoe}/roles/end", {"role": "nobody", "scope": "0"}, ("scope",)),
        "refund": (
            "operator",
            f"/desk/orders/{at['order']}/refund",
            {"how_much": "parts", f"of_{at['parcel']}": "1.00", "why": "It broke on the way."},
            (),
        ),
        "give_back": (
            "operator",
            f"/desk/payments/charges/{at['charge']}/refund",
            {"amount": "1.00", "why": "It broke on the way."},
            (),
        ),
        "pay_outside": (
            "operator",
            f"/desk/payments/refunds/{at['refund']}/outside",
            {"reference": "NF-7 of Monday", "why": "Their account is closed."},
            (),
        ),
    }


def _decided(at: dict[str, Any]) -> dict[str, Form]:
    """What people decide about points and texts."""
    zoe, signal, why = f"/desk/members/{at['handle']}", f"/desk/signals/{at['signal']}", {"why": "It names a customer."}
    evidence = {"points": "20", "evidence": "Nine likes in a minute, none of them read."}
    gift = {"amount": "10", "places": "3", "kind": "random", "note": "For Sunday"}
    by_hand = {"email": "ben@ninefold.test", "spendable": "5", "standing": "5", **why}
    budget = {"issuer": "community", "amount": "5", "why": "More for the winter."}
    return {
        "envelope_open": ("engaged", "/cells/harbour/envelopes", gift, ("amount", "places")),
        "impose": ("steward", f"{zoe}/penalties", {"rule": "spam", **evidence}, ("points",)),
        "overturn": ("operator", f"{zoe}/penalties/{at['penalty']}/overturning", why, ()),
        "adjust": ("operator", "/desk/adjustments", by_hand, ()),
        "top_up": ("operator", "/desk/points/budgets", budget, ("amount",)),
        **_rules(at, why),
        "dismiss_signal": ("operator", f"{signal}/dismissal", why, ()),
        "answer_signal": ("operator", f"{signal}/answer", {"who": "all", **evidence}, ("points",)),
        "hide_post": ("steward", f"/desk/posts/{at['post']}/hiding", why, ()),
        "hide_comment": ("steward", f"/desk/comments/{at['comment']}/hiding", why, ()),
    }


def _rules(at: dict[str, Any], why: dict[str, str]) -> dict[str, Form]:
    """What operators draft at the desk of rules."""
    like = {"standing": "1", "spendable": "3", "delay_hours": "72", "issuer": "community", "capped": "yes", **why}
    numbers = ("standing", "spendable", "delay_hours")
    caps = {"day": "50", "week": "250", "first_day": "120", "first_week": "500", "giver_week": "3", "pair_week": "5",
            "giver_days": "14", **why}  # fmt: skip
    engaged = {**dict.fromkeys(milestone_rules.GAIN, "0"), "checkins": "2", "checkin_weeks": "4", "keep_weeks": "8"}
    draft = f"/desk/rules/like/drafts/{at['draft']}"
    return {
        "draft_rule": ("operator", "/desk/rules/like/drafts", like, numbers),
        "draft_caps": ("operator", "/desk/rules/caps/drafts", caps, tuple(caps)[:-1]),
        "draft_milestone": ("operator", "/desk/rules/engaged/drafts", {**engaged, **why}, tuple(engaged)),
        "adopt_draft": ("operator", f"{draft}/adoption", {"holds_from": "2026-12-01T10:00", **why}, ()),
        "withdraw_draft": ("operator", f"{draft}/withdrawal", why, ()),
    }


def _shop(at: dict[str, Any]) -> dict[str, Form]:
    put = {"variant": str(at["variant"]), "quantity": "1"}
    return {
        "put": ("engaged", f"/shop/products/{at['slug']}/cart", put, ("variant", "quantity")),
        "change": ("engaged", f"/shop/cart/{at['variant']}", {"quantity": "2"}, ("quantity",)),
        "place": ("engaged", "/shop/orders", ADDRESS, ("points", "seen_minor")),
        "send": ("maker", f"/desk/parcels/{at['parcel']}/sending", {"tracking": "NF 1"}, ()),
        "payout_send": ("operator", f"/desk/payments/payouts/{at['payout']}/sending", _PAYOUT, ("total",)),
        "payout_return": ("operator", f"/desk/payments/payouts/{at['payout']}/return", {"why": "It was closed."}, ()),
    }


def _brand(at: dict[str, Any]) -> dict[str, Form]:
    product, shipping = f"/desk/products/{at['product']}", f"/desk/shipping/{at['brand']}"
    words = {
        "brand_id": str(at["brand"]), "title": "Cup", "dek": "For tea.", "story": STORY, "figures": "High: 8 cm",
        "visibility": "members", "plate_1": "", "alt_1": "A cup",
    }  # fmt: skip
    kind = {"kind": "Green", "note": "Last of it", "price": "48.50"}
    return {
        "create": ("maker", "/desk/products", words, ("brand_id",)),
        "change_product": ("maker", product, words, ()),
        "add_variant": ("maker", f"{product}/variants", {**kind, "initial": "3"}, ("initial", "price")),
        "change_variant": ("maker", f"{product}/variants/{at['variant']}", kind, ("price",)),
        "restock": ("maker", f"{product}/variants/{at['variant']}/restocking", {"count": "5"}, ("count",)),
        "set_rate": ("maker", f"{shipping}/rates", {"zone": "world", "flat": "9", "free_from": "90"},
                     ("flat", "free_from")),
        "set_tax": ("maker", f"{shipping}/tax", {"tax_bp": "2300"}, ("tax_bp",)),
    }  # fmt: skip


def _campaigns(at: dict[str, Any]) -> dict[str, Form]:
    draft, live, review = (f"/desk/campaigns/{at[name]}" for name in ("draft", "campaign", "review"))
    words = {
        "version": "2", "title": "A wheel", "dek": "To turn.", "story": drafts.STORY, "risks": drafts.RISKS,
        "what_0": "All of it", "cost_0": "10000",
    }  # fmt: skip
    whole = {
        **words, "goal": "10000", "opens_at": "2026-11-25T10:00", "ends_at": "2026-12-20T10:00",
        "visibility": "members", "plate": "kiln", "alt": "A kiln",
    }  # fmt: skip
    numbers = ("version", "cost_0", "goal", "opens_at", "ends_at")
    reward = {"title": "A jug", "text": "Blue.", "price": "40", "places": "9", "estimated_on": "2027-05",
              "shipping": "5"}  # fmt: skip
    counts = ("price", "places", "estimated_on", "shipping")
    update = {"title": "It is here", "body": "The wheel came on Monday morning."}
    why = {"why": "Say where the wheel comes from."}
    return {
        "campaign_begin": ("maker", "/desk/campaigns", {"brand_id": str(at["brand"]), "title": "A jug"}, ("brand_id",)),
        "campaign_save": ("maker", draft, whole, numbers),
        "campaign_submit": ("maker", f"{draft}/submission", whole, numbers),
        "campaign_texts": ("maker", f"{live}/texts", words, ("version", "cost_0")),
        "reward_add": ("maker", f"{draft}/rewards", reward, counts),
        "reward_places": ("maker", f"{live}/rewards/{at['reward']}/places", {"count": "3"}, ("count",)),
        "update_publish": ("maker", f"{live}/updates", update, ()),
        "update_edit": ("maker", f"{live}/updates/{at['update']}", {**update, "version": "1"}, ("version",)),
        "question_answer": ("maker", f"{live}/questions/{at['question']}", {"answer": "As high as a door."}, ()),
        "campaign_send_back": ("steward", f"{review}/return", why, ()),
    }


def _pledges(at: dict[str, Any]) -> dict[str, Form]:
    agreed = {"shipping_minor": "600", "wording_version": "1"}
    right = {**stage.ADDRESS, **agreed, "reward": str(at["reward"]), "amount": "48.00"}
    numbers = ("reward", "amount", *agreed)
    called_off = {"why": "The brand has closed its doors."}
    return {
        "ask": ("engaged", f"/campaigns/{at['campaign_slug']}/questions", {"text": "How high will it be?"}, ()),
        "pledge": ("engaged", f"/campaigns/{at['campaign_slug']}/pledge", right, numbers),
        "change_pledge": ("owner", f"/pledges/{at['pledge']}", right, numbers),
        "campaign_cancel": ("operator", f"/desk/campaigns/{at['campaign']}/cancellation", called_off, ()),
    }
