"""Which addresses belong to a municipality, and which may be sent its personal link."""

import csv
from collections import defaultdict
from dataclasses import replace

import pytest

from campaign.config import ROOT
from campaign.db import db
from campaign.participations import provenance
from tests import builders
from tests.builders import MANON, NOW
from tests.lasting import database as database

pytestmark = pytest.mark.usefixtures("session")


@pytest.mark.parametrize(
    ("geo_code", "email", "is_known", "may_receive"),
    [
        ("93022", "info@ville.saint-bruno.qc.ca", True, True),
        ("93022", "dg@ville.saint-bruno.qc.ca", True, False),
        ("93022", "dg@saint-bruno.qc.ca", False, False),
        ("92005", "mairie@staugustinlacstjean.ca", True, False),
        ("98012", "director.msa@globetrotter.net", True, True),
        ("98012", "voisin@globetrotter.net", False, False),
        ("98012", "dg@saintaugustin.ca", True, False),
        ("98012", "dg@saintaugustin.ca.exemple.com", False, False),
        ("98014", "info@grosmecatina.ca", True, True),
        ("93022", "", False, False),
    ],
)
def test_an_address_is_judged_by_the_directory(
    geo_code: str, email: str, is_known: bool, may_receive: bool
) -> None:
    town = builders.territory(geo_code)

    assert (provenance.is_known(town, email), provenance.may_receive_link(town, email)) == (
        is_known,
        may_receive,
    )


@pytest.mark.parametrize(
    ("is_verified", "has_left", "expected"), [(True, False, True), (False, False, False), (True, True, False)]
)
def test_a_contact_counts_once_verified_and_as_long_as_they_stay(
    is_verified: bool, has_left: bool, expected: bool
) -> None:
    person = replace(MANON, email="manon@gmail.com")
    contact = builders.confirm(answers=builders.details(contact=person)).contact
    assert contact is not None
    contact.email_verified_at = NOW if is_verified else None
    contact.left_at = NOW if has_left else None
    db.session.flush()
    town, other = builders.territory(), builders.territory("92005")

    assert provenance.is_known(town, person.email) is expected
    assert provenance.may_receive_link(town, person.email) is expected
    assert not provenance.may_receive_link(other, person.email)


def test_a_domain_shared_across_regions_proves_nothing() -> None:
    """Whoever has an address at a provider could otherwise speak for every town that has one there."""
    regions = defaultdict(set)
    with (ROOT / "campaign/territory/data/municipalites.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if domain := row["email"].lower().partition("@")[2]:
                regions[domain].add(row["mrc_code"] or row["geo_code"])

    shared = {domain for domain, places in regions.items() if len(places) > 1}
    assert len(shared) > 3
    assert shared - provenance.CONSUMER_DOMAINS == set()
