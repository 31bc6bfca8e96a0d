"""The people of a municipality: found again by their address, replaced, and protected from strangers."""

from dataclasses import replace

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from campaign.contacts.models import Contact
from campaign.db import db
from campaign.errors import Conflict
from campaign.participations import provenance, services
from campaign.participations.details import Person
from campaign.participations.services import MUNICIPALITY_BY_LINK
from tests import builders
from tests.builders import MANON, NOW
from tests.lasting import database as database
from tests.participations.record import LATER

pytestmark = pytest.mark.usefixtures("session")


def test_a_contact_is_found_again_by_its_address(session: Session) -> None:
    participation = builders.confirm()
    builders.confirm("92005")  # a director general shared by two towns is two contacts

    services.revise(
        participation,
        builders.details(contact=replace(MANON, last_name="Tremblay-Côté")),
        author=MUNICIPALITY_BY_LINK,
        now=LATER,
    )

    assert sorted(session.scalars(sa.select(Contact.last_name))) == ["Tremblay", "Tremblay-Côté"]


def test_the_public_form_changes_nothing_of_a_verified_person(session: Session) -> None:
    participation = builders.confirm()
    services.mark_verified(participation, now=NOW)
    services.cancel(participation, reason="Élections", author=MUNICIPALITY_BY_LINK, now=NOW)
    db.session.flush()
    disguised = builders.details(contact=replace(MANON, first_name="Quelqu’un", phone="4185550199"))

    again = builders.register(answers=disguised, now=LATER)

    assert again.contact is not None
    assert (again.contact.first_name, again.contact.phone) == (MANON.first_name, MANON.phone)


def test_handing_over_leaves_nothing_to_who_left() -> None:
    participation = builders.confirm()
    former = participation.contact

    contact = services.hand_over(
        builders.edition(),
        builders.territory(),
        Person(first_name="Luc", last_name="Roy", email="luc@exemple.quebec"),
        author=MUNICIPALITY_BY_LINK,
        now=LATER,
    )

    assert contact is participation.contact
    assert contact is not None
    assert contact.full_name == "Luc Roy"
    assert former is not None
    assert former.left_at == LATER
    assert not provenance.is_verified_contact(builders.territory(), MANON.email)


def test_a_stranger_under_review_does_not_shut_the_town_hall_out() -> None:
    participation = builders.confirm(needs_review=True)

    with pytest.raises(Conflict, match="vérifie encore"):
        services.hand_over(
            builders.edition(), builders.territory(), None, author=MUNICIPALITY_BY_LINK, now=LATER
        )

    assert participation.contact is not None
    assert participation.contact.left_at is None
