"""The API: key, contract, idempotency, then the operation; in this order, as with Stripe."""

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import stripe

# Imported for what they register.
from payments.sandbox import (
    accounts,
    answers,
    changes,
    charges,
    collecting,
    confirmations,
    coupons,
    customers,
    disputes,
    events,
    faults,
    intents,
    invoice_payments,
    invoices,
    methods,
    portals,
    prices,
    refunds,
    sessions,
    setup_intents,
    subscriptions,
    timetable,
    transfers,
)
from payments.sandbox.answers import Answer
from payments.sandbox.file import File
from payments.sandbox.gate.forms import decode
from payments.sandbox.gate.operations import Operation, find
from payments.sandbox.handlers import HANDLERS, Handler, Json
from payments.sandbox.refusals import CardError, ConnectionLost, Refusal, unsupported
from payments.sandbox.turns import Turn, fresh_id

NOUNS = (
    accounts,
    changes,
    charges,
    collecting,
    confirmations,
    coupons,
    customers,
    disputes,
    events,
    intents,
    invoice_payments,
    invoices,
    methods,
    portals,
    prices,
    refunds,
    sessions,
    setup_intents,
    subscriptions,
    transfers,
)


@dataclass(frozen=True)
class Call:
    """One call that passed the gate."""

    handler: Handler
    operation: Operation
    params: Json
    arguments: dict[str, str]
    request_id: str
    key: str | None
    words: str
    fault: str | None

    def work(self, turn: Turn) -> Json:
        """Do it."""
        return self.handler.work(turn, self.params)


class Api:
    """Answers calls as Stripe's v1 API does; raises ConnectionLost where the caller hears nothing."""

    def __init__(self, file: File, *, clock: Callable[[], datetime], key: str, public_url: str) -> None:
        self.file = file
        self.clock = clock
        self.key = key
        self.public_url = public_url

    def answer(self, method: str, path: str, query: str, headers: Mapping[str, str], body: str) -> Answer:
        """One call; `headers` by any case, `body` a form."""
        lower = {name.lower(): value for name, value in headers.items()}
        request_id = fresh_id("req")
        try:
            answer = self._call(method, path, query if method in ("GET", "DELETE") else body, lower, request_id)
        except Refusal as no:
            answer = _refused(no)
        return Answer(answer.status, answer.body, {**answer.headers, "request-id": request_id})

    def catch_up(self, now: int) -> int:
        """Let happen what the clock has come to; only reads when that is nothing."""
        with self.file.reading() as rows:
            at = timetable.next_at(rows)
        if at is None or at > now:
            return 0
        with self.file.writing() as rows:
            return timetable.come(Turn(rows, now, self.public_url))

    def now(self) -> int:
        """The sandbox's clock in whole seconds."""
        return int(self.clock().timestamp())

    def _call(self, method: str, path: str, form: str, headers: Mapping[str, str], request_id: str) -> Answer:
        self._authorize(headers)
        operation, arguments, handler = _find(method, path)
        fault = faults.take(self.file, operation.name)
        if fault == "429":
            raise faults.too_many()
        if fault == "timeout_before":
            raise ConnectionLost
        given = decode(form)
        params = handler.read(operation, given)
        key = _idempotency_key(headers) if method == "POST" else None
        call = Call(handler, operation, params, arguments, request_id, key, answers.digest({path: given}), fault)
        answer = self._read(call) if method == "GET" else self._write(call)
        if fault == "timeout_after":
            raise ConnectionLost
        return answer

    def _read(self, call: Call) -> Answer:
        if call.fault in ("500", "500_after"):
            raise faults.broken()
        now = self.now()
        self.catch_up(now)
        with self.file.reading() as rows:
            return Answer(200, call.work(Turn(rows, now, self.public_url, path=call.arguments)))

    def _write(self, call: Call) -> Answer:
        key = call.key or call.request_id
        with answers.hold(self.file.path.with_suffix(".keys"), key), self.file.writing() as rows:
            now = self.now()
            if stored := answers.replay(rows, key, call.operation.name, call.words, now):
                return stored
            timetable.come(Turn(rows, now, self.public_url))
            turn = Turn(rows, now, self.public_url, call.request_id, call.key, call.arguments)
            answer = self._attempt(turn, call)
            answers.keep(rows, key, call.operation.name, call.words, now, answer)
        return answer

    def _attempt(self, turn: Turn, call: Call) -> Answer:
        """The work or its refusal; a refused operation leaves nothing but its answer."""
        if call.fault == "500":
            return _refused(faults.broken())
        try:
            with turn.rows.savepoint():
                done = _worked(turn, call)
        except Refusal as no:
            return _refused(no)
        return _refused(faults.broken()) if call.fault == "500_after" else done

    def _authorize(self, headers: Mapping[str, str]) -> None:
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not given:
            raise Refusal("You did not provide an API key.", status=401)
        if not hmac.compare_digest(given.encode(), self.key.encode()):
            raise Refusal("Invalid API Key provided.", status=401)
        version = headers.get("stripe-version", stripe.api_version)
        if version != stripe.api_version:
            raise unsupported(f"the API version {version}")


def _worked(turn: Turn, call: Call) -> Answer:
    """The work done, a card's decline included: the failed intent and its charge stay."""
    try:
        return Answer(200, call.work(turn))
    except CardError as no:
        return _refused(no)


def _find(method: str, path: str) -> tuple[Operation, dict[str, str], Handler]:
    found = find(method, path)
    if found is None:
        raise Refusal(f"Unrecognized request URL ({method}: {path}).", status=404)
    operation, arguments = found
    handler = HANDLERS.get(operation.name)
    if handler is None:
        raise unsupported(operation.name)
    return operation, arguments, handler


def _idempotency_key(headers: Mapping[str, str]) -> str | None:
    key = headers.get("idempotency-key")
    if key and len(key) > answers.KEY_LENGTH:
        raise Refusal(f"An idempotency key can be up to {answers.KEY_LENGTH} characters.", kind="idempotency_error")
    return key


def _refused(no: Refusal) -> Answer:
    headers = {}
    if no.status == 409:
        headers["stripe-should-retry"] = "true"
    if no.status == 500:
        headers["stripe-should-retry"] = "false"  # the same key would only get the stored 500 again
    return Answer(no.status, {"error": no.error}, headers)
