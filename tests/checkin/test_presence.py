"""Who came: figures that say what they count, and what the team notes by hand, in one truth with the door."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest
import sqlalchemy as sa

from campaign import clock
from campaign.checkin import presence, services
from campaign.checkin.models import Attendance, Scan
from campaign.checkin.presence import Presence, Sheet, rate_text
from campaign.db import db
from campaign.registrations import services as registrations
from campaign.registrations.models import RegistrationMove
from tests.checkin.gathering import AFTER, admit, attendee, event_of, walk_in
from tests.lasting import database as database
from tests.registrations import world
from tests.registrations.world import person, register

pytestmark = pytest.mark.usefixtures("session")

BEFORE = datetime(2027, 10, 12, 14, tzinfo=AFTER.tzinfo)


class Held:
    """A gathering where three were expected: one came, two did not; two more came without being expected."""

    def __init__(self) -> None:
        self.rules = world.gathering(50, takes_children=True)
        self.people = [
            attendee(register(self.rules, person(name, email=f"{number}@exemple.quebec")))
            for number, name in enumerate(["Zoé", "Marc", "Élise"])
        ]
        self.event = event_of(self.rules)
        self.sitting = self.event.sessions[0]
        admit(self.event, self.sitting, self.people[0], children=2, late=12)
        walk_in(self.event, self.sitting, "Ahmed")
        walk_in(self.event, self.sitting, "Lucie")

    def sheet(self, now: datetime = AFTER) -> Sheet:
        (sheet,) = presence.sheets(self.event, now=now)
        return sheet

    def note(self, wanted: dict[int, Presence], now: datetime = AFTER) -> int:
        numbers = {self.people[number].id: standing for number, standing in wanted.items()}
        return presence.note(self.event, self.sitting, numbers, author="Jeanne", now=now)

    def standing(self) -> list[Presence]:
        by_person = {line.attendee.id: line.presence for line in self.sheet().lines}
        return [by_person[one.id] for one in self.people]


def figures(sheet: Sheet) -> dict[str, object]:
    names = ("expected", "came_as_expected", "rate", "absent", "walk_ins", "crossovers", "online", "present",
             "children")  # fmt: skip
    return {name: getattr(sheet, name) for name in names}


def test_a_rate_is_of_those_who_were_expected_whoever_else_came() -> None:
    assert figures(Held().sheet()) == {
        "expected": 3,
        "came_as_expected": 1,
        "rate": "33\u00a0%",
        "absent": 2,
        "walk_ins": 2,
        "crossovers": 0,
        "online": 0,
        "present": 3,
        "children": 2,
    }


def test_nobody_is_absent_before_the_hour() -> None:
    sheet = Held().sheet(now=BEFORE)

    assert (sheet.absent, sheet.rate) == (0, "–")
    assert [line.presence for line in sheet.lines].count(Presence.EXPECTED) == 2


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [(0, 0, "–"), (0, 3, "0\u00a0%"), (11, 12, "92\u00a0%"), (999, 1000, "99\u00a0%"), (1, 1000, "1\u00a0%"),
     (3, 3, "100\u00a0%"), (1, 8, "13\u00a0%")],
)  # fmt: skip
def test_a_rate_is_never_complete_when_somebody_is_missing(part: int, whole: int, text: str) -> None:
    assert rate_text(part, whole) == text


def test_somebody_of_another_group_is_counted_apart() -> None:
    rules, (first, second) = world.training(seats=5)
    ours = attendee(register(rules, person("Zoé", cohort_id=first.id)))
    theirs = attendee(register(rules, person("Marc", cohort_id=second.id)))
    event = event_of(rules)
    admit(event, event.sessions[0], ours, theirs)

    sheet = presence.sheets(event, now=AFTER)[0]

    assert (sheet.expected, sheet.came_as_expected, sheet.crossovers, sheet.present) == (1, 1, 1, 2)
    assert sheet.rate == "100\u00a0%"


def test_the_team_notes_present_online_and_absent_and_the_door_agrees() -> None:
    held = Held()

    changed = held.note({0: Presence.ABSENT, 1: Presence.PRESENT, 2: Presence.ONLINE})

    assert changed == 3
    assert held.standing() == [Presence.ABSENT, Presence.PRESENT, Presence.ONLINE]
    sheet = held.sheet()
    assert (sheet.came_as_expected, sheet.online, sheet.absent) == (2, 1, 1)
    assert {line.attendee.first_name for line in sheet.lines if line.is_by_hand} == {"Marc", "Élise"}


def test_what_a_phone_told_is_taken_back_and_never_erased() -> None:
    held = Held()
    before = set(db.session.scalars(sa.select(Scan.id)))

    held.note({0: Presence.ABSENT})

    after = set(db.session.scalars(sa.select(Scan.id)))
    assert before < after
    assert db.session.get(Attendance, (held.people[0].id, held.sitting.id)) is None


def test_a_correction_can_be_corrected_again() -> None:
    held = Held()

    for standing in (Presence.ABSENT, Presence.PRESENT, Presence.ONLINE, Presence.ABSENT, Presence.ONLINE):
        held.note({0: standing, 1: standing})

        assert held.standing()[:2] == [standing, standing]


def test_children_who_came_stay_counted_when_somebody_is_noted_present_again() -> None:
    held = Held()

    held.note({0: Presence.ONLINE})
    online = held.sheet().children

    assert online == 0


def test_who_noted_it_stays_in_the_history_of_the_registration() -> None:
    held = Held()

    held.note({1: Presence.PRESENT})

    (move,) = db.session.scalars(sa.select(RegistrationMove).where(RegistrationMove.author == "Jeanne"))
    assert (move.attendee_id, move.at) == (held.people[1].id, AFTER)
    assert move.from_state == move.to_state
    assert move.reason == "Présence notée à la main\u00a0: présente (mercredi 13\u00a0octobre\u00a02027)"


def test_what_is_so_already_changes_nothing() -> None:
    held = Held()
    before = db.session.scalar(sa.select(sa.func.count()).select_from(Scan))

    assert held.note({0: Presence.PRESENT, 1: Presence.ABSENT}) == 0
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Scan)) == before


def test_whoever_registered_at_the_door_of_one_sitting_is_not_awaited_at_the_others() -> None:
    rules, _groups = world.training()
    event = event_of(rules)
    for sitting in event.sessions:
        sitting.cohort_id = None  # everybody attends every date
    walk_in(event, event.sessions[0], "Ahmed")

    people = [len(sheet.lines) for sheet in presence.sheets(event, now=AFTER)]

    assert people == [1, 0, 0, 0]


def test_a_phone_that_tells_later_adds_what_it_saw() -> None:
    held = Held()
    held.note({1: Presence.ABSENT})

    admit(held.event, held.sitting, held.people[1], late=5)

    assert held.standing()[1] is Presence.PRESENT


def test_a_walk_in_noted_absent_is_no_absence_of_the_gathering() -> None:
    held = Held()
    ahmed = next(line.attendee for line in held.sheet().lines if line.attendee.first_name == "Ahmed")

    presence.note(held.event, held.sitting, {ahmed.id: Presence.ABSENT}, author="Jeanne", now=AFTER)

    sheet = held.sheet()
    assert (sheet.walk_ins, sheet.absent, sheet.present) == (1, 2, 2)


@pytest.mark.parametrize("now", [BEFORE, AFTER])
def test_a_walk_in_taken_back_is_awaited_nowhere(now: datetime) -> None:
    held = Held()
    ahmed = next(line.attendee for line in held.sheet().lines if line.attendee.first_name == "Ahmed")
    admission = db.session.scalars(sa.select(Scan).where(Scan.attendee_id == ahmed.id)).one()

    services.note([presence.undoing(held.event, held.sitting, admission, now=AFTER)])

    sheet = held.sheet(now)
    assert {line.attendee.first_name for line in sheet.lines} == {"Zoé", "Marc", "Élise", "Lucie"}
    assert (sheet.expected, sheet.walk_ins) == (3, 1)
    assert ahmed not in presence.list_confirmed(held.event.id)
    assert ahmed in presence.list_elsewhere(held.event, sheet)  # taken back by mistake: noted again by hand


def test_a_sitting_without_hour_begins_with_its_day_at_its_place() -> None:
    event = event_of(world.gathering())
    sitting = event.sessions[0]
    sitting.starts_at = None
    day = sitting.starts_on
    assert day is not None
    midnight = clock.to_utc(day, time(), event.time_zone)

    begun = [presence.has_begun(event, sitting, midnight + timedelta(minutes=n)) for n in (-1, 1)]

    assert begun == [False, True]


def test_the_end_of_sensitive_answers_is_told_by_day() -> None:
    rules = world.gathering()
    needs = {"alimentation": "Arachides", "adaptation": "Rampe"}
    register(rules, person("Zoé", sensitive=needs))

    (row,) = presence.count_sensitive(rules.event_id)

    assert (row.answers, row.purge_on) == (2, world.DAY + registrations.SENSITIVE_KEPT)


def test_somebody_of_another_group_is_noted_by_hand() -> None:
    rules, (first, second) = world.training(seats=5)
    register(rules, person("Zoé", cohort_id=first.id))
    theirs = attendee(register(rules, person("Marc", cohort_id=second.id)))
    event = event_of(rules)
    before = presence.sheets(event, now=AFTER)[0]

    changed = presence.note(
        event, event.sessions[0], {theirs.id: Presence.PRESENT}, author="Jeanne", now=AFTER
    )

    sheet = presence.sheets(event, now=AFTER)[0]
    assert [one.id for one in presence.list_elsewhere(event, before)] == [theirs.id]
    assert presence.list_elsewhere(event, sheet) == []
    assert (changed, sheet.crossovers, sheet.expected, sheet.present) == (1, 1, 1, 1)
    (line,) = [line for line in sheet.lines if line.is_crossover]
    assert (line.attendee.id, line.is_by_hand) == (theirs.id, True)


def test_nobody_of_another_event_is_noted_here() -> None:
    ours, elsewhere = Held(), Held()

    changed = presence.note(
        ours.event, ours.sitting, {elsewhere.people[0].id: Presence.PRESENT}, author="Jeanne", now=AFTER
    )

    assert changed == 0
