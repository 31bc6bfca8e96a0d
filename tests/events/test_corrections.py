"""What a correction tells: another day, hour or place, a date called off, once; nothing else, to nobody."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
import sqlalchemy as sa

from campaign.db import db
from campaign.events import proposals, team
from campaign.events.content import ActivityContent, Sitting
from campaign.events.models import Event, EventAction, EventMove, Follower
from campaign.events.signals import event_changed
from campaign.events.vocabulary import Cost, Format
from campaign.outbox.models import Attachment, Message, Stencil
from tests import builders
from tests.builders import DAY_J, NOW
from tests.events import proposing
from tests.events.activities import content, publish
from tests.events.proposing import EMAIL, LATER, TEAM
from tests.lasting import database as database

ANA = "ana@exemple.quebec"
NBSP = "\u00a0"
TEN = Sitting(day=DAY_J, starts=time(10), ends=time(11))
TWO_DAYS = (TEN, replace(TEN, day=DAY_J + timedelta(days=1)))
NEXT_WEEK = replace(TEN, day=DAY_J + timedelta(days=7))


def followed(event: Event, *addresses: str) -> Event:
    db.session.add_all(
        Follower(
            event_id=event.id,
            email=address,
            token_hash=f"{event.id}{address}",
            created_at=NOW,
            verified_at=NOW,
        )
        for address in addresses or (ANA,)
    )
    db.session.flush()
    return event


def correct(event: Event, told: ActivityContent, *, now: datetime = LATER) -> bool:
    db.session.expire_all()
    return team.correct(
        team.get_event(event.id, locked=True),
        told,
        territory=builders.territory(told.geo_code) if told.geo_code else None,
        month_on=None,
        picture=None,
        author=TEAM,
        now=now,
    )


def told() -> list[tuple[str, str]]:
    """(address, subject) of the letters of changes."""
    written = sa.select(Message.to_email, Message.subject).where(Message.dedupe_key.startswith("change:"))
    return [(row.to_email, row.subject) for row in db.session.execute(written.order_by(Message.id))]


def letter() -> str:
    """The text of the only letter of a change."""
    return db.session.scalars(sa.select(Stencil.text)).one().replace(NBSP, " ")


def moves() -> list[tuple[EventAction, str]]:
    return [
        (row.action, row.author) for row in db.session.scalars(sa.select(EventMove).order_by(EventMove.id))
    ]


@pytest.mark.usefixtures("session")
@pytest.mark.parametrize(
    ("corrected", "headline", "action"),
    [
        (content(sittings=(NEXT_WEEK,)), "Nouvelle date", EventAction.POSTPONE),
        (content(sittings=(replace(TEN, starts=time(9)),)), "Nouvel horaire", EventAction.POSTPONE),
        (content(sittings=(replace(TEN, ends=time(12)),)), "Nouvel horaire", EventAction.POSTPONE),
        (content(sittings=()), "Date annulée", EventAction.CANCEL),
        (content(place="Centre communautaire"), "Nouveau lieu", EventAction.MOVE),
        (content(geo_code="94068"), "Nouveau lieu", EventAction.MOVE),
        (
            content(format=Format.ONLINE, online_url="https://exemple.quebec/conte", place=""),
            "En ligne",
            EventAction.PUT_ONLINE,
        ),
    ],
)
def test_what_moves_or_is_called_off_is_told_once(
    corrected: ActivityContent, headline: str, action: EventAction
) -> None:
    event = followed(publish())

    assert correct(event, corrected)
    assert not correct(event, corrected)

    assert told() == [(ANA, f"{headline}{NBSP}: Heure du conte en pyjama")]
    assert moves() == [(action, TEAM)]


@pytest.mark.usefixtures("session")
@pytest.mark.parametrize(
    "corrected",
    [
        content(title="Heure du conte en pyjamas"),
        content(description="Des histoires, une doudou à la main."),
        content(place="bibliotheque  municipale"),
        content(cost=Cost.DONATION),
        content(sittings=(TEN, NEXT_WEEK)),
        content(is_private=True),
    ],
)
def test_what_changes_no_plan_is_told_to_nobody(corrected: ActivityContent) -> None:
    event = followed(publish())

    assert correct(event, corrected)

    assert told() == []
    assert moves() == []


@pytest.mark.usefixtures("session")
def test_the_letter_says_before_and_now_and_brings_calendars_up_to_date() -> None:
    event = followed(publish(content(sittings=TWO_DAYS)))

    correct(event, content(sittings=(TEN, NEXT_WEEK)))

    text = letter()
    assert "Avant : mardi 16 novembre 2027, de 10 h à 11 h, Bibliothèque municipale" in text
    assert "Maintenant : lundi 22 novembre 2027, de 10 h à 11 h, Bibliothèque municipale" in text
    assert "lundi 15 novembre" not in text
    (file,) = db.session.scalars(sa.select(Attachment))
    assert file.data.count(b"BEGIN:VEVENT") == 1
    assert b"DTSTART;TZID=America/Toronto:20271122T100000" in file.data


@pytest.mark.usefixtures("session")
def test_a_date_taken_out_is_told_as_called_off() -> None:
    event = followed(publish(content(sittings=TWO_DAYS)))

    correct(event, content(sittings=TWO_DAYS[1:]))

    text = letter()
    assert "Annulé : lundi 15 novembre 2027" in text
    assert "16 novembre" not in text


@pytest.mark.usefixtures("session")
def test_nobody_is_told_of_what_is_behind() -> None:
    event = followed(publish(content(sittings=TWO_DAYS)))
    evening = datetime.combine(DAY_J, time(20), tzinfo=NOW.tzinfo)

    correct(event, content(sittings=(replace(TEN, ends=time(12)), TWO_DAYS[1])), now=evening)

    assert told() == []


@pytest.mark.usefixtures("session")
def test_the_rooms_above_hear_of_it() -> None:
    event = followed(publish())
    heard: list[tuple[int, EventAction]] = []

    def listen(sender: Event, move: EventMove) -> None:
        heard.append((sender.id, move.action))

    with event_changed.connected_to(listen):
        correct(event, content(sittings=(NEXT_WEEK,)))

    assert heard == [(event.id, EventAction.POSTPONE)]


@pytest.mark.usefixtures("session")
def test_a_change_that_the_team_approves_is_told_to_followers_and_its_author_reads_one_letter() -> None:
    proposal = proposing.published()
    assert proposal.event is not None
    followed(proposal.event, ANA, EMAIL)
    proposals.edit(
        proposal, content(sittings=(NEXT_WEEK,)), picture=None, author=proposals.PROPOSER, now=LATER
    )
    assert told() == []

    proposals.approve(proposal, author=TEAM, now=LATER)

    assert told() == [(ANA, f"Nouvelle date{NBSP}: Heure du conte en pyjama")]
    assert proposing.letters().count(("proposal_revised", EMAIL)) == 1
    assert moves() == [(EventAction.POSTPONE, TEAM)]


@pytest.mark.usefixtures("session")
def test_a_change_of_a_trusted_organizer_is_told_at_once() -> None:
    organizer = proposing.trusted()
    proposal = proposing.submitted()
    assert proposal.event is not None
    followed(proposal.event)

    proposals.edit(
        proposal, content(place="Salle du conseil"), picture=None, author=proposals.PROPOSER, now=LATER
    )

    assert told() == [(ANA, f"Nouveau lieu{NBSP}: Heure du conte en pyjama")]
    assert moves() == [(EventAction.MOVE, organizer.name)]


@pytest.mark.usefixtures("session")
def test_a_day_given_to_what_had_none_is_told() -> None:
    event = followed(publish(content(sittings=())))
    correct(event, content(sittings=()))
    assert [row.starts_on for row in event.sessions] == [None]

    correct(event, content(sittings=(TEN,)))

    assert told() == [(ANA, f"Date confirmée{NBSP}: Heure du conte en pyjama")]
    assert [row.starts_on for row in team.get_event(event.id).sessions] == [date(2027, 11, 15)]
