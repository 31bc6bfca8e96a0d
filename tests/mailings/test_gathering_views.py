"""The team's page of reminders: when each leaves, to how many, its letter, the switch that stops it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time, timedelta
from typing import TypeVar

import pytest
from flask import Flask

from campaign import clock
from campaign.accounts.models import Role
from campaign.db import transaction
from campaign.events.content import Sitting
from campaign.events.models import EventKind
from campaign.events.vocabulary import Format
from campaign.mailings import gatherings
from campaign.mailings.models import ReminderKind
from tests.builders import NOW
from tests.events.activities import content, publish
from tests.mailings.test_gatherings import LINK, remind
from tests.pages import Client, Page, words
from tests.people import sign_in
from tests.queries import count_queries
from tests.registrations import world
from tests.registrations.world import person, register

pytestmark = pytest.mark.usefixtures("directory")

Answer = TypeVar("Answer")
DAY = date(2027, 10, 13)


def at(app: Flask, act: Callable[[], Answer]) -> Answer:
    """What that gives, written and left."""
    with app.app_context(), transaction():
        return act()


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def event_id(app: Flask) -> int:
    def act() -> int:
        rules = world.gathering()
        register(rules, person(), now=NOW)
        return rules.event_id

    return at(app, act)


def address(event_id: int, kind: str = "") -> str:
    return f"/gestion/evenements/{event_id}/rappels" + (f"/{kind}" if kind else "")


def rows(page: Page) -> list[list[str]]:
    """The cells of the table, in words."""
    return [
        [words(cell).replace("\u00a0", " ") for cell in row.select("th, td")] for row in page.all("tbody tr")
    ]


def test_each_reminder_says_when_why_and_to_how_many(app: Flask, client: Client, event_id: int) -> None:
    sign_in(client, Role.ORGANIZER)

    page = client.visit(address(event_id))

    assert rows(page) == [
        [
            "Premier rappel",
            "30 jours avant la séance : lundi 13 septembre 2027, 9 h.",
            "prévu",
            "1 personne, à ce jour",
        ],
        [
            "Deuxième rappel",
            "14 jours avant la séance : mercredi 29 septembre 2027, 9 h.",
            "prévu",
            "1 personne, à ce jour",
        ],
        [
            "Renseignements pratiques",
            "7 jours avant la séance : mercredi 6 octobre 2027, 9 h.",
            "prévu",
            "1 personne, à ce jour",
        ],
        [
            "Lieu ou lien, stationnement",
            "2 jours avant la séance tombe le lundi 11 octobre 2027, jour de l’Action de grâce : avancé au "
            "vendredi 8 octobre, 9 h.",
            "prévu",
            "1 personne, à ce jour",
        ],
        [
            "Merci, questionnaire et attestation",
            "Le lendemain de la séance : jeudi 14 octobre 2027, 9 h.",
            "prévu",
            "Les personnes présentes, après leur dernière séance",
        ],
    ]


def test_what_left_is_counted_with_those_left_out(
    app: Flask, client: Client, event_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = NOW + timedelta(days=13)
    monkeypatch.setattr(clock, "now", lambda: later)
    at(app, lambda: remind(later))
    sign_in(client, Role.VIEWER)

    page = client.visit(address(event_id))

    assert rows(page)[0][2:] == ["passé", "1 personne"]


@pytest.mark.parametrize(
    ("days", "words"),
    [(13, ["en cours", "Personne"]), (44, ["sans objet", "Personne"])],
    ids=["no worker was there yet", "no worker was ever there"],
)
def test_a_moment_that_no_worker_saw_says_so(
    client: Client, event_id: int, monkeypatch: pytest.MonkeyPatch, days: int, words: list[str]
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(days=days))
    sign_in(client, Role.VIEWER)

    assert rows(client.visit(address(event_id)))[0][2:] == words


def test_a_reminder_is_switched_off_and_on_again(app: Flask, client: Client, event_id: int) -> None:
    sign_in(client, Role.ORGANIZER)

    def press(button: str) -> list[str]:
        page = client.visit(address(event_id))
        after = client.submit(page, f"form[action='{address(event_id, 'j-14')}']", button=button)
        return rows(after)[1][2:]

    assert press("Arrêter\u00a0: Deuxième rappel") == ["arrêté", "Personne"]
    assert at(app, lambda: gatherings.silenced_kinds(event_id)) == {ReminderKind.FORTNIGHT}
    assert press("Reprendre\u00a0: Deuxième rappel") == ["prévu", "1 personne, à ce jour"]


def test_the_letter_is_read_before_it_leaves(app: Flask, client: Client, event_id: int) -> None:
    sign_in(client, Role.ORGANIZER)

    letters = {kind: client.visit(address(event_id, kind)) for kind in ("j-7", "j+1")}

    assert "Dans 7\u00a0jours\u00a0: Rassemblement régional" in words(letters["j-7"].one(".inbox__subject"))
    assert "Camille Exemple" in words(letters["j+1"].one("pre"))
    assert client.get(address(event_id, "j-6")).status_code == 404


def test_a_hybrid_event_without_a_link_is_warned_of(app: Flask, client: Client) -> None:
    def act(url: str) -> int:
        sitting = Sitting(day=DAY, starts=time(9), ends=time(12))
        told = content(
            title=f"Webinaire {url}", kind=EventKind.GATHERING, sittings=(sitting,), format=Format.HYBRID,
            online_url=url,
        )  # fmt: skip
        return world.open_to(publish(told), 50).event_id

    sign_in(client, Role.ORGANIZER)

    without, complete = (client.visit(address(at(app, lambda url=url: act(url)))) for url in ("", LINK))

    assert "aucun lien n’est inscrit" in without.text
    assert "aucun lien n’est inscrit" not in complete.text
    assert "Lien, le matin même" in complete.text


def test_what_takes_no_registration_or_has_no_day_says_so(app: Flask, client: Client) -> None:
    def act(sittings: tuple[Sitting, ...], *, opens: bool) -> int:
        event = publish(content(title="Rencontre", kind=EventKind.MEETING, sittings=sittings))
        if opens:
            world.open_to(event, 5)
        return event.id

    sign_in(client, Role.ORGANIZER)
    closed = at(app, lambda: act((Sitting(day=DAY),), opens=False))
    undated = at(app, lambda: act((), opens=True))

    assert "ne prend pas d’inscriptions" in client.visit(address(closed)).text
    assert "Aucune date n’est connue" in client.visit(address(undated)).text
    assert "Aucune date n’est connue" in client.visit(address(undated, "j-7")).text


def test_another_region_opens_nothing_and_a_reader_switches_nothing(
    app: Flask, client: Client, event_id: int
) -> None:
    sign_in(client, Role.COORDINATOR, "01")
    away = client.get(address(event_id)).status_code, client.get(address(event_id, "j-7")).status_code

    app.config["WTF_CSRF_ENABLED"] = False
    refused = client.post(address(event_id, "j-7"), data={"geste": "arreter"}).status_code

    assert (away, refused) == ((403, 403), 403)
    assert at(app, lambda: gatherings.silenced_kinds(event_id)) == frozenset()


def test_the_page_asks_as_many_questions_for_three_days_as_for_one(app: Flask, client: Client) -> None:
    def act(days: int) -> int:
        sittings = tuple(Sitting(day=DAY + timedelta(days=9 * n), starts=time(9)) for n in range(days))
        rules = world.open_to(publish(content(title=f"Série de {days}", sittings=sittings)), 9)
        for number in range(days):
            register(rules, person(f"P{number}"), now=NOW)
        return rules.event_id

    sign_in(client, Role.ORGANIZER)
    counts = []
    for number in (1, 3):
        page = address(at(app, lambda number=number: act(number)))
        client.visit(page)
        with count_queries(app) as statements:
            client.visit(page)
        counts.append(len(statements))

    assert counts[0] == counts[1]
