"""Gatherings of the tour: one that asks everything, and a registration in each state."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from sqlalchemy.orm import Session

from campaign.db import db
from campaign.events.content import Sitting
from campaign.events.models import Cohort, Event, EventKind
from campaign.events.vocabulary import Format
from campaign.identifiers import slugify
from campaign.registrations import file_kinds, given_files, invitations, links, queries, services
from campaign.registrations.invitations import Guest
from campaign.registrations.models import Question, QuestionKind, Registration, RegistrationRules
from tests.events.activities import content, publish
from tests.registrations import world
from tests.registrations.world import person

DAY = date(2027, 10, 13)


def set_gatherings(session: Session, now: datetime) -> Iterator[tuple[str, str]]:
    """The words that name them in addresses."""
    event = regional_day(session, now)
    yield "gathering", event.slug
    yield "gathering_number", str(event.id)
    rules = queries.get_rules(event.id)
    confirmed = _register(rules, ("Renée", "Côté"), ("Jean-Philippe", "Archambault-Létourneau"), now=now)
    yield from _words("confirmed", confirmed)
    yield "gathering_person", str(confirmed.attendees[0].id)
    yield "gathering_file", str(_send_slides(confirmed, now=now))
    yield "arrival", confirmed.attendees[0].ticket_code
    yield from _states(now)
    yield from _invited(event, now)


def _send_slides(registration: Registration, *, now: datetime) -> int:
    """What the first person joined; the number of the question."""
    person = registration.attendees[0]
    (asked,) = given_files.list_asked(registration)[person.id]
    file = file_kinds.read("Lire avec les tout-petits.pdf", b"%PDF-1.7\n%%EOF")
    given_files.put(registration, person, asked.question, file, author=services.PERSON, now=now)
    return asked.question.id


def regional_day(session: Session, now: datetime) -> Event:
    """Two days, on site and online, with parallel workshops, children and the questions of the organizer."""
    event = publish(
        content(
            title="Journée régionale de mobilisation",
            kind=EventKind.GATHERING,
            format=Format.HYBRID,
            online_url="https://visio.exemple.quebec/salle",
            is_online_url_public=False,
            place="Centre communautaire",
            sittings=tuple(
                Sitting(day=DAY, starts=time(*at), ends=time(at[0] + 1, at[1]))
                for at in ((9, 0), (10, 30), (10, 30), (13, 0), (13, 0))
            ),
        ),
        now=now,
    )
    workshops = ("Le jeu libre", "Les transitions douces", "Mobiliser sa municipalité", "Les premiers mots")
    for place, (sitting, title) in enumerate(zip(event.sessions[1:], workshops, strict=True)):
        sitting.title, sitting.place = title, f"Salle {'ABCD'[place]}"
        sitting.block = "ateliers du matin" if place < 2 else "ateliers de l’après-midi"
        sitting.capacity = 2 if place == 0 else 20
    session.flush()
    world.open_to(event, 120, party_max=4, takes_children=True, asks_diet=True, asks_access=True)
    lunch = Question(
        event_id=event.id,
        kind=QuestionKind.CHOICE,
        label="Dînerez-vous sur place?",
        options=["Oui", "Non"],
        is_required=True,
    )
    session.add(lunch)
    session.flush()
    session.add_all(
        [
            Question(
                event_id=event.id,
                position=1,
                kind=QuestionKind.TEXT,
                label="Avec qui souhaitez-vous dîner?",
                condition_id=lunch.id,
                condition_value="Oui",
            ),
            Question(
                event_id=event.id,
                position=2,
                kind=QuestionKind.CHOICES,
                label="Sujets qui vous intéressent",
                options=["Littératie", "Jeu libre", "Municipalités"],
            ),
            Question(event_id=event.id, position=3, kind=QuestionKind.NUMBER, label="Années d’expérience"),
            Question(
                event_id=event.id,
                position=4,
                kind=QuestionKind.TEXT,
                label="Votre numéro d’urgence",
                purpose="Pour joindre un proche en cas de malaise.",
                is_sensitive=True,
            ),
            Question(
                event_id=event.id,
                position=5,
                kind=QuestionKind.FILE,
                label="Votre présentation",
                help="Si vous animez un atelier.",
            ),
        ]
    )
    session.flush()
    return event


def training() -> Event:
    """Two groups of two dates, of which one is full and nobody may wait."""
    days = (date(2027, 12, 15), date(2028, 2, 16), date(2027, 12, 22), date(2028, 3, 22))
    event = publish(
        content(
            title="Formation sur le développement global",
            kind=EventKind.TRAINING,
            sittings=tuple(Sitting(day=day, starts=time(9), ends=time(12)) for day in days),
        )
    )
    groups = [Cohort(event_id=event.id, position=n, name=f"Groupe {n + 1}", capacity=12 * n) for n in (0, 1)]
    db.session.add_all(groups)
    db.session.flush()
    for number, sitting in enumerate(event.sessions):
        sitting.cohort_id = groups[number // 2].id
    db.session.flush()
    db.session.expire(event, ["cohorts"])
    world.open_to(event, None, has_waiting_list=False)
    return event


def _register(rules: RegistrationRules, *names: tuple[str, str], now: datetime) -> Registration:
    event = queries.get_event(rules.event_id)
    morning = [row.id for row in event.sessions if row.block][:1]
    people = [
        person(
            first,
            last_name=last,
            email="" if place else f"{slugify(first)}-{rules.event_id}@exemple.quebec",
            session_ids=tuple(morning),
        )
        for place, (first, last) in enumerate(names)
    ]
    made = services.register(
        rules, replace(world.answers(*people), email=people[0].email), form_token=None, now=now
    )
    return queries.get_registration(made.id)


def _words(name: str, registration: Registration) -> Iterator[tuple[str, str]]:
    yield f"registration_{name}", links.registration_token(registration)
    yield f"ticket_{name}", links.ticket_token(registration.attendees[0])


def _states(now: datetime) -> Iterator[tuple[str, str]]:
    """One seat: somebody has it, somebody is offered it, somebody waits; one is not proven, one cancelled."""
    yield "training", training().slug
    past, _groups = world.training()
    yield "gathering_past", queries.get_event(past.event_id).slug
    full = world.gathering(1)
    yield "gathering_full", queries.get_event(full.event_id).slug
    first = _register(full, ("Ève", "Roy"), now=now)
    yield from _words("offered", _register(full, ("Luc", "Roy"), now=now))
    yield from _words("waiting", _register(full, ("Marc", "Roy"), now=now))
    services.cancel(first, author=services.PERSON, now=now)
    yield from _words("cancelled", first)
    unproven = world.gathering(10, needs_verification=True)
    yield from _words("pending", _register(unproven, ("Anne", "Roy"), now=now))
    soon = world.gathering(10, opens_at=now + timedelta(days=30))
    yield "gathering_soon", queries.get_event(soon.event_id).slug


def _invited(event: Event, now: datetime) -> Iterator[tuple[str, str]]:
    guests = [
        Guest(name=f"Camille Côté {name}", email=f"camille-{name}@exemple.quebec", role="partenaire")
        for name in ("invited", "declined")
    ]
    invitations.invite(event, guests, now=now)
    for invitation in invitations.list_invitations(event.id):
        if "declined" in invitation.email:
            invitations.decline(invitation, now=now)
        yield f"invitation_{invitation.email[8:].partition('@')[0]}", invitations.token_of(invitation)
