"""What people registered to a gathering receive before each sitting, and what stops it."""

from __future__ import annotations

import logging
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from campaign import clock
from campaign.db import db
from campaign.events import changes as events
from campaign.events.changes import Change
from campaign.events.content import Sitting
from campaign.events.models import Event, EventAction, EventKind, Session
from campaign.events.vocabulary import Format
from campaign.mailings import gatherings
from campaign.mailings.gathering_rules import Candidate, keep_apart, moment, run_around
from campaign.mailings.models import GatheringReminder, ReminderKind
from campaign.outbox import services as outbox
from campaign.outbox.models import Message, MessageState
from campaign.registrations import capacity, queries, services
from campaign.registrations.models import RegistrationRules
from tests.events.activities import content, publish
from tests.lasting import database as database
from tests.queries import count_queries
from tests.registrations import world
from tests.registrations.world import person, register

pytestmark = pytest.mark.usefixtures("session")

EASTERN, ISLANDS = "America/Toronto", "America/Halifax"
MONTH, FORTNIGHT, WEEK, EVE, MORNING, THANKS = ReminderKind

AUTUMN = datetime(2021, 10, 4, 14, tzinfo=UTC)
SUMMER = datetime(2027, 8, 2, 14, tzinfo=UTC)
DAY = date(2027, 10, 13)
"""A Wednesday. Its reminders are of 13 and 29 September, 6 October, and 8 October for the 11th, a holiday."""

ON_MONTH, ON_FORTNIGHT, ON_WEEK, ON_EVE = (
    datetime(2027, month, day, 13, tzinfo=UTC) for month, day in ((9, 13), (9, 29), (10, 6), (10, 8))
)


def eastern(year: int, month: int, day: int, hour: int = 9, minute: int = 0) -> datetime:
    return clock.to_utc(date(year, month, day), time(hour, minute), EASTERN)


TRAINING = {
    "groupe1@exemple.quebec": [
        ("2021-11-15 14:00Z", "Dans 30 jours"),
        ("2021-12-01 14:00Z", "Dans 14 jours"),
        ("2021-12-08 14:00Z", "Dans 7 jours"),
        ("2021-12-13 14:00Z", "Dans 2 jours"),
        ("2022-01-17 14:00Z", "Dans 30 jours"),
        ("2022-02-02 14:00Z", "Dans 14 jours"),
        ("2022-02-09 14:00Z", "Dans 7 jours"),
        ("2022-02-14 14:00Z", "Dans 2 jours"),
    ],
    "groupe2@exemple.quebec": [
        ("2021-11-22 14:00Z", "Dans 30 jours"),
        ("2021-12-08 14:00Z", "Dans 14 jours"),
        ("2021-12-15 14:00Z", "Dans 7 jours"),
        ("2021-12-20 14:00Z", "Dans 2 jours"),
        ("2022-02-21 14:00Z", "Dans 30 jours"),
        ("2022-03-09 14:00Z", "Dans 14 jours"),
        # The clocks went forward on 13 March: 9 h is an hour earlier in universal time.
        ("2022-03-16 13:00Z", "Dans 7 jours"),
        ("2022-03-21 13:00Z", "Dans 2 jours"),
    ],
}
"""The training of 2021-22, by hand: Groupe 1 on 15 December and 16 February, Groupe 2 on 22 December and 23
March, at 9 h. No date of the other group."""


def remind(now: datetime) -> int:
    """What one tick of the worker does; gives how many letters it wrote."""
    letters = 0
    for due in gatherings.list_due(now):
        while (done := gatherings.advance(due, now=now)).considered:
            letters += done.letters
    return letters


def letters() -> list[Message]:
    kept = sa.select(Message).where(Message.template == "gathering_reminder").order_by(Message.id)
    return list(db.session.scalars(kept))


def subjects() -> list[str]:
    return [letter.subject.replace("\u00a0", " ").partition(" : ")[0] for letter in letters()]


def text_of(letter: Message) -> str:
    return letter.text.replace("\u00a0", " ")


def received() -> dict[str, list[tuple[str, str]]]:
    """When and in how long, by address."""
    found: dict[str, list[tuple[str, str]]] = {}
    for letter, words in zip(letters(), subjects(), strict=True):
        found.setdefault(letter.to_email, []).append((f"{letter.not_before:%Y-%m-%d %H:%MZ}", words))
    return found


def reasons(kind: ReminderKind) -> dict[str, int]:
    """How many people received one of those reminders (without a reason) or did not."""
    rows = db.session.execute(
        sa.select(GatheringReminder.reason, sa.func.count())
        .where(GatheringReminder.kind == kind)
        .group_by(GatheringReminder.reason)
    )
    return dict(rows.all())


def deliver() -> None:
    """All that waits has left."""
    db.session.execute(
        sa.update(Message).where(Message.state == MessageState.QUEUED).values(state=MessageState.SENT)
    )


def gathering(*days: date, **told: Any) -> RegistrationRules:
    """A gathering from 9 h to noon, each of these days."""
    event = publish(
        content(
            **{
                "title": "Rassemblement régional",
                "kind": EventKind.GATHERING,
                "sittings": tuple(Sitting(day=day, starts=time(9), ends=time(12)) for day in days or (DAY,)),
            }
            | told
        )
    )
    return world.open_to(event, 50)


def event_of(rules: RegistrationRules) -> Event:
    return queries.get_event(rules.event_id)


def change(rules: RegistrationRules, action: EventAction, *, now: datetime, **told: Any) -> None:
    (event,) = events.list_locked([rules.event_id])
    events.apply(event, Change(action=action, reason="Tempête", **told), author="Équipe", now=now)
    db.session.flush()


def travel(first: date, last: date) -> None:
    """The worker at 8 h 59 and at 9 h of each day; what it writes leaves at once."""
    day = first
    while day <= last:
        for at in (time(8, 59), time(9)):
            remind(clock.to_utc(day, at, EASTERN))
            deliver()
        day += timedelta(days=1)


# --- the training in two groups ---------------------------------------------------------------------------


def test_each_group_is_reminded_of_its_own_two_dates() -> None:
    rules, groups = world.training()
    for group in groups:
        register(rules, person(f"Groupe{group.position + 1}", cohort_id=group.id), now=AUTUMN)

    travel(date(2021, 11, 10), date(2022, 3, 28))

    assert received() == TRAINING


def test_the_letter_names_the_sitting_and_the_one_that_follows() -> None:
    rules, groups = world.training()
    rules.message = "Stationnement à l’arrière."
    registration = register(rules, person("Manon", cohort_id=groups[0].id), now=AUTUMN)

    remind(eastern(2021, 12, 8))

    (letter,) = letters()
    assert letter.subject == "Dans 7\u00a0jours\u00a0: Formation 0-5 ans"
    first, _, rest = text_of(letter).partition("Vos dates suivantes :")
    code = registration.attendees[0].short_code
    for words in ("15 décembre 2021", "Groupe 1", "9 h à 12 h", f"{code[:3]} {code[3:]}", "/billet/"):
        assert words in first
    for words in ("16 février 2022", "Stationnement à l’arrière.", "/inscriptions/"):
        assert words in rest
    for words in ("22 décembre", "23 mars", "Groupe 2"):
        assert words not in first + rest


# --- when -------------------------------------------------------------------------------------------------

MOMENTS = [
    ("thirty days before", MONTH, date(2027, 10, 13), EASTERN, "2027-09-13 13:00Z"),
    ("thirty days before is Labour Day", MONTH, date(2027, 10, 6), EASTERN, "2027-09-07 13:00Z"),
    ("a fortnight before falls in the holidays", FORTNIGHT, date(2022, 1, 12), EASTERN, "2022-01-03 14:00Z"),
    ("a week before is a Saturday", WEEK, date(2027, 10, 16), EASTERN, "2027-10-12 13:00Z"),
    ("the eve of a Monday", EVE, date(2027, 11, 15), EASTERN, "2027-11-12 14:00Z"),
    ("two days before is Thanksgiving", EVE, date(2027, 10, 13), EASTERN, "2027-10-08 13:00Z"),
    ("the morning of a Sunday is not moved", MORNING, date(2027, 11, 14), EASTERN, "2027-11-14 12:00Z"),
    ("the morning at the Îles-de-la-Madeleine", MORNING, date(2027, 11, 15), ISLANDS, "2027-11-15 11:00Z"),
    ("the morning there in summer", MORNING, date(2027, 6, 14), ISLANDS, "2027-06-14 10:00Z"),
    ("before the clocks change", FORTNIGHT, date(2027, 11, 17), EASTERN, "2027-11-03 13:00Z"),
    ("after the clocks have changed", WEEK, date(2027, 11, 17), EASTERN, "2027-11-10 14:00Z"),
    ("in the east it is nine an hour earlier", WEEK, date(2027, 11, 17), ISLANDS, "2027-11-10 13:00Z"),
    ("thanks on the next working day", THANKS, date(2027, 10, 15), EASTERN, "2027-10-18 13:00Z"),
]


@pytest.mark.parametrize(
    ("kind", "day", "zone", "at"), [row[1:] for row in MOMENTS], ids=[r[0] for r in MOMENTS]
)
def test_a_reminder_leaves_at_its_hour_of_the_place(
    kind: ReminderKind, day: date, zone: str, at: str
) -> None:
    assert f"{moment(kind, day, zone).instant:%Y-%m-%d %H:%MZ}" == at


def test_a_moved_reminder_says_why() -> None:
    why = moment(EVE, DAY, EASTERN).why.replace("\u00a0", " ")

    assert why == (
        "2 jours avant la séance tombe le lundi 11 octobre 2027, jour de l’Action de grâce : avancé au "
        "vendredi 8 octobre, 9 h."
    )


def test_found_at_night_it_waits_for_the_morning() -> None:
    rules = gathering()
    register(rules, person(), now=SUMMER)

    remind(eastern(2027, 10, 6, 23))

    (letter,) = letters()
    assert letter.not_before == eastern(2027, 10, 7, 8)
    assert letter.subject.startswith("Dans 6")


def test_nothing_leaves_before_its_moment_and_nothing_twice() -> None:
    register(gathering(), person(), now=SUMMER)

    counts = [remind(ON_MONTH + timedelta(minutes=n)) for n in (-1, 0, 1, 60)]

    assert counts == [0, 1, 0, 0]


def test_of_two_within_a_day_the_nearest_to_its_sitting_leaves() -> None:
    first, then = date(2027, 10, 13), date(2027, 10, 20)
    near = Candidate(kind=WEEK, day=first, instant=ON_WEEK)
    far = Candidate(kind=FORTNIGHT, day=then, instant=ON_WEEK)
    apart = Candidate(kind=MONTH, day=then, instant=ON_WEEK - timedelta(days=1))

    assert keep_apart([far, near, apart]) == {(WEEK, first), (MONTH, then)}


def test_two_sittings_a_week_apart_never_write_twice_the_same_day() -> None:
    register(gathering(DAY, DAY + timedelta(days=7)), person(), now=SUMMER)

    travel(date(2027, 9, 1), date(2027, 10, 21))

    at = [when for when, _words in received()["real@exemple.quebec"]]
    assert at == [
        "2027-09-13 13:00Z",
        "2027-09-20 13:00Z",
        "2027-09-29 13:00Z",
        "2027-10-06 13:00Z",
        "2027-10-08 13:00Z",
        "2027-10-13 13:00Z",
        "2027-10-18 13:00Z",
    ]


# --- who --------------------------------------------------------------------------------------------------


def test_whoever_registered_late_receives_only_what_comes_after() -> None:
    rules = gathering()
    register(rules, person("Tot"), now=SUMMER)
    register(rules, person("Tard"), now=ON_WEEK + timedelta(seconds=1))

    counts = [remind(at) for at in (ON_MONTH, ON_FORTNIGHT, ON_WEEK + timedelta(minutes=1), ON_EVE)]

    assert counts == [1, 1, 1, 2]
    assert [when for when, _words in received()["tard@exemple.quebec"]] == ["2027-10-08 13:00Z"]


def test_a_seat_accepted_late_is_as_registering_late() -> None:
    rules = gathering()
    capacity.set_limits(event_of(rules), rules, capacity=1)
    first = register(rules, person("Tot"), now=SUMMER)
    waiting = register(rules, person("Attend"), now=SUMMER)

    remind(ON_MONTH)
    services.cancel(
        queries.get_registration(first.id, to_change=True), author=services.PERSON, now=ON_FORTNIGHT
    )
    services.accept_offer(
        queries.get_registration(waiting.id, to_change=True), now=ON_FORTNIGHT + timedelta(minutes=5)
    )
    remind(ON_FORTNIGHT + timedelta(minutes=6))
    remind(ON_WEEK)

    assert {to: len(rows) for to, rows in received().items()} == {
        "tot@exemple.quebec": 1,
        "attend@exemple.quebec": 1,
    }


def test_a_cancellation_stops_the_reminders_that_were_to_come() -> None:
    rules = gathering()
    registration = register(rules, person(), now=SUMMER)

    remind(ON_MONTH)
    deliver()
    services.cancel(
        queries.get_registration(registration.id, to_change=True), author=services.PERSON, now=ON_FORTNIGHT
    )
    remind(ON_FORTNIGHT)
    remind(ON_WEEK)

    assert subjects() == ["Dans 30 jours"]


def test_a_cancellation_takes_back_a_letter_that_still_waits() -> None:
    rules = gathering()
    leaves, stays = register(rules, person("Part"), now=SUMMER), register(rules, person("Reste"), now=SUMMER)
    night = eastern(2027, 10, 6, 23)

    remind(night)
    services.cancel(queries.get_registration(leaves.id, to_change=True), author=services.PERSON, now=night)
    gatherings.tidy(now=night)

    assert {letter.to_email: letter.state for letter in letters()} == {
        "part@exemple.quebec": MessageState.WITHDRAWN,
        "reste@exemple.quebec": MessageState.QUEUED,
    }
    assert stays.attendees[0].is_active


def test_a_letter_that_waits_too_long_does_not_leave_in_the_night() -> None:
    register(gathering(), person(), now=SUMMER)

    remind(ON_WEEK)
    gatherings.tidy(now=eastern(2027, 10, 6, 21))

    assert [letter.not_before for letter in letters()] == [eastern(2027, 10, 7, 8)]


def test_a_letter_is_taken_back_once_its_sitting_has_begun() -> None:
    register(gathering(), person(), now=SUMMER)

    remind(ON_EVE)
    gatherings.tidy(now=eastern(2027, 10, 13, 9))

    assert [letter.state for letter in letters()] == [MessageState.WITHDRAWN]
    assert reasons(EVE) == {"retiree": 1}


def test_a_replacement_receives_what_comes_after_and_the_other_nothing_more() -> None:
    rules = gathering()
    registration = register(rules, person("Part"), now=SUMMER)

    remind(ON_MONTH)
    registration = queries.get_registration(registration.id, to_change=True)
    services.replace(
        registration,
        registration.attendees[0],
        person("Vient"),
        author=services.PERSON,
        now=ON_MONTH + timedelta(hours=2),
    )
    for at in (ON_MONTH + timedelta(hours=3), ON_FORTNIGHT):
        remind(at)

    assert {to: [words for _when, words in rows] for to, rows in received().items()} == {
        "part@exemple.quebec": ["Dans 30 jours"],
        "vient@exemple.quebec": ["Dans 14 jours"],
    }


def test_those_who_wait_or_have_not_proven_their_address_receive_nothing() -> None:
    full = gathering()
    capacity.set_limits(event_of(full), full, capacity=1)
    register(full, person("Assis"), now=SUMMER)
    register(full, person("Attend"), now=SUMMER)
    full.needs_verification = True
    capacity.set_limits(event_of(full), full, capacity=5)
    register(full, person("Prouve"), now=SUMMER)

    remind(ON_MONTH)

    assert list(received()) == ["assis@exemple.quebec"]


def test_colleagues_without_an_address_share_one_letter_and_the_others_have_their_own() -> None:
    rules = gathering()
    register(
        rules,
        person("Manon"),
        person("Paul", email=""),
        person("Zoé", email="zoe@exemple.quebec"),
        now=SUMMER,
    )

    remind(ON_WEEK)

    by_address = {letter.to_email: text_of(letter) for letter in letters()}
    assert set(by_address) == {"manon@exemple.quebec", "zoe@exemple.quebec"}
    shared = by_address["manon@exemple.quebec"]
    assert "Manon Tremblay" in shared
    assert "Paul Tremblay" in shared
    assert "Zoé" not in shared
    assert shared.count("/billet/") == 2


def test_an_address_that_refuses_our_letters_is_left_out_with_the_reason() -> None:
    register(gathering(), person(), now=SUMMER)
    outbox.suppress("real@exemple.quebec", "Boîte pleine", now=SUMMER)

    assert remind(ON_MONTH) == 0
    assert reasons(MONTH) == {"adresse_retenue": 1}


def test_days_that_follow_each_other_are_told_in_one_letter() -> None:
    days = (date(2022, 10, 13), date(2022, 10, 14))
    rules = gathering(*days)
    second = event_of(rules).sessions[1]
    second.block = "Ateliers"
    db.session.flush()
    register(rules, person("Deux", session_ids=(second.id,)), now=datetime(2022, 8, 1, tzinfo=UTC))

    travel(date(2022, 9, 10), date(2022, 10, 15))

    assert received() == {
        "deux@exemple.quebec": [
            ("2022-09-13 13:00Z", "Dans 30 jours"),
            ("2022-09-29 13:00Z", "Dans 14 jours"),
            ("2022-10-06 13:00Z", "Dans 7 jours"),
            ("2022-10-11 13:00Z", "Dans 2 jours"),
        ]
    }
    assert all("14 octobre" in text_of(letter) for letter in letters())


def test_only_days_in_a_row_are_one() -> None:
    days = {date(2027, 10, 12), date(2027, 10, 13), date(2027, 10, 15)}

    assert run_around(date(2027, 10, 13), days) == [date(2027, 10, 12), date(2027, 10, 13)]
    assert run_around(date(2027, 10, 15), days) == [date(2027, 10, 15)]


def test_a_workshop_is_told_to_those_who_chose_it() -> None:
    rules = gathering()
    event = event_of(rules)
    workshop = Session(
        event_id=event.id, position=1, uid="w1", starts_on=DAY, starts_at=eastern(2027, 10, 13, 13),
        title="Atelier du jeu libre", block="Après-midi",
    )  # fmt: skip
    db.session.add(workshop)
    db.session.flush()
    db.session.expire(event)
    register(rules, person("Choisit", session_ids=(workshop.id,)), person("Sans"), now=SUMMER)

    remind(ON_WEEK)

    told = {letter.to_email: "Atelier du jeu libre" in text_of(letter) for letter in letters()}
    assert told == {"choisit@exemple.quebec": True, "sans@exemple.quebec": False}


# --- the link of those who attend online ------------------------------------------------------------------

LINK = "https://exemple.quebec/salle-secrete"


def test_the_morning_of_a_virtual_gathering_bears_its_link() -> None:
    day = date(2027, 11, 15)
    rules = gathering(
        day, geo_code="01023", format=Format.ONLINE, online_url=LINK, is_online_url_public=False, place=""
    )
    register(rules, person(), now=SUMMER)
    at_seven = datetime(2027, 11, 15, 11, tzinfo=UTC)

    counts = [remind(at_seven + timedelta(minutes=n)) for n in (-1, 0)]

    assert counts == [0, 1]
    assert letters()[-1].subject.startswith("Aujourd’hui")
    assert LINK in letters()[-1].text
    assert LINK in letters()[-1].html
    assert letters()[-1].not_before == at_seven


def test_of_a_hybrid_gathering_the_link_is_for_those_who_are_not_in_the_room() -> None:
    rules = gathering(format=Format.HYBRID, online_url=LINK, is_online_url_public=False, place="Salle A")
    register(rules, person("Loin", attends_online=True), now=SUMMER)
    register(rules, person("Ici"), now=SUMMER)

    remind(ON_EVE)
    remind(eastern(2027, 10, 13, 7))

    has_link = [(letter.to_email, LINK in letter.text, "Salle A" in letter.text) for letter in letters()]
    assert has_link == [
        ("ici@exemple.quebec", False, True),
        ("loin@exemple.quebec", True, False),
        ("loin@exemple.quebec", True, False),
    ]


def test_found_after_the_end_the_link_is_sent_no_more() -> None:
    rules = gathering(format=Format.ONLINE, online_url=LINK, place="")
    register(rules, person(), now=SUMMER)

    remind(eastern(2027, 10, 13, 12))

    assert [letter.subject for letter in letters() if letter.subject.startswith("Aujourd’hui")] == []


# --- what moves, what is called off -----------------------------------------------------------------------


def test_reminders_follow_a_sitting_that_moves() -> None:
    rules = gathering()
    register(rules, person(), now=SUMMER)
    travel(date(2027, 9, 10), date(2027, 10, 6))

    change(rules, EventAction.POSTPONE, now=ON_WEEK + timedelta(hours=2), day=date(2027, 11, 17))
    travel(date(2027, 10, 7), date(2027, 11, 18))

    assert [when for when, _words in received()["real@exemple.quebec"]] == [
        "2027-09-13 13:00Z",
        "2027-09-29 13:00Z",
        "2027-10-06 13:00Z",
        "2027-10-18 13:00Z",
        "2027-11-03 13:00Z",
        "2027-11-10 14:00Z",
        "2027-11-15 14:00Z",
    ]


def test_the_second_date_of_a_group_moves_alone() -> None:
    rules, groups = world.training()
    register(rules, person("Manon", cohort_id=groups[0].id), now=AUTUMN)
    second = event_of(rules).sessions[1]

    change(rules, EventAction.POSTPONE, now=AUTUMN, day=date(2022, 2, 23), sitting_ids=frozenset({second.id}))
    travel(date(2021, 12, 11), date(2022, 2, 24))

    assert [when for when, _words in received()["manon@exemple.quebec"]] == [
        "2021-12-13 14:00Z",
        "2022-01-24 14:00Z",
        "2022-02-09 14:00Z",
        "2022-02-16 14:00Z",
        "2022-02-21 14:00Z",
    ]


def test_a_sitting_that_moves_by_a_day_is_not_reminded_of_again() -> None:
    rules = gathering()
    register(rules, person(), now=SUMMER)
    remind(ON_MONTH)

    change(rules, EventAction.POSTPONE, now=ON_MONTH + timedelta(hours=1), day=DAY + timedelta(days=1))

    assert remind(ON_MONTH + timedelta(days=1)) == 0
    assert reasons(MONTH) == {"": 1, "deja_ecrit": 1}


def test_a_moment_that_had_passed_when_the_day_was_given_does_not_come_back() -> None:
    rules = gathering(date(2027, 11, 17))
    register(rules, person(), now=SUMMER)

    change(rules, EventAction.POSTPONE, now=ON_WEEK + timedelta(hours=3), day=DAY)

    assert remind(ON_WEEK + timedelta(hours=4)) == 0


@pytest.mark.parametrize("alone", [True, False], ids=["the sitting", "the event"])
def test_what_is_called_off_reminds_nobody(alone: bool) -> None:
    rules = gathering(DAY, DAY + timedelta(days=60))
    register(rules, person(), now=SUMMER)
    first = event_of(rules).sessions[0]

    change(rules, EventAction.CANCEL, now=SUMMER, sitting_ids=frozenset({first.id} if alone else set()))
    travel(date(2027, 9, 10), date(2027, 10, 14))

    assert letters() == []


def test_what_has_no_day_yet_reminds_nobody() -> None:
    rules = gathering()
    register(rules, person(), now=SUMMER)
    change(rules, EventAction.POSTPONE, now=SUMMER)

    travel(date(2027, 9, 10), date(2027, 10, 14))

    assert letters() == []


# --- too late ---------------------------------------------------------------------------------------------


def test_within_two_days_a_late_worker_still_sends() -> None:
    register(gathering(), person(), now=SUMMER)

    assert remind(ON_MONTH + timedelta(hours=48)) == 1


def test_later_than_two_days_it_is_not_sent_and_the_log_says_to_whom(
    caplog: pytest.LogCaptureFixture,
) -> None:
    registration = register(gathering(), person(), now=SUMMER)

    with caplog.at_level(logging.WARNING, logger="campaign.mailings.gatherings"):
        counts = [remind(ON_MONTH + timedelta(hours=48, seconds=n)) for n in (1, 2)]

    assert counts == [0, 0]
    assert reasons(MONTH) == {"en_retard": 1}
    (record,) = [each for each in caplog.records if each.message == "reminder too late, not sent"]
    assert record.__dict__["attendees"] == [registration.attendees[0].id]


def test_a_late_reminder_gives_way_to_the_next_one() -> None:
    rules = gathering(date(2027, 10, 21))
    register(rules, person(), now=SUMMER)

    # That of Thursday, found on a Saturday, waits for Monday: a day before that of Tuesday, which is enough.
    assert remind(eastern(2027, 10, 16, 8, 30)) == 1
    assert [letter.not_before for letter in letters()] == [eastern(2027, 10, 18, 8)]
    assert remind(eastern(2027, 10, 19)) == 1


# --- what the team decides --------------------------------------------------------------------------------


def test_a_reminder_switched_off_is_not_sent_and_the_others_are() -> None:
    rules = gathering()
    register(rules, person(), now=SUMMER)
    gatherings.silence(rules.event_id, FORTNIGHT, author="Jeanne", now=SUMMER)

    travel(date(2027, 9, 10), date(2027, 10, 14))

    assert subjects() == ["Dans 30 jours", "Dans 7 jours", "Dans 5 jours"]


def test_switched_on_again_it_serves_for_the_next_moments() -> None:
    rules = gathering()
    register(rules, person(), now=SUMMER)
    gatherings.silence(rules.event_id, FORTNIGHT, author="Jeanne", now=SUMMER)
    gatherings.silence(rules.event_id, FORTNIGHT, author="Jeanne", now=SUMMER)
    gatherings.speak_again(rules.event_id, FORTNIGHT)

    remind(ON_FORTNIGHT)

    assert subjects() == ["Dans 14 jours"]


# --- what it costs ----------------------------------------------------------------------------------------


def test_a_tick_that_has_nothing_to_do_asks_two_questions(app: Flask) -> None:
    for number in range(3):
        register(gathering(DAY + timedelta(days=number)), person(f"P{number}"), now=SUMMER)
    remind(ON_EVE)

    with count_queries(app) as statements:
        due = gatherings.list_due(ON_EVE)

    assert due == []
    assert len(statements) == 2


def test_a_chunk_of_one_and_of_three_asks_as_many_questions(app: Flask) -> None:
    counts = []
    for people in (1, 3):
        rules = gathering(title=f"Journée à {people}")
        for number in range(people):
            register(rules, person(f"P{number}"), now=SUMMER)
            outbox.suppress(f"p{number}@exemple.quebec", "Boîte pleine", now=SUMMER)
        (due,) = gatherings.list_due(ON_MONTH)
        with count_queries(app) as statements:
            assert gatherings.advance(due, now=ON_MONTH).considered == people
        counts.append(len(statements))
        assert gatherings.advance(due, now=ON_MONTH).considered == 0

    assert counts[0] == counts[1]
