"""What telephones told that does not agree: who, which doors, which hours, who wins, and what the team
decides."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from campaign.checkin import conflicts, presence, queries
from campaign.checkin.models import Scan, ScanAction
from campaign.db import db
from campaign.errors import NotFound
from campaign.registrations import services as registrations
from campaign.registrations.models import RegistrationMove, RegistrationState
from tests.builders import NOW
from tests.checkin.gathering import AFTER, admit, attendee, event_of, let_in_unknown, walk_in
from tests.lasting import database as database
from tests.registrations import world
from tests.registrations.world import person, register

pytestmark = pytest.mark.usefixtures("session")


class Doors:
    """A gathering where Zoé was let in at two doors, and Marc at one."""

    def __init__(self) -> None:
        rules = world.gathering(50)
        self.forms = [
            register(rules, person(name, email=f"{number}@exemple.quebec"))
            for number, name in enumerate(["Zoé", "Marc"])
        ]
        self.zoe, self.marc = (attendee(form) for form in self.forms)
        self.event = event_of(rules)
        (self.sitting,) = self.event.sessions
        admit(self.event, self.sitting, self.zoe, late=12, door="Porte 2")
        admit(self.event, self.sitting, self.zoe, self.marc, late=3)

    def waiting(self) -> conflicts.Disagreements:
        return conflicts.list_disagreements(self.event)

    def presence_of_zoe(self) -> tuple[str, int] | None:
        standing = queries.find_presence(self.zoe.id, self.sitting.id)
        return (standing.door, standing.admitted_at.minute) if standing else None


def readings(double: conflicts.Twice) -> list[tuple[str, int, bool]]:
    return [(one.door, one.scan.at.minute, one.counts) for one in double.readings]


def test_somebody_let_in_at_two_doors_is_told_with_both_and_the_earliest_counts() -> None:
    doors = Doors()

    (double,) = doors.waiting().twice

    assert double.attendee is doors.zoe
    assert double.sitting is doors.sitting
    assert readings(double) == [("Porte 1", 3, True), ("Porte 2", 12, False)]
    assert doors.waiting().uncounted == []
    assert conflicts.count(doors.event.id) == 1


@pytest.mark.parametrize(("kept", "stands"), [(0, ("Porte 1", 3)), (1, ("Porte 2", 12))])
def test_the_reading_that_is_kept_counts_and_nothing_is_erased(kept: int, stands: tuple[str, int]) -> None:
    doors = Doors()
    (double,) = doors.waiting().twice
    told = set(db.session.scalars(sa.select(Scan.id)))

    conflicts.keep(doors.event, double.readings[kept].scan.id, author="Jeanne", now=AFTER)

    assert doors.presence_of_zoe() == stands
    assert doors.waiting().count == conflicts.count(doors.event.id) == 0
    undoings = db.session.scalars(sa.select(Scan.undoes_id).where(Scan.action == ScanAction.UNDO)).all()
    assert undoings == [double.readings[1 - kept].scan.id]
    assert told < set(db.session.scalars(sa.select(Scan.id)))
    assert db.session.scalars(
        sa.select(RegistrationMove.author).where(RegistrationMove.reason.like("Présence%"))
    ).all() == ["Jeanne"]


def test_what_is_settled_is_not_settled_again() -> None:
    doors = Doors()
    (double,) = doors.waiting().twice
    conflicts.keep(doors.event, double.readings[0].scan.id, author="Jeanne", now=AFTER)

    with pytest.raises(NotFound):
        conflicts.keep(doors.event, double.readings[1].scan.id, author="Jeanne", now=AFTER)

    assert doors.presence_of_zoe() == ("Porte 1", 3)


def test_a_conflict_of_another_event_is_not_settled_from_here() -> None:
    doors, others = Doors(), Doors()
    (double,) = others.waiting().twice

    with pytest.raises(NotFound):
        conflicts.keep(doors.event, double.readings[1].scan.id, author="Jeanne", now=AFTER)

    assert others.waiting().count == 1


def test_the_same_telephone_twice_is_no_conflict_nor_is_somebody_noted_by_the_team() -> None:
    doors = Doors()
    walk_in(doors.event, doors.sitting, "Ahmed")
    presence.note(
        doors.event, doors.sitting, {doors.marc.id: presence.Presence.ONLINE}, author="Jeanne", now=AFTER
    )

    assert [double.attendee for double in doors.waiting().twice] == [doors.zoe]


def cancelled_then_let_in() -> Doors:
    """Marc's registration was cancelled; a telephone whose list was older let him in."""
    doors = Doors()
    presence.note(
        doors.event, doors.sitting, {doors.marc.id: presence.Presence.ABSENT}, author="Jeanne", now=AFTER
    )
    registrations.cancel(doors.forms[1], author=registrations.PERSON, now=NOW)
    admit(doors.event, doors.sitting, doors.marc, late=20, door="Porte 3")
    return doors


def test_somebody_let_in_whom_no_total_counts_is_told_with_the_reason() -> None:
    doors = cancelled_then_let_in()
    let_in_unknown(doors.event, doors.sitting, "HAT7KM")

    uncounted = doors.waiting().uncounted

    assert [(one.reason, one.may_count, one.scan.code) for one in uncounted] == [
        ("Code inconnu", False, "HAT7KM"),
        ("Inscription annulée", True, doors.marc.ticket_code),
    ]
    assert conflicts.count(doors.event.id) == 3


def test_whoever_came_all_the_same_is_counted_at_the_hour_of_the_door() -> None:
    doors = cancelled_then_let_in()
    (marc,) = doors.waiting().uncounted

    conflicts.count_in(doors.event, marc.scan.id, author="Jeanne", now=AFTER)

    standing = queries.find_presence(doors.marc.id, doors.sitting.id)
    assert standing is not None
    assert standing.admitted_at.minute == 20
    assert doors.waiting().uncounted == []


def test_a_code_of_nobody_is_set_aside_and_never_counted() -> None:
    doors = Doors()
    let_in_unknown(doors.event, doors.sitting, "HAT7KM")
    (unknown,) = doors.waiting().uncounted

    with pytest.raises(NotFound):
        conflicts.count_in(doors.event, unknown.scan.id, author="Jeanne", now=AFTER)
    conflicts.set_aside(doors.event, unknown.scan.id, author="Jeanne", now=AFTER)

    assert doors.waiting().uncounted == []
    assert queries.count_present(doors.event.id) == {doors.sitting.id: 2}


def test_whoever_is_let_in_again_by_a_telephone_that_knows_is_asked_no_more() -> None:
    doors = cancelled_then_let_in()
    (marc,) = doors.waiting().uncounted
    presence.note(
        doors.event, doors.sitting, {doors.marc.id: presence.Presence.PRESENT}, author="Jeanne", now=AFTER
    )
    doors.forms[1].state = RegistrationState.CONFIRMED
    doors.marc.is_active = True
    db.session.flush()
    admit(doors.event, doors.sitting, doors.marc, late=25)

    assert marc.scan.attendee_id == doors.marc.id
    assert doors.waiting().uncounted == []
