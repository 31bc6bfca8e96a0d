"""Gatherings to register to, and people who do."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time
from typing import Any

from campaign.db import db
from campaign.events.content import Sitting
from campaign.events.models import Cohort, Event, EventKind
from campaign.registrations import capacity, queries, services
from campaign.registrations.answers import PersonAnswers, RegistrationAnswers
from campaign.registrations.models import Registration, RegistrationRules
from tests.builders import NOW
from tests.events.activities import content, publish

DAY = date(2027, 10, 13)


def gathering(seats: int | None = 50, **rules: Any) -> RegistrationRules:
    """A regional gathering of one morning, open at once and without proof of the address."""
    event = publish(
        content(
            title="Rassemblement régional",
            kind=EventKind.GATHERING,
            sittings=(Sitting(day=DAY, starts=time(9), ends=time(12)),),
        )
    )
    return open_to(event, seats, **rules)


def open_to(event: Event, seats: int | None, **rules: Any) -> RegistrationRules:
    """Rules for that event, with its limits written."""
    made = RegistrationRules(
        event_id=event.id,
        **{"needs_verification": False, "party_max": 6, "has_waiting_list": True, "offer_hours": 48} | rules,
    )
    db.session.add(made)
    db.session.flush()
    capacity.set_limits(queries.get_event(event.id), made, capacity=seats)
    return made


def training(seats: int = 2) -> tuple[RegistrationRules, list[Cohort]]:
    """Two groups, two dates each; a choice of group is a choice of both its dates."""
    days = [date(2021, 12, 15), date(2022, 2, 16), date(2021, 12, 22), date(2022, 3, 23)]
    event = publish(
        content(
            title="Formation 0-5 ans",
            kind=EventKind.TRAINING,
            sittings=tuple(Sitting(day=day, starts=time(9), ends=time(12)) for day in days),
        )
    )
    groups = [Cohort(event_id=event.id, position=n, name=f"Groupe {n + 1}", capacity=seats) for n in range(2)]
    db.session.add_all(groups)
    db.session.flush()
    for number, sitting in enumerate(event.sessions):
        sitting.cohort_id = groups[number // 2].id
    db.session.flush()
    return open_to(event, None), groups


def person(name: str = "Réal", **changes: Any) -> PersonAnswers:
    """Somebody with an address of their own."""
    usual = PersonAnswers(
        first_name=name,
        last_name="Tremblay",
        email=f"{name.lower().replace('é', 'e')}@exemple.quebec",
        organization="CPE La Farandole",
    )
    return replace(usual, **changes)


def answers(*people: PersonAnswers, **changes: Any) -> RegistrationAnswers:
    """A form filled in by the first of these people."""
    known = people or (person(),)
    usual = RegistrationAnswers(
        name=f"{known[0].first_name} {known[0].last_name}", email=known[0].email, people=known
    )
    return replace(usual, **changes)


def register(
    rules: RegistrationRules, *people: PersonAnswers, now: datetime = NOW, form_token: str | None = None
) -> Registration:
    """One form, sent."""
    return services.register(rules, answers(*people), form_token=form_token, now=now)
