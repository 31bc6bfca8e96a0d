"""An organizer is known by its name and its address."""

import pytest
import sqlalchemy as sa

from campaign.db import db
from campaign.events import organizers
from campaign.events.models import Organizer
from campaign.events.vocabulary import OrganizerKind
from tests.builders import NOW
from tests.events.proposing import EMAIL, LATER
from tests.lasting import database as database

pytestmark = pytest.mark.usefixtures("session")


def test_an_organizer_is_known_by_its_name_and_address() -> None:
    first = organizers.find_or_create(
        "Bibliothèque St-Jean", OrganizerKind.LIBRARY, email=EMAIL, region_code="02", now=NOW
    )
    same = organizers.find_or_create(
        "bibliotheque Saint-Jean", OrganizerKind.OTHER, email=EMAIL, region_code="06", now=LATER
    )
    other = organizers.find_or_create(
        "Bibliothèque St-Jean", OrganizerKind.LIBRARY, email="x@exemple.quebec", region_code=None, now=NOW
    )

    assert (same.id, same.kind, same.region_code) == (first.id, OrganizerKind.LIBRARY, "02")
    assert other.id != first.id
    assert [one.id for one in organizers.list_organizers({"02"})] == [first.id]
    assert {one.id for one in organizers.list_organizers()} == {first.id, other.id}
    assert db.session.scalar(sa.select(sa.func.count(Organizer.id))) == 2
