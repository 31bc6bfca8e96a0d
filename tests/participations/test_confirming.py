"""From « inscrite » to « confirmée »: by telephone, by the button of the letter, by the team's look."""

from datetime import timedelta

import pytest

from campaign.db import db
from campaign.errors import Gone
from campaign.participations import links, services
from campaign.participations.models import Channel, Track
from tests import builders
from tests.builders import MANON, NOW, TEAM
from tests.lasting import database as database
from tests.participations.record import LATER, moves

pytestmark = pytest.mark.usefixtures("session")


def test_confirming_publishes_the_ceremony_and_says_how_it_was_known() -> None:
    participation = builders.register()

    services.confirm(participation, author=TEAM, now=LATER, reason="Mme Tremblay, au téléphone")

    assert participation.confirmed_at == LATER
    assert participation.event is not None
    assert participation.event.is_published
    assert moves(participation, Track.STATE)[-1] == (
        Track.STATE, "inscrite", "confirmee", "Jeanne", Channel.TEAM, "Mme Tremblay, au téléphone", LATER,
    )  # fmt: skip


def test_the_team_looks_then_the_public_sees() -> None:
    participation = builders.register(needs_review=True)
    services.confirm(participation, author=TEAM, now=NOW)
    assert participation.event is not None
    assert not participation.event.is_published

    services.approve(participation, author=TEAM, now=LATER)

    assert participation.event.is_published
    assert moves(participation, Track.REVIEW) == [
        (Track.REVIEW, "à vérifier", "vérifiée", "Jeanne", Channel.TEAM, "", LATER)
    ]


def test_pressing_the_button_twice_changes_nothing() -> None:
    participation = builders.register()
    token = links.ask_proof(participation, MANON.email, now=NOW)
    db.session.flush()
    services.confirm_by_proof(token, now=LATER)
    before = moves(participation)

    services.confirm_by_proof(token, now=LATER + timedelta(minutes=1))

    assert (participation.confirmed_at, moves(participation)) == (LATER, before)
    assert participation.contact is not None
    assert participation.contact.email_verified_at == LATER


def test_a_used_letter_opens_nothing_after_two_weeks() -> None:
    participation = builders.register()
    token = links.ask_proof(participation, MANON.email, now=NOW)
    db.session.flush()
    services.confirm_by_proof(token, now=LATER)

    with pytest.raises(Gone):
        links.get_proof(token, now=NOW + links.VERIFICATION_LIFE)


def test_an_old_letter_gives_no_link_back_to_who_left() -> None:
    participation = builders.register()
    token = links.ask_proof(participation, MANON.email, now=NOW)
    db.session.flush()
    services.confirm_by_proof(token, now=NOW)

    links.revoke_all(
        participation.edition_id, participation.territory_id, because="La personne a changé", now=LATER
    )

    with pytest.raises(Gone):
        services.confirm_by_proof(token, now=LATER)
