"""A gathering of the tour that was held yesterday, with what follows it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta

from campaign import clock
from campaign.checkin import afterwards, surveys
from campaign.checkin.surveys import SurveyAnswers
from campaign.events.content import Sitting
from campaign.events.models import EventKind
from campaign.registrations import links, queries
from campaign.registrations.models import AttestationRule
from tests.checkin import gathering
from tests.events.activities import content, publish
from tests.registrations import world


def set_held_gathering(now: datetime) -> Iterator[tuple[str, str]]:
    """A gathering of yesterday: six came, one did not, one came without a ticket; five said what they
    thought."""
    day = clock.today(now) - timedelta(days=1)
    sittings = (
        Sitting(day=day, starts=time(9), ends=time(12)),
        Sitting(day=day, starts=time(13), ends=time(16)),
    )
    held = publish(
        content(title="Rassemblement d’hier", kind=EventKind.GATHERING, sittings=sittings), now=now
    )
    rules = world.open_to(held, None, attestation=AttestationRule.ALL, takes_children=True)
    before = now - timedelta(days=3)
    people = [
        world.register(
            rules,
            world.person(name, email=f"hier{number}@exemple.quebec", sensitive={"alimentation": "Noix"}),
            now=before,
        ).attendees[0]
        for number, name in enumerate(["Zoé", "Marc", "Élise", "Guy", "Ian", "Léa", "Éloi"])
    ]
    event = queries.get_event(held.id)
    for number, sitting in enumerate(event.sessions):
        gathering.admit(event, sitting, *people[:-1], children=number, late=8)
    gathering.walk_in(event, event.sessions[0], "Ahmed")
    # Telephones without network: somebody is let in at two doors, and somebody whom nobody knows.
    gathering.admit(event, event.sessions[0], people[1], late=11, door="Porte 2")
    gathering.let_in_unknown(event, event.sessions[0], "HAT7KM")
    tokens = []
    for one in people[:-1]:
        opened = afterwards.open_links(one, event, now=now)
        assert opened is not None
        tokens.append(opened.survey_url.rpartition("/")[2])
    for number, token in enumerate(tokens[:-1]):
        surveys.answer(token, SurveyAnswers(score=5 - number % 3, liked="Les conférences"), now=now)
    yield "held", str(event.id)
    yield "held_present", links.ticket_token(people[0])
    yield "held_absent", links.ticket_token(people[-1])
    yield "survey", tokens[-1]
    yield "survey_answered", tokens[0]
    yield "survey_closed", _survey_of_last_season(now)


def _survey_of_last_season(now: datetime) -> str:
    """The link of somebody who never answered."""
    day = clock.today(now) - timedelta(days=40)
    sittings = (Sitting(day=day, starts=time(9), ends=time(12)),)
    held = publish(
        content(title="Rassemblement du mois dernier", kind=EventKind.GATHERING, sittings=sittings), now=now
    )
    rules = world.open_to(held, None)
    late = world.register(rules, world.person("Rose", email="rose@exemple.quebec"), now=now).attendees[0]
    opened = afterwards.open_links(late, queries.get_event(held.id), now=now)
    assert opened is not None
    return opened.survey_url.rpartition("/")[2]
