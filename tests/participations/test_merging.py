"""Two records that are one: what follows to the kept one, and what the other keeps nothing of."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from campaign.db import db
from campaign.errors import Conflict
from campaign.participations import links, provenance, services
from campaign.participations.details import Person, details_of
from campaign.participations.models import KitState, Participation, PersonalLink, State
from tests import builders
from tests.builders import MANON, NOW, TEAM
from tests.lasting import database as database
from tests.participations.record import LATER, states_of

pytestmark = pytest.mark.usefixtures("session")


def wrong_town_put_right() -> tuple[Participation, Participation]:
    """Saint-Augustin by the lake had registered as the one of the coast."""
    wrong = builders.confirm(
        "98012",
        builders.details(
            wants_kit=True,
            kit_flags=2,
            second_contact=Person(first_name="Luc", last_name="Roy", email="luc@exemple.quebec"),
        ),
    )
    links.issue(builders.edition(), builders.territory("98012"), now=NOW)
    services.set_kit(wrong, KitState.SHIPPED, author=TEAM, now=NOW)
    services.mark_verified(wrong, now=NOW)
    right = services.claim(builders.edition(), builders.territory("92005"), author=TEAM, now=LATER)
    services.merge(wrong, right, author=TEAM, now=LATER, reason="Mauvaise municipalité")
    db.session.flush()
    return wrong, right


def test_a_record_is_set_aside_only_in_favour_of_another() -> None:
    participation = builders.confirm()

    with pytest.raises(Conflict):
        services.move(participation, State.DISCARDED, author=TEAM, now=NOW)

    assert participation.state is State.CONFIRMED


def test_everything_follows_to_the_right_municipality() -> None:
    wrong, right = wrong_town_put_right()

    assert (right.state, right.number, right.kit_state, right.kit_flags) == (
        State.CONFIRMED, 1, KitState.SHIPPED, 2,
    )  # fmt: skip
    assert (wrong.state, wrong.number, wrong.merged_into_id) == (State.DISCARDED, None, right.id)
    assert right.second_contact is not None
    assert (right.contact and right.contact.email, right.second_contact.email) == (
        MANON.email,
        "luc@exemple.quebec",
    )
    assert states_of(right) == [("non_sollicitee", "inscrite"), ("inscrite", "confirmee")]


def test_the_ceremony_keeps_its_hour_on_the_wall_when_the_zone_changes() -> None:
    _wrong, right = wrong_town_put_right()

    event = right.event
    assert event is not None
    assert (event.title, event.time_zone, event.is_published) == (
        "Lever du drapeau à Saint-Augustin",
        "America/Toronto",
        True,
    )
    assert event.sessions[0].starts_at == datetime(2027, 11, 15, 15, tzinfo=UTC)  # 14:00Z by the coast


def test_the_wrong_municipality_keeps_no_trace_of_the_other_ones_people() -> None:
    wrong, _right = wrong_town_put_right()
    coast = builders.territory("98012")

    assert details_of(wrong).contact == Person()
    assert not provenance.may_receive_link(coast, MANON.email)
    assert db.session.scalars(
        sa.select(PersonalLink.revoked_at).where(PersonalLink.territory_id == coast.id)
    ).all() == [LATER]


def test_the_municipality_taken_for_another_still_registers() -> None:
    wrong, right = wrong_town_put_right()

    own = builders.register("98012", builders.details(contact=replace(MANON, email="dg@coast.quebec")))

    assert (own.id, own.state, own.number, own.merged_into_id) == (wrong.id, State.REGISTERED, 2, None)
    assert own.event is not right.event


def test_of_two_registered_records_the_kept_one_keeps_its_answers() -> None:
    duplicate = builders.confirm("98012", builders.details(place="Quai"))
    kept = builders.confirm("92005", builders.details(place="Parc"))

    services.merge(duplicate, kept, author=TEAM, now=LATER, reason="Doublon")

    assert kept.event is not None
    assert duplicate.event is not None
    assert (kept.number, kept.event.place, kept.event.is_published) == (2, "Parc", True)
    assert (duplicate.state, duplicate.event.is_published) == (State.DISCARDED, False)


@pytest.mark.parametrize("case", ["itself", "set aside", "other edition"])
def test_a_merge_that_makes_no_sense_is_refused(case: str) -> None:
    first, second = builders.confirm("98012"), builders.confirm("92005")
    if case == "set aside":
        services.merge(second, builders.confirm("93022"), author=TEAM, now=NOW, reason="Doublon")
    if case == "other edition":
        second.edition_id = -1
    with db.session.no_autoflush, pytest.raises(Conflict):
        services.merge(first, first if case == "itself" else second, author=TEAM, now=NOW, reason="Doublon")

    assert first.state is State.CONFIRMED
