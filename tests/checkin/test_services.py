"""The door: whatever phones tell, in whatever order and however often, the truth is the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaign.accounts.models import Role, User
from campaign.checkin import ledger, phones, services
from campaign.checkin import queries as doors
from campaign.checkin.models import Attendance, DoorDevice, EventHost, Scan, ScanAction, ScanResult
from campaign.checkin.services import Outcome, PhoneScan
from campaign.db import db
from campaign.errors import Conflict, Gone, NotFound
from campaign.events.models import Event
from campaign.registrations import capacity, queries
from campaign.registrations import services as registrations
from campaign.registrations.models import Attendee, PoolKind, Registration
from tests.builders import NOW
from tests.lasting import database as database
from tests.registrations import world
from tests.registrations.world import person, register

pytestmark = pytest.mark.usefixtures("session")

MORNING = datetime(2027, 10, 13, 12, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def host() -> User:
    user = User(email="real@exemple.quebec", name="Réal", role=Role.HOST, is_active=True, created_at=NOW)
    db.session.add(user)
    db.session.flush()
    return user


class Door:
    """A gathering with people, and the phones at its doors."""

    def __init__(self, people: int = 3) -> None:
        self.rules = world.gathering(200)
        self.registrations = [
            register(self.rules, person(f"P{number}", organization="")) for number in range(people)
        ]
        self.user = host()
        self.event: Event = queries.get_event(self.rules.event_id)
        self.session_id = self.event.sessions[0].id
        self._scans = 0

    def phone(self, name: str = "Porte 1") -> DoorDevice:
        return services.open_door(self.event, self.user, name, now=MORNING)[0]

    def person(self, number: int) -> Attendee:
        return self.registrations[number].attendees[0]

    def scan(
        self, code: str = "", *, at: datetime = MORNING, action: ScanAction = ScanAction.ADMIT, **more: object
    ) -> PhoneScan:
        self._scans += 1
        return PhoneScan(
            id=str(UUID(int=self._scans)),
            session_id=self.session_id,
            action=action,
            at=at,
            code=code,
            **more,  # type: ignore[arg-type]  # named by the tests
        )

    def send(
        self, phone: DoorDevice, *scans: PhoneScan, now: datetime = MORNING + 60 * MINUTE
    ) -> list[Outcome]:
        return services.receive(self.event, phone, scans, phone_now=now, now=now)

    def present(self) -> dict[int | None, datetime]:
        return {
            row.attendee_id: row.admitted_at
            for row in db.session.scalars(sa.select(Attendance).execution_options(populate_existing=True))
        }


def test_a_ticket_admits_by_its_code_by_the_address_of_its_qr_and_by_the_code_said_aloud() -> None:
    door = Door(3)
    phone = door.phone()
    one, two, three = (door.person(number) for number in range(3))

    outcomes = door.send(
        phone,
        door.scan(one.ticket_code),
        door.scan(f"https://exemple.quebec/accueil/{two.ticket_code}"),
        door.scan(f"{three.short_code[:3].lower()} {three.short_code[3:]}"),
    )

    assert [outcome.result for outcome in outcomes] == [ScanResult.ADMITTED] * 3
    assert set(door.present()) == {one.id, two.id, three.id}


def test_a_second_scan_says_when_and_where_the_first_one_was() -> None:
    door = Door(1)
    code = door.person(0).ticket_code
    door.send(door.phone("Porte 1"), door.scan(code, at=MORNING + 12 * MINUTE))

    (again,) = door.send(door.phone("Porte 2"), door.scan(code, at=MORNING + 20 * MINUTE))

    assert (again.result, again.admitted_at, again.door) == (
        ScanResult.ALREADY,
        MORNING + 12 * MINUTE,
        "Porte 1",
    )


def test_the_earliest_wins_whoever_tells_first() -> None:
    door = Door(1)
    code = door.person(0).ticket_code
    late, early = (door.scan(code, at=MORNING + minutes * MINUTE) for minutes in (20, 12))
    first, second = door.phone("Porte 1"), door.phone("Porte 2")

    told_late = door.send(first, late)
    told_early = door.send(second, early)
    asked_again = door.send(first, late)

    assert [one.result for (one,) in (told_late, told_early, asked_again)] == [
        ScanResult.ADMITTED,
        ScanResult.ADMITTED,
        ScanResult.ALREADY,
    ]
    assert list(door.present().values()) == [MORNING + 12 * MINUTE]
    assert len(doors.list_conflicts(door.event.id)) == 1


def test_what_is_refused_says_why() -> None:
    door = Door(1)
    other = register(world.gathering(5), person("Ailleurs", email="ailleurs@exemple.quebec"))
    gone = register(door.rules, person("Parti", email="parti@exemple.quebec"))
    registrations.cancel(gone, author=registrations.PERSON, now=NOW)

    results = [
        outcome.result
        for outcome in door.send(
            door.phone(),
            door.scan(other.attendees[0].ticket_code),
            door.scan(gone.attendees[0].ticket_code),
            door.scan("ZZZZZZZZZZ"),
            door.scan(""),
        )
    ]

    assert results == [
        ScanResult.OTHER_EVENT,
        ScanResult.CANCELLED,
        ScanResult.UNKNOWN,
        ScanResult.UNKNOWN,
    ]
    assert door.present() == {}


def test_the_other_group_s_date_is_refused_then_let_in_as_a_crossover() -> None:
    rules, (first, _second) = world.training(seats=5)
    registration = register(rules, person("Ana", cohort_id=first.id))
    event = queries.get_event(rules.event_id)
    phone, _token = services.open_door(event, host(), "Porte 1", now=MORNING)
    other_date = event.sessions[3].id
    code = registration.attendees[0].ticket_code
    scans = [
        PhoneScan(
            id=str(UUID(int=number)),
            session_id=other_date,
            action=ScanAction.ADMIT,
            at=MORNING,
            code=code,
            is_forced=bool(number),
        )
        for number in range(2)
    ]

    outcomes = services.receive(event, phone, scans, phone_now=MORNING, now=MORNING)

    assert [one.result for one in outcomes] == [ScanResult.NOT_CHOSEN, ScanResult.ADMITTED]


def test_somebody_without_a_ticket_is_registered_once_and_takes_nobody_s_seat() -> None:
    door = Door(1)
    phone = door.phone()
    scan = door.scan(
        action=ScanAction.WALK_IN, first_name="Ève", last_name="O’Bomsawin", organization="CPE Les Étoiles"
    )

    results = [door.send(phone, scan)[0].result for _time in range(3)]

    assert results == [ScanResult.ADMITTED] * 3
    walk_ins = db.session.scalars(sa.select(Attendee).where(Attendee.is_walk_in)).all()
    assert [(one.last_name, one.organization) for one in walk_ins] == [("O’Bomsawin", "CPE Les Étoiles")]
    pool = next(one for one in capacity.list_pools(door.event.id) if one.kind is PoolKind.EVENT)
    assert pool.taken == 1


def test_an_undone_admission_is_no_presence_even_when_the_undoing_is_told_first() -> None:
    door = Door(2)
    phone = door.phone()
    scans = [door.scan(door.person(number).ticket_code) for number in range(2)]
    undo = [door.scan(action=ScanAction.UNDO, undoes=scan.id, at=MORNING + MINUTE) for scan in scans]

    door.send(phone, undo[0])
    door.send(phone, *scans)
    before = set(door.present())
    door.send(phone, undo[1])

    assert before == {door.person(1).id}
    assert door.present() == {}


def test_a_phone_whose_clock_is_wrong_by_an_hour_tells_the_right_hour() -> None:
    door = Door(1)
    wrong = timedelta(hours=1)
    now = MORNING + 30 * MINUTE
    scan = door.scan(door.person(0).ticket_code, at=MORNING + wrong)

    services.receive(door.event, door.phone(), [scan], phone_now=now + wrong, now=now)

    assert list(door.present().values()) == [MORNING]


def test_children_are_counted_with_the_person_who_brings_them() -> None:
    door = Door(1)

    door.send(door.phone(), door.scan(door.person(0).ticket_code, children=2))

    assert db.session.scalars(sa.select(Attendance.children)).all() == [2]


def test_a_phone_that_was_cut_off_learns_it_and_another_s_token_opens_nothing() -> None:
    door = Door(1)
    device, token = services.open_door(door.event, door.user, "Porte 1", now=MORNING)
    other = User(email="x@exemple.quebec", role=Role.HOST, is_active=True, created_at=NOW)
    db.session.add(other)
    db.session.flush()
    db.session.add_all(EventHost(event_id=door.event.id, user_id=user.id) for user in (door.user, other))
    db.session.flush()

    known = phones.get_phone(door.event.id, door.user.id, token, session_id=0)
    with pytest.raises(NotFound, match="appareil"):
        phones.get_phone(door.event.id, other.id, token, session_id=0)
    services.revoke(device, now=MORNING)
    db.session.flush()

    assert known.id == device.id
    with pytest.raises(Gone, match="effacée"):
        phones.get_phone(door.event.id, door.user.id, token, session_id=0)


def test_the_list_ends_at_midnight_at_the_place() -> None:
    assert services.midnight_after(MORNING, "America/Toronto") == datetime(2027, 10, 14, 4, tzinfo=UTC)
    assert services.midnight_after(MORNING, "America/Blanc-Sablon") == datetime(2027, 10, 14, 4, tzinfo=UTC)


def test_the_list_holds_nothing_but_what_the_door_needs() -> None:
    door = Door(0)
    registration = register(
        door.rules,
        person("Ana", role="Directrice", sensitive={"alimentation": "Arachides"}, children=1),
    )

    (listed,) = doors.door_list(door.event.id, door.event.sessions)

    assert listed == {
        "id": registration.attendees[0].id,
        "prenom": "Ana",
        "nom": "Tremblay",
        "cle": "tremblay ana",
        "organisation": "CPE La Farandole",
        "billet": registration.attendees[0].ticket_code,
        "code": registration.attendees[0].short_code,
        "groupe": "",
        "seances": [door.session_id],
        "enfants": 1,
        "vient": True,
        "sur_place": False,
    }


def test_a_scan_of_another_event_s_sitting_is_refused_whole() -> None:
    door = Door(1)
    elsewhere = queries.get_event(world.gathering(5).event_id).sessions[0].id
    scan = PhoneScan(id="1", session_id=elsewhere, action=ScanAction.ADMIT, at=MORNING)

    with pytest.raises(Conflict, match="séance"):
        door.send(door.phone(), scan)


def gestures(door: Door) -> tuple[list[PhoneScan], set[int]]:
    """A hundred and twenty people: three come twice, two without a ticket, one cancelled; and the truth."""
    registrations.cancel(door.registrations[7], author=registrations.PERSON, now=NOW)
    scans = [
        door.scan(door.person(number).ticket_code, at=MORNING + number * timedelta(seconds=5))
        for number in range(120)
    ]
    scans += [door.scan(door.person(number).ticket_code, at=MORNING + 30 * MINUTE) for number in (3, 40, 99)]
    scans += [
        door.scan(action=ScanAction.WALK_IN, first_name="Sans", last_name=f"Billet {number}")
        for number in range(2)
    ]
    truth = {door.person(number).id for number in range(120)} - {door.person(7).id}
    return scans, truth


@pytest.mark.parametrize("seed", range(3))
def test_the_total_is_the_truth_whatever_the_order_and_the_number_of_tellings(seed: int) -> None:
    door = Door(120)
    phones = [door.phone("Porte 1"), door.phone("Porte 2")]
    scans, truth = gestures(door)
    chance = Random(seed)
    told = scans * 3
    chance.shuffle(told)

    for start in range(0, len(told), 40):
        batch = list({scan.id: scan for scan in told[start : start + 40]}.values())
        door.send(chance.choice(phones), *batch)

    walk_ins = set(db.session.scalars(sa.select(Attendee.id).where(Attendee.is_walk_in)))
    assert len(walk_ins) == 2
    assert set(door.present()) == truth | walk_ins
    assert door.present()[door.person(3).id] == MORNING + 15 * timedelta(seconds=1)
    assert doors.count_present(door.event.id) == {door.session_id: 121}


def test_what_undid_a_scan_is_found_by_its_number_not_among_all_those_of_the_event() -> None:
    connection = db.session.connection()
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("SET LOCAL enable_seqscan = off"))  # the table is too small for an index
    asked = ledger._OF_PEOPLE.params(people=[1, 2]).compile(
        connection, compile_kwargs={"literal_binds": True}
    )
    explain = "EXPLAIN QUERY PLAN" if connection.dialect.name == "sqlite" else "EXPLAIN"

    plan = " ".join(str(row) for row in connection.execute(sa.text(f"{explain} {asked}")))

    assert "ix_scan_undoes_id" in plan
    assert "ix_scan_event_id_received_at" not in plan


def test_five_thousand_scans_replayed_three_times_admit_each_person_once() -> None:
    door = Door(0)
    people = many_people(door, 5_000)
    phone = door.phone()
    scans = [
        door.scan(code, at=MORNING + number * MINUTE / 60) for number, code in enumerate(people.values())
    ]

    for _replay in range(3):
        for start in range(0, len(scans), services.AT_ONCE):
            door.send(phone, *scans[start : start + services.AT_ONCE], now=MORNING + 120 * MINUTE)

    assert set(door.present()) == set(people)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Scan)) == 5_000


def many_people(door: Door, number: int) -> dict[int, str]:
    """That many confirmed people, written at once: their number and their ticket's code."""
    template = register(door.rules, person("Modèle", email="modele@exemple.quebec"))
    columns = [column.key for column in sa.inspect(Registration).columns if column.key != "id"]
    parties = db.session.scalars(
        sa.insert(Registration).returning(Registration.id),
        [{key: getattr(template, key) for key in columns} | {"form_token": None} for _one in range(number)],
    ).all()
    rows = db.session.execute(
        sa.insert(Attendee).returning(Attendee.id, Attendee.ticket_code),
        [
            {
                "registration_id": party,
                "event_id": door.event.id,
                "first_name": "P",
                "last_name": str(party),
                "name_key": f"{party} p",
                "ticket_code": f"{party:010d}",
                "short_code": f"{party:06d}",
                "created_at": NOW,
            }
            for party in parties
        ],
    ).all()
    return {row.id: row.ticket_code for row in rows}


moments = st.integers(0, 600).map(lambda seconds: MORNING + timedelta(seconds=seconds))


@given(
    gestures=st.lists(
        st.tuples(st.integers(0, 3), moments, st.integers(0, 1), st.booleans()), min_size=1, max_size=14
    ),
    order=st.randoms(use_true_random=False),
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_order_of_any_gestures_gives_the_same_presence(
    gestures: list[tuple[int, datetime, int, bool]], order: Random
) -> None:
    db.session.expunge_all()  # people are written beside the session, which would know them by old numbers
    with db.session.begin_nested() as trial:
        door = Door(4)
        phones = [door.phone("Porte 1"), door.phone("Porte 2")]
        expected: dict[int, datetime] = {}
        told: list[tuple[int, PhoneScan]] = []
        for who, at, phone, is_undone in gestures:
            scan = door.scan(door.person(who).ticket_code, at=at)
            told.append((phone, scan))
            if is_undone:
                told.append((phone, door.scan(action=ScanAction.UNDO, undoes=scan.id, at=at)))
            else:
                number = door.person(who).id
                expected[number] = min(at, expected.get(number, at))
        order.shuffle(told)

        for phone, scan in told:
            door.send(phones[phone], scan)

        assert door.present() == expected
        trial.rollback()
