"""Several people, or one person twice, at the same moment: real requests on a real server with threads.

Nothing here waits for time to pass: barriers hold everyone until all are ready.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from functools import partial
from threading import Barrier

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from flask import Flask
from sqlalchemy.orm import Session

from campaign.campaigns.models import Edition
from campaign.campaigns.services import open_edition
from campaign.db import db, transaction
from campaign.errors import Conflict
from campaign.events import proposals
from campaign.events.models import Event, Proposal
from campaign.outbox.models import Message
from campaign.participations import registering, services
from campaign.participations.models import Mode, Participation, ParticipationMove, State
from campaign.participations.services import Author
from campaign.participations.views import registration
from campaign.territory.models import Territory
from tests import builders
from tests.builders import HEBERTVILLE, SHORTEST
from tests.pages import filled
from tests.serving import Person, Reply, serving, together

FORM = f"/inscription/{HEBERTVILLE}"
PROPOSED = {
    "title": "Heure du conte",
    "activity_type": "heure-du-conte",
    "description": "Des histoires.",
    "audiences": ["3-5-ans"],
    "dates-0-day": "2027-11-15",
    "dates-0-starts": "10 h",
    "place": "Bibliothèque",
    "municipality": "Hébertville",
    "organizer_name": "Bibliothèque",
    "organizer_kind": "bibliotheque",
    "email": "biblio@exemple.quebec",
}
LUC = {"first_name": "Luc", "last_name": "Roy", "email": "luc@exemple.quebec", "place": "Aréna Béliveau"}


@pytest.fixture
def host(app: Flask, directory: None) -> Iterator[str]:
    builders.open_edition(app)
    with serving(app) as host:
        yield host


def stored(app: Flask) -> tuple[list[int | None], list[str]]:
    """The numbers of the participations, and who was written to."""
    with app.app_context():
        numbers = list(db.session.scalars(sa.select(Participation.number).order_by(Participation.number)))
        return numbers, list(db.session.scalars(sa.select(Message.to_email).order_by(Message.id)))


def test_a_double_click_is_one_registration(app: Flask, host: str) -> None:
    manon = Person(host)
    sheet = manon.fill(FORM, **SHORTEST)

    first, second = together(*[partial(manon.send, FORM, sheet)] * 2)

    assert [(reply.status, reply.path) for reply in (first, second)] == [(303, f"{FORM}/merci")] * 2
    assert stored(app) == ([1], ["manon@exemple.quebec"])


def test_a_double_click_is_one_proposal(app: Flask, host: str) -> None:
    biblio = Person(host)
    sheet = biblio.fill("/calendrier/proposer", **PROPOSED)

    sent = partial(biblio.send, "/calendrier/proposer", sheet | {"etape": "soumettre"})
    first, second = together(sent, sent)

    assert [(reply.status, reply.path) for reply in (first, second)] == [
        (303, "/calendrier/proposer/merci")
    ] * 2
    with app.app_context():
        assert db.session.scalars(sa.select(Proposal.title)).all() == ["Heure du conte"]
        assert db.session.scalars(sa.select(Message.to_email)).all() == ["biblio@exemple.quebec"]


def test_two_people_of_the_team_approve_one_event(app: Flask, host: str) -> None:
    biblio = Person(host)
    sheet = biblio.fill("/calendrier/proposer", **PROPOSED)
    biblio.send("/calendrier/proposer", sheet | {"etape": "soumettre"})
    with app.app_context(), transaction() as session:
        proposals.verify(session.scalars(sa.select(Proposal)).one(), now=builders.NOW)

    def approve() -> bool:
        with app.app_context():
            try:
                with transaction() as session:
                    one = session.scalars(sa.select(Proposal)).one()
                    proposals.approve(one, author="Dominique Roy", now=builders.NOW)
            except Conflict:
                return False
        return True

    assert sorted(together(approve, approve)) == [False, True]
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count(Event.id))) == 1


def test_a_sending_retried_after_the_answer_was_lost_is_one_registration(app: Flask, host: str) -> None:
    manon = Person(host)
    sheet = manon.fill(FORM, **SHORTEST)
    manon.send(FORM, sheet)

    again = manon.send(FORM, sheet)

    assert (again.status, again.path) == (303, f"{FORM}/merci")
    assert stored(app) == ([1], ["manon@exemple.quebec"])


def test_of_two_people_in_the_same_second_one_registers_and_the_other_keeps_what_was_typed(
    app: Flask, host: str
) -> None:
    manon, luc = Person(host), Person(host)
    hers = manon.fill(FORM, **SHORTEST)
    his = luc.fill(FORM, **SHORTEST | LUC)

    answers = together(partial(manon.send, FORM, hers), partial(luc.send, FORM, his))

    replies = dict(zip(["manon", "luc"], answers, strict=True))
    assert sorted(reply.status for reply in replies.values()) == [303, 409]
    winner, loser = sorted(replies, key=lambda name: replies[name].status)
    assert stored(app) == ([1], [f"{winner}@exemple.quebec"])
    page = replies[loser].soup
    notice = " ".join(page.select_one("[role=alert]").get_text().split())  # type: ignore[union-attr]
    assert "déjà inscrite par une personne de votre équipe" in notice
    assert ("M. T." if winner == "manon" else "L. R.") in notice
    assert f"{winner}@exemple.quebec" not in str(page)
    kept = filled(page.select_one("form:has([name=cle])"))
    typed = {
        name: value for name, value in (hers if loser == "manon" else his).items() if name != "csrf_token"
    }
    assert {name: kept.get(name) for name in typed} == {
        name: value if isinstance(value, list) else [value] for name, value in typed.items()
    }


def test_twenty_towns_at_once_get_twenty_numbers_in_a_row(app: Flask, host: str) -> None:
    with app.app_context():
        codes = db.session.scalars(
            sa.select(Territory.geo_code).where(Territory.is_local).order_by(Territory.geo_code).limit(20)
        ).all()
    people = [(Person(host), f"/inscription/{code}") for code in codes]
    sheets = [person.fill(path, **SHORTEST) for person, path in people]

    replies = together(
        *(partial(person.send, path, sheet) for (person, path), sheet in zip(people, sheets, strict=True))
    )

    assert {reply.status for reply in replies} == {303}
    assert stored(app)[0] == list(range(1, 21))


def test_two_towns_of_the_same_name_at_once_get_two_addresses(app: Flask, host: str) -> None:
    """By their personal links, with the number they already had: only the slug is left to quarrel about."""
    links = [
        builders.confirmed(app, code, builders.details(modes=(Mode.RESOLUTION,)))
        for code in ("98012", "92005")
    ]
    flag = {
        "modes": "lever_drapeau",
        "flag_on": "2027-11-15",
        "flag_time": "10 h",
        "place": "Quai",
        "authority": "y",
    }
    people = [Person(host) for _ in links]
    sheets = [person.fill(f"{link}?modifier=oui", **flag) for person, link in zip(people, links, strict=True)]

    trios = zip(people, links, sheets, strict=True)
    replies = together(*(partial(person.send, link, sheet) for person, link, sheet in trios))

    assert [reply.status for reply in replies] == [303, 303]
    with app.app_context():
        assert set(db.session.scalars(sa.select(Event.slug))) == {
            "lever-du-drapeau-a-saint-augustin-2027",
            "lever-du-drapeau-a-saint-augustin-2027-2",
        }


def test_the_button_of_the_letter_pressed_twice_at_once_confirms_once(app: Flask, host: str) -> None:
    manon = Person(host)
    manon.send(FORM, manon.fill(FORM, **SHORTEST))
    with app.app_context():
        text = db.session.scalars(sa.select(Message.text)).one()
    path = next(line for line in text.splitlines() if "/inscription/confirmer/" in line).removeprefix(
        "http://localhost"
    )
    sheet = manon.fill(path, "main form")

    replies = together(*[partial(manon.send, path, sheet)] * 2)

    assert [reply.status for reply in replies] == [303, 303]
    with app.app_context():
        confirmations = sa.select(sa.func.count()).where(ParticipationMove.after == State.CONFIRMED.value)
        assert db.session.scalar(confirmations) == 1
        letters = sa.select(sa.func.count()).where(Message.template == "participation_confirmed")
        assert db.session.scalar(letters) == 1


@pytest.mark.parametrize("press", ["comme-lan-dernier", "inscrire"])
def test_a_personal_link_pressed_by_two_colleagues_gives_one_participation(
    app: Flask, host: str, press: str
) -> None:
    with app.app_context(), transaction():
        builders.edition()
        day = date(2026, 11, 16)
        last, answers = open_edition(11, day), builders.details(flag_on=day)
        town, team, now = builders.territory(), builders.TEAM, builders.NOW
        services.confirm(services.register(last, town, answers, author=team, now=now), author=team, now=now)
    link = builders.personal_link(app)
    people = [Person(host), Person(host)]
    form = f'form:has([name=action][value="{press}"])'
    ticked = {"authority": "y"} if press == "inscrire" else {}
    sheets = [person.fill(link, form, **ticked) for person in people]

    replies = together(*(partial(p.send, link, sheet) for p, sheet in zip(people, sheets, strict=True)))

    assert 303 in {reply.status for reply in replies} <= {303, 409}
    numbers, written_to = stored(app)
    assert (numbers.count(1), len(numbers), len(written_to)) == (2, 2, 1)  # last year's, and this year's once


# --- what the guard prevents --------------------------------------------------------------------------


def hold_between_look_and_write(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither of two requests writes before both have seen that nobody is registered."""
    met = Barrier(2, timeout=60)

    @contextmanager
    def look_then_write(**how: bool) -> Iterator[Session]:
        assert db.session.scalar(sa.select(sa.func.count(Participation.id))) == 0
        met.wait()
        with transaction(**how) as session:
            yield session

    monkeypatch.setattr(registration, "transaction", look_then_write)


def remove_constraint(app: Flask) -> None:
    """A participation is no longer single in the eyes of the database."""
    with app.app_context(), db.engine.connect() as connection:
        if db.engine.name == "sqlite":
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        operations = Operations(MigrationContext.configure(connection))
        with operations.batch_alter_table("participation") as table:
            table.drop_constraint("uq_participation_edition_territory", type_="unique")
        connection.commit()


def two_at_once(host: str) -> list[Reply]:
    people = [Person(host), Person(host)]
    sheets = [person.fill(FORM, **SHORTEST) for person in people]
    return together(*(partial(p.send, FORM, sheet) for p, sheet in zip(people, sheets, strict=True)))


def test_without_the_guard_two_participations_appear(
    app: Flask, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A demonstration of what the guard prevents, not a behaviour of ours.

    The unique constraint is dropped, and `claim` is replaced by what one writes first: look, then insert. A
    barrier stands between the two, where the operating system may pause a thread at any time.
    """
    remove_constraint(app)

    def insert_after_having_looked(
        edition: Edition, territory: Territory, *, author: Author, now: datetime
    ) -> Participation:
        fresh = Participation(
            edition=edition, territory=territory, territory_name=territory.name, state=State.NOT_INVITED,
            channel=author.channel, modes=[], created_at=now, updated_at=now,
        )  # fmt: skip
        db.session.add(fresh)
        db.session.flush()
        return fresh

    monkeypatch.setattr(registering, "claim", insert_after_having_looked)
    hold_between_look_and_write(monkeypatch)

    replies = two_at_once(host)

    assert [reply.status for reply in replies] == [303, 303]
    assert stored(app) == ([1, 2], ["manon@exemple.quebec"] * 2)


def test_with_the_guard_the_same_interleaving_gives_one(
    app: Flask, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same barrier at the same place, and our own `claim` on our own schema."""
    hold_between_look_and_write(monkeypatch)

    replies = two_at_once(host)

    assert sorted(reply.status for reply in replies) == [303, 409]
    assert stored(app) == ([1], ["manon@exemple.quebec"])
