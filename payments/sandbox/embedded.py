"""The sandbox as the product holds it: one object that is Stripe's API, its pages, its notices and its faults."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol, TypeVar

from payments.sandbox import (
    accounts,
    attempts,
    books,
    cards,
    deliveries,
    disputes,
    faults,
    methods,
    portals,
    refunds,
    timetable,
    transfers,
)
from payments.sandbox.api import Api
from payments.sandbox.books import Captured, Sums
from payments.sandbox.client import InProcess
from payments.sandbox.deliveries import Delivery, Post, http_post
from payments.sandbox.file import File
from payments.sandbox.pages import build
from payments.sandbox.refusals import SandboxRefused
from payments.sandbox.turns import Turn

T = TypeVar("T")
REAL_KEYS = ("sk_live_", "sk_test_", "rk_live_", "rk_test_")


class Journey(Protocol):
    """What moves the clock that the sandbox stands on."""

    bound_for: datetime | None

    def begin(self, by_s: int) -> bool:
        """Set out; False while the clock is still on its way elsewhere."""


class Sandbox:
    """An imitation of Stripe on one file, for any number of threads and processes; `app` is its WSGI application."""

    def __init__(
        self,
        path: Path,
        *,
        clock: Callable[[], datetime],
        public_url: str,
        notice_url: str,
        secret: str,
        key: str = "sk_demo_ninefold",
        production: bool = False,
        real_clock: Callable[[], datetime] | None = None,
        heard: Callable[[str], bool] = lambda kind: True,
        journey: Journey | None = None,
    ) -> None:
        """Raises SandboxRefused in production or with a key of Stripe; notices are signed by `real_clock`.

        `heard` names the kinds of events that the endpoint subscribed to; others are listed, but not sent by `tick`.
        `journey` lets the panel move the clock.
        """
        if production:
            raise SandboxRefused("the sandbox has no place in production")
        if key.startswith(REAL_KEYS) or not key.startswith("sk_demo_"):
            raise SandboxRefused("the sandbox's key begins with sk_demo_")
        if not secret:
            raise SandboxRefused("notices need a secret to be signed with")
        self.key = key
        self.public_url = public_url.rstrip("/")
        self.notice_url = notice_url
        self.secret = secret
        self.real_clock = real_clock
        self.heard = heard
        self.journey = journey
        self.file = File(path)
        self.api = Api(self.file, clock=clock, key=key, public_url=self.public_url)
        self.app = build(self)

    def http_client(self) -> InProcess:
        """What the Stripe library speaks through."""
        return InProcess(self.api)

    def pay(self, session_id: str, number: str = "4242424242424242") -> attempts.Outcome:
        """Submit a card on a session's page: paid, saved, declined or challenged; Refusal when it is not open."""
        return self._turn(lambda turn: attempts.pay(turn, session_id, number))

    def take_other(self, session_id: str, amount_minor: int, currency: str) -> None:
        """Pay a session with an amount, or in a currency, that it did not ask for; Refusal when it is not open."""
        self._turn(lambda turn: attempts.take_other(turn, session_id, amount_minor, currency))

    def confirm(self, session_id: str, *, passed: bool) -> attempts.Outcome:
        """Answer the bank's question (3-D Secure): paid, saved or declined."""
        return self._turn(lambda turn: attempts.confirm(turn, session_id, passed=passed))

    def use_card(self, portal_id: str, number: str = "4242424242424242") -> attempts.Outcome:
        """Submit a card on a billing portal's page: saved, or paid when something was open, declined or challenged."""
        return self._turn(lambda turn: portals.use(turn, portal_id, number))

    def confirm_card(self, portal_id: str, *, passed: bool) -> attempts.Outcome:
        """Answer the bank's question (3-D Secure) at a billing portal's page."""
        return self._turn(lambda turn: portals.confirm(turn, portal_id, passed=passed))

    def stop_at_period_end(self, portal_id: str, subscription_id: str, *, stop: bool = True) -> None:
        """Press a billing portal's button that stops a subscription at the end of its period, or keeps it."""
        self._turn(lambda turn: portals.stop(turn, portal_id, subscription_id, stop_it=stop))

    def card_on_file(self, customer_id: str) -> str:
        """The card that a customer put on file last."""
        return str(self._turn(lambda turn: methods.newest(turn, customer_id))["id"])

    def put_on_file(self, customer_id: str, number: str = "4242424242424242") -> None:
        """Give a customer another card for all invoices, as one does at Stripe's own pages; nothing is tried by it."""
        self._turn(lambda turn: portals.put_on_file(turn, customer_id, cards.by_number(number)))

    def decline_next(self, method_id: str, reason: str, times: int = 1) -> None:
        """Let the next charges of a card on file be declined, for example with `insufficient_funds`."""
        self._turn(lambda turn: methods.decline_next(turn, method_id, reason, times))

    def refund_by_hand(self, charge_id: str, amount_minor: int | None = None) -> str:
        """Refund a charge, or a part of it, as one does at Stripe's dashboard: no word of ours is on it; its id."""
        params: dict[str, Any] = {"charge": charge_id} | ({"amount": amount_minor} if amount_minor is not None else {})
        return str(self._turn(lambda turn: refunds.create(turn, params))["id"])

    def dispute(
        self, charge_id: str, reason: str = "fraudulent", *, inquiry: bool = False, amount_minor: int | None = None
    ) -> str:
        """The payer's bank disputes a charge, or a part of it, or only inquires; the dispute's id."""
        how: dict[str, Any] = {"inquiry": inquiry, "amount": amount_minor}
        return str(self._turn(lambda turn: disputes.disputed(turn, charge_id, reason, **how))["id"])

    def answer_dispute(self, dispute_id: str, text: str) -> None:
        """Hand evidence in at the dispute desk; `winning_evidence` and `losing_evidence` are decided at once."""
        self._turn(lambda turn: disputes.answered(turn, dispute_id, text))

    def decide_dispute(self, dispute_id: str, *, won: bool) -> None:
        """The bank decides: the money comes back, or stays away."""
        self._turn(lambda turn: disputes.decided(turn, dispute_id, won=won))

    def turn_account(self, account_id: str, *, active: bool) -> None:
        """Let a connected account receive transfers, as its onboarding does, or none any more."""
        self._turn(lambda turn: accounts.turn_to(turn, account_id, active=active))

    def onboard(self, link_id: str, *, told: bool) -> str:
        """Finish, or leave, the page of an account link; answers the address to go on to."""
        return self._turn(lambda turn: accounts.onboarded(turn, link_id, told=told))

    def send_by_hand(self, account_id: str, amount_minor: int, currency: str) -> str:
        """Send money from the balance to an account, as one does at Stripe's dashboard; the transfer's id."""
        params = {"amount": amount_minor, "currency": currency.lower(), "destination": account_id}
        return str(self._turn(lambda turn: transfers.create(turn, params))["id"])

    def reverse_by_hand(self, transfer_id: str, amount_minor: int | None = None) -> None:
        """Take a transfer back, or a part of it, as one does at Stripe's dashboard."""
        params = {} if amount_minor is None else {"amount": amount_minor}

        def work(turn: Turn) -> None:
            transfers.take_back(turn, turn.need(transfers.KIND, transfer_id, "transfer", status=404), params)

        self._turn(work)

    def pay_out(self, account_id: str) -> None:
        """Pay all that a connected account holds to its holder's bank, where no reversal reaches it."""
        self._turn(lambda turn: transfers.pay_out(turn, account_id))

    def due(self, now: datetime) -> list[str]:
        """The events whose notices are due by then."""
        with self.file.reading() as rows:
            return deliveries.due(rows, int(now.timestamp()))

    def next_due(self) -> datetime | None:
        """The earliest instant at which a notice is due or the clock changes something."""
        with self.file.reading() as rows:
            instants = [at for at in (deliveries.next_at(rows), timetable.next_at(rows)) if at is not None]
        return datetime.fromtimestamp(min(instants), UTC) if instants else None

    def tick(self, now: datetime, post: Post = http_post) -> int:
        """Let happen what is due by then and deliver the notices that are; answers how much was done."""
        second = int(now.timestamp())
        done = self.api.catch_up(second)
        if self.due(now):
            with self.file.writing() as rows:
                deliveries.pass_over(rows, second, self.heard)
        for event_id in self.due(now):
            with self.file.writing() as rows:
                mine = deliveries.claim(rows, event_id, second)
            if mine:
                self._deliver(event_id, second, post)
                done += 1
                with self.file.writing() as rows:
                    again = deliveries.once_more(rows, event_id)
                if again:
                    self._deliver(event_id, second, post)
        return done

    def deliver(self, post: Post, ids: Sequence[str] | None = None) -> list[int]:
        """Deliver all that is pending, due or not, or just these in this order (twice, if named twice): statuses."""
        if ids is None:
            with self.file.reading() as rows:
                ids = deliveries.due(rows, None)
        return [self._deliver(event_id, self.api.now(), post) for event_id in ids]

    def notice(self, event_id: str) -> tuple[bytes, dict[str, str]]:
        """Body and signed headers of an event's notice, as they would be posted now."""
        with self.file.reading() as rows:
            event = Turn(rows, 0, "").need("event", event_id, "id", status=404)
        body = json.dumps(event, indent=2).encode()
        signed_at = int(self.real_clock().timestamp()) if self.real_clock else None
        return body, deliveries.sign(body, self.secret, signed_at)

    def notices(self, limit: int = 1000, before: str = "") -> list[Delivery]:
        """Every notice and how it fares, oldest first (the newest `limit`, of those before another perhaps)."""
        with self.file.reading() as rows:
            return deliveries.listed(rows, limit, before)

    def resend(self, event_id: str) -> None:
        """Send a notice (again), due at once; also lets go of a held or dropped one."""
        self._turn(lambda turn: deliveries.turn_to(turn.rows, event_id, "pending", turn.now))

    def hold(self, event_id: str) -> None:
        """Keep a notice back until it is sent again."""
        self._turn(lambda turn: deliveries.turn_to(turn.rows, event_id, "held", turn.now))

    def drop(self, event_id: str) -> None:
        """Lose a notice."""
        self._turn(lambda turn: deliveries.turn_to(turn.rows, event_id, "dropped", turn.now))

    def delay(self, event_id: str, by_s: int) -> None:
        """Send a notice (again), but only after so many seconds of the clock."""
        self._turn(lambda turn: deliveries.turn_to(turn.rows, event_id, "pending", turn.now + by_s))

    def double(self, event_id: str) -> None:
        """Send a notice (again), twice in a row."""
        self._turn(lambda turn: deliveries.double(turn.rows, event_id, turn.now))

    def hold_new(self, on: bool = True) -> None:
        """Keep every new notice back, until they are let go of, or no longer."""
        self._turn(lambda turn: deliveries.hold_new(turn.rows, on=on))

    def let_go(self, *, backward: bool = False) -> int:
        """Send all that is held, the last first when `backward`; answers how many."""
        return self._turn(lambda turn: deliveries.let_go(turn.rows, turn.now, backward=backward))

    def fail_next(self, kind: str, operation: str | None = None, times: int = 1) -> None:
        """Let the next calls fail: see faults.FAULTS; `operation` for example `POST /v1/refunds`, None is any."""
        faults.order(self.file, kind, operation, times)

    def books(self) -> dict[str, Sums]:
        """What was captured and refunded, in minor units by currency."""
        with self.file.reading() as rows:
            return books.sums(rows)

    def captured_intents(self) -> list[Captured]:
        """Every intent whose money was taken."""
        with self.file.reading() as rows:
            return books.captured(rows)

    def _deliver(self, event_id: str, second: int, post: Post) -> int:
        body, headers = self.notice(event_id)
        status = post(self.notice_url, body, headers)
        with self.file.writing() as rows:
            deliveries.record(rows, event_id, second, status)
        return status

    def _turn(self, work: Callable[[Turn], T]) -> T:
        now = self.api.now()
        self.api.catch_up(now)
        with self.file.writing() as rows:
            return work(Turn(rows, now, self.public_url))
