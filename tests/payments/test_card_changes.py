"""Who is behind and puts another card on file is charged at once, by each card once."""

from datetime import timedelta

from payments import card_changes, connection, customers, demo
from tests import people
from tests.builders import drain, work
from tests.community import paying_members as pay
from tests.community.paying_members import order


def behind(travel):
    """A member whose renewal was refused."""
    ann, price = people.member("Ann Okafor"), pay.asked()
    pay.subscribed(ann, price["Member month"])
    customer_id = customers.known(ann)
    with work():
        demo.decline(customer_id, times=1)
    travel(to=order(ann).paid_through + timedelta(hours=2))
    drain()
    assert order(ann).status == "past_due"
    return ann, customer_id


def test_another_card_is_charged_at_once_whoever_was_told(app, travel):
    ann, customer_id = behind(travel)
    until = order(ann).paid_through
    connection.sandbox.put_on_file(customer_id, "4000000000000341")
    drain()
    assert (order(ann).status, order(ann).paid_through) == ("past_due", until)
    connection.sandbox.put_on_file(customer_id)
    drain()
    assert order(ann).status == "active"
    assert order(ann).paid_through > until
    taken = connection.sandbox.books()["usd"]["captured"]
    with work():
        card_changes.told(customer_id)
        card_changes.told("cus_of_somebody_else")
    assert connection.sandbox.books()["usd"]["captured"] == taken
