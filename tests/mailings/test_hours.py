"""Letters that wait in the queue leave at decent hours only, whatever made them wait."""

from datetime import UTC, datetime

import pytest
from sqlalchemy.orm import Session

from campaign.campaigns.models import Edition
from campaign.mailings import hours, services
from campaign.mailings.models import Mailing
from campaign.outbox.models import MessageState
from campaign.territory.queries import get_territory
from tests.board.world import SAYABEC
from tests.mailings.world import MOMENT, TOWNS, became, letter_of, letters, open_campaign, send

THURSDAY_EVENING = datetime(2027, 8, 20, 2, 30, tzinfo=UTC)
TUESDAY_MORNING = datetime(2027, 8, 24, 13, tzinfo=UTC)


@pytest.fixture
def mailing(session: Session) -> Mailing:
    """An invitation that has decided; every letter still waits."""
    return send(open_campaign())


def departures(mailing: Mailing) -> set[datetime]:
    return {letter.not_before for letter in letters(mailing)}


def test_what_waits_in_the_evening_leaves_on_the_next_allowed_day(session: Session, mailing: Mailing) -> None:
    assert hours.put_off(now=THURSDAY_EVENING) == len(TOWNS)

    session.expire_all()
    assert departures(mailing) == {TUESDAY_MORNING}


def test_during_the_hours_nothing_moves(session: Session, mailing: Mailing) -> None:
    before = departures(mailing)

    assert hours.put_off(now=MOMENT.replace(hour=18)) == 0

    session.expire_all()
    assert departures(mailing) == before


def test_the_islands_close_an_hour_earlier(session: Session, mailing: Mailing) -> None:
    get_territory(SAYABEC).time_zone = "America/Halifax"
    session.flush()
    half_past_two = MOMENT.replace(hour=18, minute=30)

    assert hours.put_off(now=half_past_two) == 1

    session.expire_all()
    assert letter_of(mailing, SAYABEC).not_before == datetime(2027, 8, 18, 12, tzinfo=UTC)


def test_what_has_left_is_left_alone(session: Session, mailing: Mailing) -> None:
    gone = became(mailing, SAYABEC, MessageState.SENT)
    before = gone.not_before

    assert hours.put_off(now=THURSDAY_EVENING) == len(TOWNS) - 1

    session.expire_all()
    assert letter_of(mailing, SAYABEC).not_before == before


def test_held_in_the_day_and_released_at_night_nothing_leaves_before_the_morning(
    session: Session, mailing: Mailing
) -> None:
    services.hold_everything(author="Jeanne", reason="", now=MOMENT)

    services.release_everything(now=THURSDAY_EVENING)

    session.expire_all()
    assert departures(mailing) == {TUESDAY_MORNING}


def test_paused_in_the_day_and_resumed_at_night_nothing_leaves_before_the_morning(
    session: Session, mailing: Mailing
) -> None:
    edition = session.get_one(Edition, mailing.edition_id)
    services.pause(mailing, author="Jeanne", reason="", now=MOMENT)

    services.resume(mailing, edition, author="Jeanne", now=THURSDAY_EVENING)

    session.expire_all()
    assert departures(mailing) == {TUESDAY_MORNING}
