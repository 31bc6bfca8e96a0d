"""Where a mailing stands, as the team reads it: its moment, the last minutes, and its place on the page."""

from datetime import UTC, date, datetime, timedelta

import pytest

from campaign.campaigns.models import Edition
from campaign.mailings import timeline
from campaign.mailings.ledger import NOTHING, Tally
from campaign.mailings.models import Mailing, MailingState
from campaign.mailings.schedule import Anchor, MailingClass, Rule
from campaign.mailings.timeline import Entry, Part
from campaign.mailings.words import ago
from campaign.outbox.models import MessageState

EDITION = Edition(
    number=12,
    year=2027,
    start_on=date(2027, 11, 15),
    end_on=date(2027, 11, 21),
    flag_on=date(2027, 11, 15),
)
NOON = datetime(2027, 11, 12, 17, tzinfo=UTC)


def mailing(rule: Rule | None = None, **values: object) -> Mailing:
    usual = {
        "id": 1,
        "key": "essai",
        "line": 1,
        "title": "Essai",
        "mailing_class": MailingClass.SERVICE.value,
        "audience": {"who": "municipalites"},
        "state": MailingState.SCHEDULED,
        "is_automatic": False,
    }
    return Mailing(**(usual | values), rule=(rule or Rule(days=-3)).to_json())


def entry(one: Mailing, *, tally: Tally = NOTHING, applies: bool = True, now: datetime = NOON) -> Entry:
    return Entry(
        mailing=one,
        moment=timeline.moment_of(one, EDITION),
        tally=tally,
        answered=0,
        applies=applies,
        warning=None,
        now=now,
    )


def test_the_same_hour_on_all_clocks_is_told_of_the_other_zones() -> None:
    moment = timeline.moment_of(mailing(), EDITION)

    assert moment.instant == datetime(2027, 11, 12, 14, tzinfo=UTC)
    assert moment.first_instant == datetime(2027, 11, 12, 13, tzinfo=UTC)
    assert moment.elsewhere == (
        "9\u00a0h, heure de l’Atlantique",
        "9\u00a0h, heure normale de l’Atlantique",
    )
    assert moment.in_brief == "J−3."


def test_in_summer_the_lower_north_shore_has_the_hour_of_montreal() -> None:
    moment = timeline.moment_of(mailing(Rule(days=-90)), EDITION)

    assert moment.elsewhere == ("9\u00a0h, heure de l’Atlantique",)


def test_people_outside_municipalities_have_one_hour() -> None:
    moment = timeline.moment_of(mailing(audience={"who": "medias"}), EDITION)

    assert (moment.elsewhere, moment.first_instant) == ((), moment.instant)


@pytest.mark.parametrize(
    ("one", "why"),
    [
        (
            mailing(Rule(anchor=Anchor.CEREMONY, days=-1, at=None)),
            "La veille de la cérémonie, selon chaque destinataire.",
        ),
        (
            mailing(Rule(anchor=Anchor.REGISTERED, days=3)),
            "3\u00a0jours après l’inscription, à 9\u00a0h, selon chaque destinataire.",
        ),
    ],
)
def test_a_moment_of_each_recipient_is_told_in_words(one: Mailing, why: str) -> None:
    moment = timeline.moment_of(one, EDITION)

    assert (moment.why, moment.instant) == (why, None)


def test_without_a_day_j_nothing_is_computed() -> None:
    moment = timeline.moment_of(mailing(), Edition(number=13, year=2028))

    assert moment.instant is None
    assert "pas encore fixé" in moment.why


def test_a_rule_that_nobody_can_read_does_not_take_the_page_down() -> None:
    broken = mailing()
    broken.rule = {"anchor": "autre"}

    assert timeline.moment_of(broken, EDITION).why == "La règle d’envoi est illisible."


def test_what_a_person_let_leave_late_leaves_at_an_hour_of_its_class() -> None:
    friday_evening = datetime(2027, 11, 12, 23, tzinfo=UTC)

    moment = timeline.moment_of(mailing(earliest_at=friday_evening), EDITION)

    assert moment.instant == datetime(2027, 11, 15, 13, tzinfo=UTC)
    assert moment.why.endswith("Départ demandé depuis.")


@pytest.mark.parametrize(
    ("before", "minutes"),
    [
        (timedelta(minutes=10, seconds=1), None),
        (timedelta(minutes=10), 10),
        (timedelta(minutes=9, seconds=1), 10),
        (timedelta(seconds=1), 1),
        (timedelta(), None),
    ],
)
def test_the_countdown_is_of_the_last_ten_minutes(before: timedelta, minutes: int | None) -> None:
    first = datetime(2027, 11, 12, 13, tzinfo=UTC)

    assert entry(mailing(), now=first - before).minutes_left == minutes
    assert entry(mailing(state=MailingState.DRAFT), now=first - before).minutes_left is None


QUEUED = Tally(letters={MessageState.QUEUED: 90, MessageState.SENT: 10}, recent=10, recent_since=NOON)
ROLLING = Rule(anchor=Anchor.REGISTERED, days=3)


@pytest.mark.parametrize(
    ("one", "tally", "applies", "part"),
    [
        (mailing(state=MailingState.DRAFT), NOTHING, True, Part.DRAFTS),
        (mailing(state=MailingState.DRAFT), NOTHING, False, Part.NOT_THIS_YEAR),
        (mailing(), NOTHING, True, Part.NEXT),
        (mailing(state=MailingState.LEAVING), NOTHING, True, Part.NOW),
        (mailing(ROLLING, state=MailingState.LEAVING), NOTHING, True, Part.ALL_ALONG),
        (mailing(ROLLING, state=MailingState.LEAVING), QUEUED, True, Part.NOW),
        (mailing(state=MailingState.PAUSED), NOTHING, True, Part.NOW),
        (mailing(state=MailingState.WAITING), NOTHING, True, Part.NOW),
        (mailing(state=MailingState.DONE), QUEUED, True, Part.NOW),
        (mailing(state=MailingState.DONE), NOTHING, True, Part.PAST),
        (mailing(state=MailingState.CANCELLED), NOTHING, True, Part.PAST),
        (mailing(state=MailingState.DRAFT, is_automatic=True), NOTHING, True, Part.AUTOMATIC),
    ],
)
def test_each_mailing_has_its_place(one: Mailing, tally: Tally, applies: bool, part: Part) -> None:
    assert entry(one, tally=tally, applies=applies).part is part


def test_what_is_decided_still_leaves_for_people_while_letters_wait() -> None:
    done = mailing(state=MailingState.DONE)

    assert entry(done, tally=QUEUED).state is MailingState.LEAVING
    assert entry(done).state is MailingState.DONE


def test_time_left_follows_the_pace() -> None:
    leaving = entry(mailing(state=MailingState.LEAVING), tally=QUEUED, now=NOON + timedelta(minutes=2))

    assert (leaving.per_minute, leaving.remaining_minutes) == (5.0, 18)
    assert entry(mailing(), tally=NOTHING).remaining_minutes is None


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (timedelta(seconds=-3), "il y a 0\u00a0seconde"),
        (timedelta(seconds=1), "il y a 1\u00a0seconde"),
        (timedelta(seconds=59), "il y a 59\u00a0secondes"),
        (timedelta(minutes=3, seconds=20), "il y a 3\u00a0minutes"),
        (timedelta(hours=1, minutes=50), "il y a 1\u00a0heure"),
        (timedelta(days=2), "il y a 2\u00a0jours"),
    ],
)
def test_how_long_ago(length: timedelta, said: str) -> None:
    assert ago(length) == said
