"""What nobody types, in every field of every form: refused with 4xx and nothing changed, on both databases (TRUST)."""

from __future__ import annotations

import itertools

import pytest

from community.joining import applications
from tests import builders, people
from tests.security import town
from tests.security.forms_table import forms
from tests.security.town import Keys

HIDDEN = ["\x00", "a\x00b", "a\u202eb", "a\u2066b\u2069", "zero\u200bwidth", "\u3164\u3164", "\ufeff", "x" * 100_000]
PASSWORDS = ["\x00" * 12, "four words\x00in a row", "x" * 100_000]
NUMBERS = ["-1", "1.5555", "1e9", "9223372036854775808", "NaN", "inf", "0x10", "1_0", "\u0663", "1\x00", "9" * 5000]
CHOKING = ("a\x00b", "x" * 100_000, "9223372036854775808", "NaN")
REFUSED = {400, 403, 404, 409, 413, 422, 429}
# Nothing stands behind these fields but a comparison: any text is an answer, and changes nothing by itself.
FREE = {("set_dues", "asked"), ("apply", "act"), ("draft", "act"), ("change_product", "brand_id"), ("dismiss", "scope")}
addresses = (f"10.0.{high}.{low}" for high, low in itertools.product(range(250), range(250)))


@pytest.fixture
def here(app):
    made = town.build()
    made.who |= {"covenant_due": people.paid("Cora Cole"), "intro_due": people.seated("Ida Inn")}
    made.who["newcomer"] = people.account("Nora Newman")
    with builders.work():
        applications.begin(made.who["newcomer"])
    builders.drain()
    return made


def hostile(name: str, numbers: tuple[str, ...], database: str) -> list[str]:
    """What to try in a field; on a second database only what a database itself could choke on."""
    if name in ("password", "old"):
        return PASSWORDS
    values = [*HIDDEN, *NUMBERS] if name in numbers else HIDDEN
    return values if database == "sqlite" else [value for value in values if value in CHOKING]


@pytest.mark.db
@pytest.mark.slow
def test_what_nobody_types_is_refused_everywhere_and_changes_nothing(app, here, engine_name):
    keys, wrong, watch = Keys(app), [], town.Watch()
    for form, (who, path, right, numbers) in forms(here).items():
        viewer = builders.viewer(here.who[who]) if who in here.who else None
        for name in (name for name in right if (form, name) not in FREE):
            for value in hostile(name, numbers, engine_name):
                data = {**right, name: value, "csrf_token": keys.token, "key": builders.key()}
                answer = keys.client(viewer).post(path, data=data, environ_base={"REMOTE_ADDR": next(addresses)})
                if answer.status_code not in REFUSED:
                    wrong.append(f"{form}.{name} = {value[:20]!r}: {answer.status_code}")
            if changed := watch.changed():
                wrong.append(f"{form}.{name} changed {changed}")
    assert not watch.changed(at_the_end=True)
    assert not wrong, "\n".join(wrong)


@pytest.mark.db
def test_hostile_keys_and_unlooked_for_fields_are_no_error(app, here, engine_name):
    keys, wrong, watch = Keys(app), [], town.Watch()
    for form, (who, path, right, _numbers) in forms(here).items():
        viewer = builders.viewer(here.who[who]) if who in here.who else None
        for key in ("\x00", "k" * 41, "\u202e", "a b\n")[: 4 if engine_name == "sqlite" else 2]:
            data = {**right, "key": key, "csrf_token": keys.token}
            status = keys.client(viewer).post(path, data=data).status_code
            changed = watch.changed()
            keyless = form == "dismiss"  # no form stands there: a button with its role
            if not keyless and (status not in REFUSED or changed):
                wrong.append(f"{form} with key {key!r:.12}: {status} {changed}")
    assert not watch.changed(at_the_end=True)
    assert not wrong, "\n".join(wrong)
