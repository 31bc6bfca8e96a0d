"""Registering: who is first, who corrects, who takes over, and what waits for a proof."""

from dataclasses import replace

import pytest

from campaign.db import db
from campaign.errors import Gone
from campaign.participations import links, services
from campaign.participations.models import Channel, State, Track
from campaign.participations.services import MUNICIPALITY_BY_LINK, AlreadyRegistered
from tests import builders
from tests.builders import MANON, NOW
from tests.lasting import database as database
from tests.participations.record import LATER, moves, states_of

pytestmark = pytest.mark.usefixtures("session")


def test_a_registration_waits_for_the_address_to_be_verified() -> None:
    participation = builders.register()

    assert (participation.state, participation.number, participation.territory_name) == (
        State.REGISTERED,
        1,
        "Hébertville",
    )
    assert participation.event is not None
    assert not participation.event.is_published
    assert moves(participation) == [
        (Track.CEREMONY, "a_planifier", "planifiee", "Le formulaire public", Channel.WEB, "", NOW),
        (Track.STATE, "non_sollicitee", "inscrite", "Le formulaire public", Channel.WEB, "", NOW),
    ]


def test_numbers_follow_each_other() -> None:
    numbers = [builders.register(code).number for code in ("93022", "92005", "98012")]

    assert numbers == [1, 2, 3]


def test_a_second_person_is_told_who_was_first() -> None:
    builders.register()

    with pytest.raises(AlreadyRegistered) as refusal:
        builders.register(answers=builders.details(contact=replace(MANON, email="luc@exemple.quebec")))

    assert (refusal.value.by, refusal.value.message) == (
        "M. T.",
        "Votre municipalité est déjà inscrite par une personne de votre équipe.",
    )


def test_the_same_sending_twice_is_one_registration() -> None:
    first = builders.register(receipt="a")
    before = moves(first)

    second = builders.register(receipt="a", now=LATER)

    assert (second.id, second.registered_at, moves(first)) == (first.id, NOW, before)


def test_a_receipt_of_another_town_proves_nothing() -> None:
    builders.register("92005", receipt="a")
    builders.register("93022", receipt="b")

    with pytest.raises(AlreadyRegistered):
        builders.register("93022", receipt="a")


def test_the_sender_may_correct_a_registration_that_is_not_verified_yet() -> None:
    first = builders.register()
    old_proof = links.ask_proof(first, MANON.email, now=NOW)
    db.session.flush()

    corrected = builders.register(
        answers=builders.details(contact=replace(MANON, email="dg@exemple.quebec")),
        corrects=first.id,
        now=LATER,
    )

    assert (corrected.id, corrected.number, corrected.registered_at) == (first.id, 1, LATER)
    assert corrected.contact is not None
    assert corrected.contact.email == "dg@exemple.quebec"
    with pytest.raises(Gone):
        services.confirm_by_proof(old_proof, now=LATER)


def test_once_verified_the_sender_no_longer_corrects_by_the_public_form() -> None:
    first = builders.confirm()

    with pytest.raises(AlreadyRegistered):
        builders.register(corrects=first.id)


def test_a_stranger_does_not_keep_the_town_hall_out() -> None:
    stranger = builders.register(
        answers=builders.details(contact=replace(MANON, email="x@gmail.com")), needs_review=True
    )
    token = links.ask_proof(stranger, "x@gmail.com", now=NOW)
    db.session.flush()

    taken = builders.register(now=LATER)

    assert (taken.id, taken.needs_review) == (stranger.id, False)
    assert moves(taken, Track.DETAILS)[-1][2] == "reprise par la municipalité"
    with pytest.raises(Gone):  # the stranger's letter would otherwise give a link to everything
        services.confirm_by_proof(token, now=LATER)


def test_a_stranger_never_takes_over() -> None:
    builders.register()

    with pytest.raises(AlreadyRegistered):
        builders.register(needs_review=True)


def test_the_link_of_somebody_not_yet_checked_does_not_lift_the_doubt() -> None:
    participation = builders.register(needs_review=True)
    token = links.ask_proof(participation, MANON.email, now=NOW)
    db.session.flush()
    services.confirm_by_proof(token, now=NOW)
    services.cancel(participation, reason="Erreur", author=MUNICIPALITY_BY_LINK, now=NOW)

    again = builders.register(author=MUNICIPALITY_BY_LINK, now=LATER)
    services.confirm(again, author=MUNICIPALITY_BY_LINK, now=LATER)
    services.mark_verified(again, now=LATER)

    assert (again.id, again.state, again.needs_review) == (participation.id, State.CONFIRMED, True)
    assert again.contact is not None
    assert again.contact.email_verified_at is None
    assert again.event is not None
    assert not again.event.is_published


def test_after_a_cancellation_a_fresh_form_asks_the_proof_again_and_keeps_the_number() -> None:
    participation = builders.confirm()
    services.cancel(participation, reason="Mât brisé", author=MUNICIPALITY_BY_LINK, now=NOW)

    again = builders.register(now=LATER)

    assert (again.id, again.state, again.number) == (participation.id, State.REGISTERED, 1)
    assert states_of(again)[-1] == ("annulee", "inscrite")
    assert moves(again, Track.CEREMONY)[-1][1:3] == ("annulee", "planifiee")


def test_who_declined_may_register_at_any_time() -> None:
    services.decline(builders.edition(), builders.territory(), author=MUNICIPALITY_BY_LINK, now=NOW)

    participation = builders.register()

    assert states_of(participation) == [("non_sollicitee", "declinee"), ("declinee", "inscrite")]
