"""Who is to be called, and for what first reason."""

from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from campaign.board import queries
from campaign.board.calls import Call
from campaign.board.filters import Filters
from campaign.campaigns.models import Edition
from campaign.campaigns.services import open_edition
from campaign.outbox.services import suppress
from campaign.participations import services
from campaign.participations.models import Participation, State
from campaign.territory.models import Territory
from campaign.territory.queries import get_territory
from tests.board.world import BAIE_COMEAU, CLERK, NOW, RIMOUSKI, SAYABEC, open_world, register

SPRING = NOW - timedelta(days=150)
"""Long before the second reminder."""


def _calls(edition: Edition, now: object = NOW) -> dict[str, Call | None]:
    rows = queries.list_rows(edition, Filters(to_call=True), regions=None, now=now)  # type: ignore[arg-type]
    return {row.territory.geo_code: row.call for row in rows}


def test_nobody_is_called_for_being_silent_alone(session: Session) -> None:
    assert _calls(open_world()) == {}


def test_a_registration_unconfirmed_for_a_week_is_called(session: Session) -> None:
    edition = open_world()
    register(edition, SAYABEC, is_confirmed=False, now=NOW - timedelta(days=7))
    register(edition, RIMOUSKI, is_confirmed=False, now=NOW - timedelta(days=6))

    assert _calls(edition) == {SAYABEC: Call.UNCONFIRMED}


def test_a_council_that_met_without_an_answer_is_called(session: Session) -> None:
    edition = open_world()
    for code, day in ((SAYABEC, date(2027, 10, 3)), (RIMOUSKI, date(2027, 10, 4))):
        services.reflect(edition, get_territory(code), decides_on=day, author=CLERK, now=NOW)
    session.flush()

    assert _calls(edition) == {SAYABEC: Call.COUNCIL_MET}


def test_an_address_that_refuses_or_is_missing_is_called(session: Session) -> None:
    edition = open_world()
    suppress("manon@exemple.quebec", "550 inconnue", NOW)
    register(edition, SAYABEC)
    session.execute(sa.update(Territory).where(Territory.geo_code == RIMOUSKI).values(email=""))

    assert _calls(edition) == {SAYABEC: Call.REFUSED, RIMOUSKI: Call.NO_ADDRESS}


def test_whoever_has_nobody_left_is_called(session: Session) -> None:
    edition = open_world()
    register(edition, SAYABEC)
    services.hand_over(edition, get_territory(SAYABEC), None, author=CLERK, now=NOW)

    assert _calls(edition) == {SAYABEC: Call.NOBODY}


def test_last_year_s_participants_are_called_after_the_second_reminder(session: Session) -> None:
    edition = open_world()
    before = open_edition(11, date(2026, 11, 16))
    for code in (SAYABEC, BAIE_COMEAU):
        territory = get_territory(code)
        session.add(
            Participation(
                edition_id=before.id,
                territory_id=territory.id,
                state=State.DONE,
                modes=[],
                created_at=NOW,
                updated_at=NOW,
            )
        )
    register(edition, BAIE_COMEAU)

    assert _calls(edition) == {SAYABEC: Call.CAME_BEFORE}
    assert _calls(edition, SPRING) == {}


def test_nobody_is_called_about_an_edition_that_is_over(session: Session) -> None:
    edition = open_world()
    register(edition, SAYABEC, is_confirmed=False)

    assert _calls(edition, NOW + timedelta(days=30)) == {SAYABEC: Call.UNCONFIRMED}
    assert _calls(edition, NOW + timedelta(days=60)) == {}


def test_who_declined_is_left_in_peace(session: Session) -> None:
    edition = open_world()
    session.execute(sa.update(Territory).where(Territory.geo_code == SAYABEC).values(email=""))
    services.decline(edition, get_territory(SAYABEC), author=CLERK, now=NOW)
    session.flush()

    assert _calls(edition) == {}
