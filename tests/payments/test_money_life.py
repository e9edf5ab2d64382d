"""A life of money, played at random: pages, refunds of ours and by hand, disputes, notices late, twice or never.

Whatever happened in whatever order, once everything has settled Stripe's books, ours and a plain model say the same.
"""

from __future__ import annotations

import os
import random
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from sqlalchemy import func, select

from kernel import clock, db
from kernel.errors import Conflict
from payments import attempts, charges, connection, demo, disputes, reconciliation, refunds
from payments.charges import Charge
from payments.gateway import Line
from payments.refunds import ELSEWHERE, OURS, Refund
from payments.sandbox import Refusal, Sandbox, faults
from tests import builders
from tests.payments.owners import ask, begin, enrolled, saved, sound, url
from tests.payments.plain_money import Payment, Plain

DECLINED = "4000000000000002"
MOST = 8  # charges of one life, so that much happens to each
SHARES = st.sampled_from((1, 30, 50, 100))
FAULTS = st.sampled_from(("429", "500", "500_after", "timeout_before", "timeout_after"))
# Of the calls that only the worker makes, so that no fault waits for a hand of this test.
CALLS = st.sampled_from(("POST /v1/refunds", "POST /v1/payment_intents", "GET /v1/events", "GET /v1/refunds"))


class Life(RuleBasedStateMachine):
    """The product and the sandbox on the one side, `Plain` on the other."""

    sandbox: Sandbox
    setup_id: int
    subjects = iter(range(10, 1_000_000))

    def __init__(self) -> None:
        super().__init__()
        self.plain = Plain()
        self.dice = random.Random(9)
        self.sandbox.hold_new()

    @initialize(amounts=st.lists(st.integers(50, 20_000), min_size=4, max_size=4))
    def three_are_paid_and_one_is_open(self, amounts: list[int]) -> None:
        for amount in amounts:
            self.ask(amount)
        for charge_id in sorted(self.plain.charges)[:3]:
            self._pay(charge_id, demo.GOOD)

    @precondition(lambda self: len(self.plain.charges) < MOST)
    @rule(amount=st.integers(50, 20_000))
    def ask(self, amount: int) -> None:
        charge_id = ask(next(self.subjects), amount, minutes=None)
        self.plain.ask(charge_id, amount)

    @rule(data=st.data(), card=st.sampled_from((demo.GOOD, DECLINED)))
    def pay(self, data: st.DataObject, card: str) -> None:
        self._pay(data.draw(st.sampled_from(sorted(self.plain.charges))), card)

    def _pay(self, charge_id: int, card: str) -> None:
        url(charge_id)
        db.session.rollback()
        session_id = charges.get(charge_id).session_id
        if session_id:
            with db.outside(), suppress(Refusal):
                if self.sandbox.pay(session_id, card) == "paid":
                    self._took(charge_id, connection.gateway.session(session_id).intent_id)

    @rule(data=st.data())
    def charge_the_saved_card(self, data: st.DataObject) -> None:
        begin(data.draw(st.sampled_from(sorted(self.plain.charges))), self.setup_id)

    @precondition(lambda self: any(len(c.payments) == 1 for c in self.plain.charges.values()))
    @rule(data=st.data())
    def pay_again_on_a_page_that_we_forgot(self, data: st.DataObject) -> None:
        charge = data.draw(st.sampled_from([c for c in self.plain.charges.values() if len(c.payments) == 1]))
        with db.outside():
            session = connection.gateway.open_session(
                key=f"forgotten-{charge.charge_id}-{len(charge.payments)}-{self.dice.random()}",
                customer_id="",
                email="ann@ninefold.test",
                lines=[Line("A thing", charge.amount)],
                currency="USD",
                success_url="http://shop.test/paid",
                cancel_url="http://shop.test/back",
                expires_at=clock.now() + timedelta(hours=1),
                metadata={"charge": str(charge.charge_id)},
                locale="en",
            )
            self.sandbox.pay(session.id)
            self._took(charge.charge_id, connection.gateway.session(session.id).intent_id)

    @precondition(lambda self: self.plain.payments())
    @rule(data=st.data(), share=SHARES)
    def refund(self, data: st.DataObject, share: int) -> None:
        charge = data.draw(st.sampled_from([c for c in self.plain.charges.values() if c.payments]))
        amount = max(1, charge.amount * share // 100)
        with suppress(Conflict), db.work():
            refunds.ask(charge.charge_id, amount, "It came broken.", None)
            charge.ours += amount

    @precondition(lambda self: self.plain.payments())
    @rule(data=st.data(), share=SHARES)
    def refund_by_hand(self, data: st.DataObject, share: int) -> None:
        payment = data.draw(st.sampled_from(self.plain.payments()))
        amount = max(1, payment.amount * share // 100)
        with self._outside(), suppress(Refusal):
            self.sandbox.refund_by_hand(payment.name, amount)
            payment.by_hand += amount

    @precondition(lambda self: self.plain.payments())
    @rule(data=st.data(), inquiry=st.booleans())
    def dispute(self, data: st.DataObject, inquiry: bool) -> None:
        payment = data.draw(st.sampled_from(self.plain.payments()))
        with self._outside(), suppress(Refusal):
            self.plain.dispute(payment, self.sandbox.dispute(payment.name, inquiry=inquiry), inquiry)

    @precondition(lambda self: any(p.dispute in ("open", "inquiry") for p in self.plain.payments()))
    @rule(data=st.data(), won=st.booleans())
    def decide(self, data: st.DataObject, won: bool) -> None:
        open_ones = [p for p in self.plain.payments() if p.dispute in ("open", "inquiry")]
        payment = data.draw(st.sampled_from(open_ones))
        with self._outside(), suppress(Refusal):
            self.sandbox.decide_dispute(payment.dispute_name, won=won)
            self.plain.decide(payment, won)

    @rule(seed=st.integers(0, 1000), twice=st.booleans())
    def some_notices_arrive(self, seed: int, twice: bool) -> None:
        with self._outside():
            held = [notice.event_id for notice in self.sandbox.notices(12) if notice.state == "held"]
            random.Random(seed).shuffle(held)
            self.sandbox.deliver(connection.post, held[:4] * (2 if twice else 1))

    @rule(kind=FAULTS, operation=CALLS)
    def a_call_fails(self, kind: str, operation: str) -> None:
        self.sandbox.fail_next(kind, operation)

    @rule(minutes=st.sampled_from((0, 1, 30, 60 * 26)), reconciles=st.sampled_from((False, False, False, True)))
    def work(self, minutes: int, reconciles: bool) -> None:
        clock.freeze(clock.now() + timedelta(minutes=minutes))
        if reconciles:
            with db.work():
                reconciliation.ask("hour")
        builders.drain()

    def teardown(self) -> None:
        """Stripe answers again, nothing that was held ever arrives; what remains is brought by reconciliation."""
        faults.disarm(self.sandbox.file)
        with self._outside():
            for notice in self.sandbox.notices(400):
                if notice.state == "held":
                    self.sandbox.drop(notice.event_id)
        for hours in (7, 7, 7, 1):
            clock.freeze(clock.now() + timedelta(hours=hours))
            with db.work():
                reconciliation.ask("hour")
            builders.drain()
            clock.freeze(clock.now() + timedelta(minutes=2))
            builders.drain()
        for _ in range(60):  # at a clock that stands still one write goes at a time
            db.session.rollback()
            if db.session.scalar(select(Refund.id).where(Refund.state == "asked").limit(1)) is None:
                break
            clock.freeze(clock.now() + timedelta(minutes=11))
            builders.drain()
        db.session.rollback()
        self._saved_card_paid()
        for charge in self.plain.charges.values():
            self._settled(charge)
        assert reconciliation.count_open() == 0

    def _saved_card_paid(self) -> None:
        """Attempts are the worker's doing: what they took is taken into the model at the end."""
        for charge in self.plain.charges.values():
            last = attempts.latest(charge.charge_id)
            known = {payment.name for payment in charge.payments}
            if last is not None and last.state == "succeeded":
                intent_id = last.intent_id or ""
                with self._outside():
                    name = connection.gateway.intent(intent_id).charge_id or ""
                if name not in known:
                    self.plain.pay(charge.charge_id, name)
            db.session.rollback()

    def _settled(self, asked: Any) -> None:
        rows = {row.intent_id: row for row in self._rows(asked.charge_id)}
        with self._outside():
            theirs = {payment.name: connection.gateway.charge(payment.name) for payment in asked.payments}
        for payment in asked.payments:
            taken = theirs[payment.name]
            row = rows.pop(taken.intent_id)
            assert (row.state in ("paid", "refused"), row.amount_minor) == (True, payment.amount)
            ours, by_hand = self._back(row.id, OURS), self._back(row.id, ELSEWHERE)
            assert by_hand == payment.by_hand
            assert ours + by_hand == taken.refunded_minor
            stands = self._dispute(row.id)
            # What nobody decided may have been ended by the clock, or an inquiry by a refund of all of it.
            assert stands == payment.dispute or (payment.dispute, stands) in (("open", "lost"), ("inquiry", "closed"))
            assert stands != "closed" or payment.dispute == "closed" or self._over(payment, taken)
            assert row.refunded_minor + row.held_minor <= row.amount_minor
            if row.state == "refused":  # the second payment: all of it is on its way back, or with the bank
                assert row.refunded_minor + row.held_minor >= row.amount_minor
        assert [row for row in rows.values() if row.intent_id] == []

    def _over(self, payment: Payment, taken: Any) -> bool:
        with self._outside():
            until = connection.gateway.dispute(payment.dispute_name).answer_until
        return taken.refunded_minor == payment.amount or (until is not None and until <= clock.now())

    def _rows(self, charge_id: int) -> list[Charge]:
        db.session.rollback()
        first = charges.get(charge_id)
        same = select(Charge).where(Charge.purpose == first.purpose, Charge.subject_id == first.subject_id)
        return list(db.session.scalars(same.execution_options(populate_existing=True)))

    def _back(self, charge_id: int, source: str) -> int:
        done = (Refund.charge_id == charge_id, Refund.state == "done", Refund.source == source)
        return db.session.scalar(select(func.coalesce(func.sum(Refund.amount_minor), 0)).where(*done)) or 0

    def _dispute(self, charge_id: int) -> str:
        found = disputes.of_charge(charge_id)
        return {"inquiry_closed": "closed"}.get(found[0].state, found[0].state) if found else ""

    def _took(self, charge_id: int, intent_id: str | None) -> None:
        self.plain.pay(charge_id, connection.gateway.intent(intent_id or "").charge_id or "")

    def _outside(self) -> Any:
        db.session.rollback()
        return db.outside()


def _live(sandbox: Sandbox, examples: int, steps: int, monkeypatch: pytest.MonkeyPatch) -> None:
    enrolled()
    Life.sandbox, Life.setup_id = sandbox, saved()
    seed = int(os.environ.get("MONEY_SEED") or random.SystemRandom().randrange(10**9))
    print(f"MONEY_SEED={seed}")  # pytest shows it with a failure
    monkeypatch.setattr(Life, "_hypothesis_internal_use_seed", seed, raising=False)
    run_state_machine_as_test(
        Life,
        _min_steps=steps,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            phases=[Phase.generate],  # a shorter life is no life of its own: ids and clocks go on
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    sound()


@pytest.mark.slow
def test_five_hundred_steps_end_as_the_plain_model_says(app, sandbox, monkeypatch):
    _live(sandbox, 4, 125, monkeypatch)


@pytest.mark.soak
@pytest.mark.slow
def test_ten_thousand_steps_end_as_the_plain_model_says(app, sandbox, monkeypatch):
    _live(sandbox, 80, 125, monkeypatch)
