"""What is asked of the product: pages of visitors and of clerks, and registrations of distinct towns."""

import random
import re
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, replace
from http.cookies import SimpleCookie
from typing import Self
from urllib.parse import quote, urlencode

import sqlalchemy as sa
from flask import Flask

from campaign import clock
from campaign.campaigns.queries import current_edition
from campaign.db import transaction
from campaign.participations import links
from campaign.participations.models import Participation, State
from campaign.territory.models import Territory
from tests.benchmarks.load import COUNTER, PERSON, Request

READER = {"Accept-Encoding": "gzip, deflate, br"}
"""As each browser asks."""


@dataclass(frozen=True, kw_only=True)
class Town:
    """A municipality that has not registered yet."""

    geo_code: str
    email: str


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What the requests need to know of the database."""

    names: list[str]
    towns: list[Town]
    registered: str
    """The code of a municipality that takes part."""
    token: str
    flag_on: str

    @classmethod
    def of(cls, app: Flask) -> Self:
        """Read it from the demonstration, and issue one personal link."""
        with app.app_context(), transaction() as session:
            edition, now = current_edition(), clock.now()
            answers = sa.select(Participation.territory_id).where(
                Participation.edition_id == edition.id,
                Participation.state.not_in([State.NOT_INVITED, State.INVITED]),
            )
            local = (
                sa.select(Territory)
                .where(Territory.is_local, Territory.valid_to.is_(None))
                .order_by(Territory.geo_code)
            )
            names = [territory.name for territory in session.scalars(local)]
            silent = session.scalars(local.where(Territory.id.not_in(answers))).all()
            confirmed = session.scalars(
                local.join(Participation, Participation.territory_id == Territory.id).where(
                    Participation.edition_id == edition.id, Participation.state == State.CONFIRMED
                )
            ).first()
            assert confirmed is not None
            assert edition.flag_on is not None
            return cls(
                names=names,
                towns=[
                    Town(geo_code=town.geo_code, email=town.email or f"mairie@{town.geo_code}.example.org")
                    for town in silent[1:]
                ],
                registered=confirmed.geo_code,
                token=links.issue(edition, silent[0], now=now),
                flag_on=edition.flag_on.isoformat(),
            )


@dataclass(frozen=True, kw_only=True)
class Case:
    """One line of the table."""

    name: str
    kind: str
    requests: list[Request]
    status: int = 200
    is_kept: bool = False
    """Drawn once until the data changes: measured after changes too."""


def pages(ground: Ground, port: int) -> list[Case]:
    """Each public page from memory and unchanged; the search and the personal link, always rendered anew."""
    cases = []
    for name, path in (
        ("home", "/"),
        ("participants", "/municipalites"),
        ("municipality", f"/municipalites/{ground.registered}"),
    ):
        known = Request(path=path, headers=READER)
        cases += [
            Case(name=name, kind="memory", requests=[known], is_kept=True),
            Case(name=name, kind="304", requests=[known], status=304),
        ]
    typed = [Request(path=f"/municipalites/recherche?q={quote(text)}") for text in _typed(ground.names)]
    personal = Request(path=f"/p/{ground.token}", headers=READER)
    return [
        *cases,
        Case(name="search", kind="anew", requests=typed),
        Case(name="personal link", kind="anew", requests=[personal]),
    ]


def freshened(case: Case, port: int) -> Case:
    """An unchanged page is asked with the mark that it bears now."""
    if case.status != 304:
        return case
    path = case.requests[0].path
    known = Request(path=path, headers={**READER, "If-None-Match": _header(port, path, "ETag")})
    return replace(case, requests=[known])


def _typed(names: list[str]) -> list[str]:
    """Three beginnings of each name of the directory, as somebody types it; the same at each run."""
    chance = random.Random(17)
    typed = [name[: chance.randint(2, len(name))].lower() for name in names for _ in range(3)]
    chance.shuffle(typed)
    return typed


def registrations(ground: Ground, port: int, first: int, last: int) -> Case:
    """The public form, sent for a slice of the silent towns, each by somebody else."""
    address = f"http://127.0.0.1:{port}/inscription/{ground.towns[0].geo_code}"
    with urllib.request.urlopen(address, timeout=30) as answer:
        cookie = SimpleCookie(answer.headers["Set-Cookie"])["pavois"].value
        found = re.search(r'name="csrf_token" value="([^"]+)"', answer.read().decode())
    assert found is not None
    # The client's number is a town's, so that one town's form is one person's.
    headers = {"Cookie": f"pavois={cookie}", "X-Forwarded-For": PERSON}
    return Case(
        name="registration",
        kind="POST",
        status=303,
        requests=[
            Request(
                path=f"/inscription/{town.geo_code}",
                method="POST",
                headers=headers,
                body=urlencode(_answers(town, ground.flag_on, found[1]), doseq=True),
            )
            for town in ground.towns[first:last]
        ],
    )


def _answers(town: Town, flag_on: str, csrf_token: str) -> dict[str, object]:
    """A whole form as a browser sends it, every field included."""
    return {
        "csrf_token": csrf_token,
        "cle": f"receipt-of-{town.geo_code}",
        "fiche": "",
        "site_web": "",
        "modes": ["lever_drapeau", "affichage"],
        "other_mode": "",
        "flag_on": flag_on,
        "flag_time": "10 h 30",
        "place": "Hôtel de ville, 1, rue Principale",
        "opening": "public",
        "mast": "oui",
        "lowered_on": flag_on,
        "children": "oui",
        "children_count": "25",
        "childcare": "CPE Les Petits Pas",
        "elected_name": "Jeanne Gagnon",
        "elected_role": "Mairesse",
        "plan_b": "interieur",
        "plan_b_on": "",
        "plan_b_place": "Salle du conseil",
        "resolution": "",
        "resolution_on": "",
        "resolution_number": "",
        "kit": "non",
        "kit_flags": "",
        "kit_posters": "",
        "kit_stickers": "",
        "kit_blankets": "",
        "delivery_address": "",
        "delivery_hours": "",
        "delivery_attention": "",
        "first_name": "Manon",
        "last_name": "Tremblay",
        "role": "Greffière",
        "email": town.email,
        "phone": "418 555-0199",
        "extension": "12",
        "second_name": "",
        "second_email": "",
        "media": "non",
        "language": "francais",
        "authority": "y",
    }


def body_of(port: int, request: Request, *, headers: Mapping[str, str] = READER) -> bytes:
    """The page as it goes over the wire to who asks in that way, for the yardstick."""
    path = request.path.replace(COUNTER, "0")
    asked = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=dict(headers))
    with urllib.request.urlopen(asked, timeout=60) as answer:  # noqa: S310 - our own address
        read: bytes = answer.read()
        return read


def _header(port: int, path: str, name: str) -> str:
    asked = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=READER)
    with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310 - our own address
        return str(answer.headers[name])
