"""The house: the slots through which packages meet. kernel knows the slots, never who fills them."""

from __future__ import annotations

import contextvars
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Flask, current_app
from sqlalchemy import ColumnElement, ScalarSelect, Select

from kernel import facts
from kernel.config import Config
from kernel.viewer import Viewer
from kernel.worker import Chore, Ticker

Member = ColumnElement[int]
Post = Callable[[str, bytes, Mapping[str, str]], int]  # address, body, headers -> status


@dataclass(frozen=True)
class NavItem:
    """A link of the main navigation."""

    label: Any
    endpoint: str
    order: int
    shown: Callable[[Viewer], bool] = lambda viewer: True
    values: Callable[[Viewer], dict[str, Any]] = lambda viewer: {}


@dataclass(frozen=True)
class DeskItem:
    """A link of the desk's rail under a heading; `may` decides who sees it, `also` are pages elsewhere.

    Where two links share a page, `about` says by the values in its address whose it is.
    """

    head: Any
    icon: str
    label: Any
    endpoint: str
    order: int
    may: Callable[[Viewer], bool]
    also: tuple[str, ...] = ()
    about: Callable[[Mapping[str, Any]], bool] = lambda values: True


@dataclass(frozen=True)
class Waiting:
    """Something that waits for a person at the desk."""

    count: int
    title: Any
    detail: Any
    url: str
    action: Any
    late: bool = False


@dataclass(frozen=True)
class Need:
    """The one thing that needs a member now, before any other next step."""

    title: Any
    text: Any
    url: str
    action: Any


@dataclass(frozen=True)
class Panel:
    """Something worth seeing beside the queue of today: a template with its values, and where there is more."""

    title: Any
    template: str
    values: dict[str, Any]
    more: tuple[Any, str] | None = None
    wide: bool = False


@dataclass(frozen=True)
class Purpose:
    """What a charge is for. Payments calls these in the transaction that moves the charge.

    `on_paid` answers True when the payment was taken; False makes a refund row. `on_paid_each`, where there is one,
    hears several subjects by charge and answers the charges it took; the others are asked one by one. `page` gives the
    address of the subject's page, where the payer returns to. `on_declined` hears that a saved card was refused: the
    subject, the charge, Stripe's code, and whether trying the same card again later makes sense.

    `on_refunded` hears the subject, the charge and how much went back just now: by a refund of ours, by one made at
    the provider, or because a dispute was lost. `on_refund_asked` hears the subject, the charge and the refund that an
    operator asked for on the charge's own page, and may refuse it; `on_refund_void` that a promised refund is not sent.
    `on_disputed` hears the subject and the charge when the payer's bank holds money of it; `on_dispute_closed` also
    how much of it is lost, after `on_refunded` was told of that part.

    `label` names the purpose to operators, `desk_page` is where they see the subject, `cause` how the ledger names it.
    """

    name: str
    on_paid: Callable[[int, int], bool]
    on_lapsed: Callable[[int], None]
    on_refunded: Callable[[int, int, int], None]
    page: Callable[[int], str]
    on_declined: Callable[[int, int, str, bool], None] = lambda subject_id, charge_id, code, retries: None
    on_refund_asked: Callable[[int, int, int], None] = lambda subject_id, charge_id, refund_id: None
    on_refund_void: Callable[[int, int], None] = lambda subject_id, charge_id: None
    on_disputed: Callable[[int, int], None] = lambda subject_id, charge_id: None
    on_dispute_closed: Callable[[int, int, int], None] = lambda subject_id, charge_id, lost_minor: None
    on_paid_each: Callable[[Mapping[int, int]], Collection[int]] | None = None
    label: Any = ""
    desk_page: Callable[[int], str | None] = lambda subject_id: None
    cause: Callable[[int], str] = lambda subject_id: ""


@dataclass(frozen=True)
class CardPurpose:
    """What a card is saved for. Payments calls these in the transaction that moves the setup.

    `on_saved` hears the subject and the setup, and answers True when the card was taken; a refused one is forgotten.
    """

    name: str
    on_saved: Callable[[int, int], bool]
    on_lapsed: Callable[[int], None]
    page: Callable[[int], str]


@dataclass(frozen=True)
class SubscriptionPurpose:
    """What a payer subscribes to. Payments calls these in the transaction that moves the subscription.

    `on_begun` hears the subject; `on_paid` also until when its invoices now pay and the charge of the newest (waived
    when there was nothing to pay); `on_failed` when the card is tried again, None for never; `on_ended` that it is
    over at the provider; `on_lapsed` that the page was left unused. `page` is where the payer returns to; `names` is
    what is paid for at a price of the provider's, None for one that the owner does not know.
    """

    name: str
    on_begun: Callable[[int], None]
    on_paid: Callable[[int, datetime, int], None]
    on_failed: Callable[[int, datetime | None], None]
    on_ended: Callable[[int], None]
    on_lapsed: Callable[[int], None]
    page: Callable[[int], str]
    names: Callable[[str], str | None] = lambda price_id: None


@dataclass(frozen=True)
class PayeeKind:
    """Whom payments may owe: the payee "brand:7" is number 7 of the kind "brand".

    Who holds `role` over a number reads its statement; `people` are the ids and addresses of those who do.
    """

    role: str
    names: Callable[[Iterable[int]], dict[int, str]]
    people: Callable[[int], dict[int, str]]


@dataclass(frozen=True)
class Cause:
    """What something is owed for: a number or a title, and its address; None where this viewer may not look."""

    name: str
    url: str | None


@dataclass(frozen=True)
class CauseKind:
    """A kind of causes: the word before their names, and how they are found by id for a viewer."""

    word: Any
    find: Callable[[Viewer, Iterable[int]], dict[int, Cause]]


@dataclass(frozen=True)
class Scene:
    """One act of the demo's story: when it happens and the verb that makes it happen."""

    at: datetime
    act: Callable[[], None]


@dataclass
class House:
    """Everything that packages contribute, collected once at start."""

    config: Config
    blueprints: list[Blueprint] = field(default_factory=list)
    mounts: dict[str, Any] = field(default_factory=dict)
    exempt: list[Blueprint] = field(default_factory=list)
    nav: list[NavItem] = field(default_factory=list)
    desk: list[DeskItem] = field(default_factory=list)
    today: list[Callable[[Viewer], Iterable[Waiting]]] = field(default_factory=list)
    tallies: dict[str, Callable[[Viewer], ScalarSelect[Any] | None]] = field(default_factory=dict)  # for `today`
    beside: list[Callable[[Viewer], Iterable[Panel]]] = field(default_factory=list)
    counters: dict[str, Callable[[Member], ScalarSelect[Any]]] = field(default_factory=dict)
    home: Callable[[Viewer], Any] | None = None
    acts: dict[str, Any] = field(default_factory=dict)  # what takes four eyes, each an approvals.Act
    operators: Callable[[], dict[int, str]] = dict  # member ids of the operators, each with an e-mail address
    needs: list[Callable[[Viewer], Need | None]] = field(default_factory=list)  # asked on home, without a query
    landing: dict[str, Callable[[], Any]] = field(default_factory=dict)
    load_viewer: Callable[[int], Viewer | None] = lambda member_id: None
    path: Callable[[Viewer], Any] = lambda viewer: None
    invariants: dict[str, Callable[[], list[str]]] = field(default_factory=dict)
    purposes: dict[str, Purpose] = field(default_factory=dict)
    card_purposes: dict[str, CardPurpose] = field(default_factory=dict)
    subscription_purposes: dict[str, SubscriptionPurpose] = field(default_factory=dict)
    payers: Callable[[Iterable[int]], dict[int, str]] = (
        lambda ids: {}
    )  # the names of members, who pay or ask, for operators
    payees: dict[str, PayeeKind] = field(default_factory=dict)
    owners: dict[str, Callable[[], Select[int, str]]] = field(default_factory=dict)  # by kind: kernel.owners
    causes: dict[str, CauseKind] = field(default_factory=dict)  # what is owed for, by table
    chores: list[Chore] = field(default_factory=list)
    tickers: list[Ticker] = field(default_factory=list)
    indoors: list[Callable[[Post], None]] = field(default_factory=list)
    sentences: dict[str, Any] = field(default_factory=dict)
    journey: Any = None  # what moves a demo's clock (kernel.demo.Journey); None where no clock may be moved
    gateway_hosts: Callable[[], tuple[str, ...]] = lambda: ()
    plate: Callable[[str], Any] = lambda name: None  # a drawing by its plain name, as pages show pictures
    plates: Callable[[], list[str]] = list  # the names of all drawings
    pictures: dict[str, Callable[[Viewer, Any], bool]] = field(default_factory=dict)  # purpose -> who may see its row
    demo: dict[str, Callable[[Any], Iterable[Scene]]] = field(default_factory=dict)
    commands: list[Any] = field(default_factory=list)

    def blueprint(self, *blueprints: Blueprint) -> None:
        """Add routes."""
        self.blueprints.extend(blueprints)

    def listen(
        self,
        fact: str,
        name: str,
        hear: Callable[[facts.Fact], None],
        inline: bool = False,
        hear_each: Callable[[Sequence[facts.Told]], None] | None = None,
    ) -> None:
        """Subscribe to a fact by its name."""
        facts.listen(fact, facts.Listener(name, hear, inline, hear_each))

    def say(self, sentences: Mapping[str, Any]) -> None:
        """Add the sentences of message keys."""
        self.sentences.update(sentences)


def stay_indoors(app: Flask) -> None:
    """Let whoever would call this site over HTTP call this process's own app: nothing may be listening yet."""

    def post(url: str, body: bytes, headers: Mapping[str, str]) -> int:
        def call() -> int:
            return app.test_client().post(urlsplit(url).path, data=body, headers=dict(headers)).status_code

        return contextvars.Context().run(call)

    for told in app.extensions["house"].indoors:
        told(post)


def current() -> House:
    """The house of the running app."""
    house: House = current_app.extensions["house"]
    return house
