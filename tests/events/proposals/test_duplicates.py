"""The same activity twice is noticed, and what is private is never named."""

from datetime import date

import pytest

from campaign.db import db
from campaign.events import activities, proposals
from campaign.events.content import Sitting
from campaign.events.models import Event
from tests import builders
from tests.builders import NOW
from tests.events.activities import content, publish
from tests.events.proposing import propose, submitted
from tests.lasting import database as database

pytestmark = pytest.mark.usefixtures("session")


def test_a_duplicate_is_the_same_title_place_and_day() -> None:
    event = publish(content(title="L’heure du conte à l’Épicerie"))
    waiting = submitted(content(title="Bricolage"))
    propose(content(title="Jamais prouvée"))
    edition = builders.edition()

    def found(**changes: object) -> list[tuple[str, str]]:
        return [(one.title, one.slug) for one in proposals.list_duplicates(content(**changes), edition)]

    assert found(title="L'HEURE du conte a l'epicerie!") == [("L’heure du conte à l’Épicerie", event.slug)]
    assert found(title="bricolage") == [("Bricolage", "")]
    assert found(title="bricolage", geo_code=builders.MONTREAL) == []
    assert found(title="bricolage", sittings=(Sitting(day=date(2027, 11, 16)),)) == []
    assert found(title="Jamais prouvée") == []
    assert proposals.list_duplicates(content(title="Bricolage"), edition, except_for=waiting) == []


def test_what_is_private_is_never_named_as_a_duplicate() -> None:
    private = activities.create(
        content(title="Rencontre", is_private=True),
        edition=builders.edition(),
        territory=builders.territory(),
        now=NOW,
    )
    db.session.flush()

    assert db.session.get(Event, private.id) is not None
    assert proposals.list_duplicates(content(title="Rencontre"), builders.edition()) == []
