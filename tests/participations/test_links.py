"""Links and proofs: what they open, for whom, until when."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from campaign.campaigns.models import Edition
from campaign.db import db
from campaign.errors import Gone, NotFound
from campaign.participations import links
from campaign.participations.models import PersonalLink
from tests import builders
from tests.builders import MANON, NOW
from tests.lasting import database as database

pytestmark = pytest.mark.usefixtures("session")


def test_links_are_given_out_anew_and_earlier_ones_stay_good() -> None:
    edition, town = builders.edition(), builders.territory()
    first, second = links.issue(edition, town, now=NOW), links.issue(edition, town, now=NOW)
    db.session.flush()

    assert first != second
    assert {links.get_link(token, now=NOW).territory_id for token in (first, second)} == {town.id}


def test_revoking_says_how_many_were_good_and_why() -> None:
    edition, town = builders.edition(), builders.territory()
    tokens = [links.issue(edition, town, now=NOW) for _ in range(2)]
    other = links.issue(edition, builders.territory("92005"), now=NOW)
    db.session.flush()

    revoked = [links.revoke_all(edition.id, town.id, because="Départ", now=NOW) for _ in range(2)]

    assert revoked == [2, 0]
    for token in tokens:
        with pytest.raises(Gone):
            links.get_link(token, now=NOW)
    assert links.get_link(other, now=NOW)
    reasons = sa.select(PersonalLink.revoked_because).where(PersonalLink.territory_id == town.id)
    assert set(db.session.scalars(reasons)) == {"Départ"}


@pytest.mark.parametrize(
    ("end_on", "now", "life"),
    [
        (date(2027, 11, 21), NOW, timedelta(days=201)),
        (date(2027, 11, 21), NOW.replace(year=2028, month=6), timedelta(days=30)),
        (None, NOW, timedelta(days=400)),
    ],
)
def test_a_link_lives_until_the_report_has_come(end_on: date | None, now: object, life: timedelta) -> None:
    edition = Edition(number=40, year=2055, end_on=end_on)
    db.session.add(edition)
    db.session.flush()
    links.issue(edition, builders.territory(), now=now)  # type: ignore[arg-type]  # a table of instants
    db.session.flush()

    link = db.session.scalars(sa.select(PersonalLink).where(PersonalLink.edition_id == edition.id)).one()
    assert link.expires_at - link.issued_at == life


@pytest.mark.parametrize("find", [links.get_link, links.get_proof])
@pytest.mark.parametrize("token", ["", "inconnu", "\0", "é" * 500])
def test_what_was_never_given_is_not_found(find: object, token: str) -> None:
    assert callable(find)
    with pytest.raises(NotFound):
        find(token, now=NOW)


def test_a_proof_lives_two_weeks() -> None:
    token = links.ask_proof(builders.register(), MANON.email, now=NOW)
    db.session.flush()

    assert links.get_proof(token, now=NOW + links.VERIFICATION_LIFE - timedelta(seconds=1))
    with pytest.raises(Gone):
        links.get_proof(token, now=NOW + links.VERIFICATION_LIFE)
