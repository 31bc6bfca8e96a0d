"""A gathering whose door opens now, and what a phone sends to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from campaign import clock
from campaign.accounts.models import User
from campaign.checkin.models import EventHost
from campaign.db import db, transaction
from campaign.events.content import Sitting
from campaign.events.models import EventKind
from campaign.registrations.models import Attendee
from campaign.registrations.services import PERSON, cancel
from tests.events.activities import content, publish
from tests.pages import Client
from tests.registrations import world


@dataclass
class Gathering:
    """What the tests know of an event: numbers and codes, nothing that is bound to a database session."""

    event_id: int
    sittings: list[int]
    tickets: list[str]
    codes: list[str]
    cancelled: str = ""


def make_gathering(
    people: int = 3,
    *,
    now: datetime,
    geo_code: str | None = None,
    workshops: int = 0,
    cancels: int = 0,
    title: str = "Rassemblement régional",
    **rules: Any,
) -> Gathering:
    """A morning of that very day, in an open transaction: `people` come, `cancels` more had registered."""
    today = clock.today(now)
    sittings = [Sitting(day=today, starts=time(9), ends=time(12))]
    sittings += [Sitting(day=today, starts=time(13 + n), ends=time(14 + n)) for n in range(workshops)]
    where = {"geo_code": geo_code} if geo_code else {}
    told = content(title=title, kind=EventKind.GATHERING, sittings=tuple(sittings), **where)
    event = publish(told, now=now)
    for number, sitting in enumerate(event.sessions[1:]):
        sitting.title, sitting.block = f"Atelier {'ABCDEF'[number]}", "apres-midi"
    opened = world.open_to(event, None, **rules)
    made = [
        world.register(opened, world.person(f"Prénom{n}", email=f"p{n}.{event.id}@exemple.quebec"), now=now)
        for n in range(people + cancels)
    ]
    for registration in made[people:]:
        cancel(registration, author=PERSON, now=now)
    db.session.flush()
    everybody: list[Attendee] = [registration.attendees[0] for registration in made]
    return Gathering(
        event_id=event.id,
        sittings=[sitting.id for sitting in event.sessions],
        tickets=[one.ticket_code for one in everybody[:people]],
        codes=[one.short_code for one in everybody[:people]],
        cancelled=everybody[people].ticket_code if cancels else "",
    )


def give(app: Flask, gathering: Gathering, email: str) -> None:
    """Make that account a host of the gathering."""
    with app.app_context(), transaction() as session:
        user = session.scalars(sa.select(User).where(User.email == email)).one()
        session.add(EventHost(event_id=gathering.event_id, user_id=user.id))


@dataclass
class Phone:
    """What the page of the door asks of the server, as a browser would."""

    client: Client
    gathering: Gathering
    csrf: str = ""
    token: str = ""
    cursor: str | None = None
    clock_error: timedelta = field(default_factory=timedelta)

    @property
    def address(self) -> str:
        return f"/gestion/accueil/{self.gathering.event_id}"

    def open(self, door: str = "Porte 1") -> TestResponse:
        page = self.client.visit(self.address)
        self.csrf = str(page.one("#porte")["data-csrf"])
        answer = self.post("ouvrir", {"porte": door})
        if answer.status_code == 200:
            self.token = answer.get_json()["jeton"]
        return answer

    def post(self, name: str, body: object) -> TestResponse:
        return self.client.post(
            f"{self.address}/{name}", json=body, headers={"X-CSRFToken": self.csrf, "X-Appareil": self.token}
        )

    def people(self) -> TestResponse:
        return self.client.get(f"{self.address}/liste.json", headers={"X-Appareil": self.token})

    def scan(self, code: str, **more: Any) -> dict[str, Any]:
        usual = {
            "id": str(uuid4()),
            "action": "admettre",
            "seance": self.gathering.sittings[0],
            "a": (clock.now() + self.clock_error).isoformat(),
            "code": code,
        }
        return usual | more

    def tell(self, *scans: dict[str, Any]) -> TestResponse:
        body = {
            "maintenant": (clock.now() + self.clock_error).isoformat(),
            "lectures": list(scans),
            "depuis": self.cursor,
        }
        answer = self.post("lectures", body)
        if answer.status_code == 200:
            self.cursor = answer.get_json()["curseur"]
        return answer
