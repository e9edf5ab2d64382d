"""The PostgreSQL of the tests itself."""

from __future__ import annotations

import psycopg
import pytest

from tests import postgres

pytestmark = pytest.mark.db


@pytest.fixture
def names(postgres_url):
    """Names of databases that a test makes, dropped after it."""
    made = [f"{postgres_url.split('?')[0].rsplit('/')[-1]}_{suffix}" for suffix in ("model", "first", "second")]
    yield made
    for name in made:
        postgres.drop_database(name)


def test_copies_of_a_template_hold_its_rows_and_know_nothing_of_each_other(names):
    model, first, second = names
    with psycopg.connect(postgres.make_database(model)) as connection:
        connection.execute("CREATE TABLE stock (on_hand bigint CHECK (on_hand >= 0))")
        connection.execute("INSERT INTO stock VALUES (9)")

    copies = [postgres.make_database(name, template=model) for name in (first, second)]
    with psycopg.connect(copies[0]) as connection:
        connection.execute("UPDATE stock SET on_hand = 0")

    on_hand = []
    for copy in copies:
        with psycopg.connect(copy) as connection:
            on_hand += connection.execute("SELECT on_hand FROM stock").fetchone()
    assert on_hand == [0, 9]


def test_the_runs_template_is_filled_once(postgres_url):
    def migrate(url):
        raise AssertionError("the template was there already")

    assert postgres.make_template(migrate) == postgres.TEMPLATE


def test_the_server_listens_on_no_network_address(postgres_url):
    with psycopg.connect(postgres_url) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        assert connection.execute("SELECT lower('ÄÖÜ'), current_setting('TimeZone')").fetchone() == ("äöü", "UTC")
