from collections import Counter
from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from campaign.errors import NotFound
from campaign.events import history
from campaign.events.models import Event, EventDetails, EventKind, EventState
from campaign.events.vocabulary import ActivityType, Cost, Format
from campaign.participations import figures
from campaign.participations import history as participations
from tests.typography import faults

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def _all(session: Session) -> list[Event]:
    return list(
        session.scalars(
            sa.select(Event)
            .join(Event.details)
            .options(
                joinedload(Event.edition),
                joinedload(Event.territory),
                joinedload(Event.details),
                selectinload(Event.sessions),
            )
            .order_by(Event.id)
        )
    )


def _named(session: Session, title: str) -> Event:
    return next(event for event in _all(session) if event.title.startswith(title))


def _dates(event: Event) -> list[tuple[date | None, datetime | None, datetime | None, date | None]]:
    return [(s.starts_on, s.starts_at, s.ends_at, s.ends_on) for s in event.sessions]


def test_forty_eight_published_activities_are_read() -> None:
    rows = list(history.read_published())

    assert len(rows) == 48
    assert len({row.uid for row in rows}) == 48
    assert Counter(row.year for row in rows) == {
        2016: 5, 2017: 1, 2018: 2, 2019: 2, 2020: 2, 2021: 1, 2022: 7, 2023: 2, 2024: 10, 2025: 16,
    }  # fmt: skip


def test_what_was_published_is_written_as_in_quebec() -> None:
    rows = list(history.read_published())

    said = [text for row in rows for text in (row.title, row.place, row.organizer, row.note)]
    assert [fault for text in said for fault in faults(text)] == []
    assert "Départ à 10\u00a0h\u00a045" in said


def test_each_is_published_as_held_and_says_where_it_was_read(session: Session, directory: None) -> None:
    participations.load(NOW)

    added = history.load(NOW)

    events = _all(session)
    assert added == len(events) == 42
    assert {(e.state, e.is_published, e.is_private) for e in events} == {(EventState.HELD, True, False)}
    assert all(e.details and e.details.source_url.startswith("http") for e in events)
    assert all(e.details and e.details.organizer_name for e in events)
    assert len({e.slug for e in events}) == 42
    assert Counter(e.kind for e in events) == {
        EventKind.ACTIVITY: 33,
        EventKind.GATHERING: 8,
        EventKind.MEETING: 1,
    }


def test_only_what_was_announced_as_free_is_told_so(session: Session, directory: None) -> None:
    history.load(NOW)

    costs = {e.title: e.details.cost for e in _all(session) if e.details}
    assert set(costs.values()) == {Cost.FREE, Cost.UNKNOWN}
    assert {title for title, cost in costs.items() if cost is Cost.FREE} == {
        title for title in costs if "gratuit" in title
    }


def test_a_flag_is_not_shown_twice(session: Session, directory: None) -> None:
    participations.load(NOW)
    editions = list(session.scalars(sa.select(Event.edition_id).distinct()))
    before = [figures.compute(edition, now=NOW).flags for edition in editions]

    history.load(NOW)

    flags = session.scalars(
        sa.select(EventDetails).where(EventDetails.activity_type == ActivityType.FLAG_RAISING)
    ).all()
    assert flags == []
    assert [figures.compute(edition, now=NOW).flags for edition in editions] == before
    assert sum(before) == 12


def test_flags_without_their_participation_are_activities(session: Session, directory: None) -> None:
    added = history.load(NOW)

    events = [e for e in _all(session) if e.details and e.details.activity_type is ActivityType.FLAG_RAISING]
    assert added == 48
    assert [(e.kind, e.edition.year) for e in events] == [
        (EventKind.ACTIVITY, 2025), (EventKind.ACTIVITY, 2025), (EventKind.ACTIVITY, 2024),
        (EventKind.ACTIVITY, 2024), (EventKind.ACTIVITY, 2023), (EventKind.ACTIVITY, 2023),
    ]  # fmt: skip


def test_two_hours_of_one_day_are_two_sittings(session: Session, directory: None) -> None:
    history.load(NOW)

    event = _named(session, "Bain libre")

    assert _dates(event) == [
        (
            date(2025, 11, 18),
            datetime(2025, 11, 18, 14, 30, tzinfo=UTC),
            datetime(2025, 11, 18, 16, 30, tzinfo=UTC),
            None,
        ),
        (
            date(2025, 11, 18),
            datetime(2025, 11, 18, 18, 30, tzinfo=UTC),
            datetime(2025, 11, 18, 20, 30, tzinfo=UTC),
            None,
        ),
    ]
    assert [sitting.uid is None for sitting in event.sessions] == [True, False]


def test_hours_on_several_days_are_sittings_of_each_day(session: Session, directory: None) -> None:
    history.load(NOW)

    event = _named(session, "Portes ouvertes")

    assert len(event.sessions) == 10
    assert [s.starts_on for s in event.sessions[::2]] == [date(2016, 11, day) for day in range(21, 26)]


def test_days_without_hours_are_whole_days(session: Session, directory: None) -> None:
    history.load(NOW)

    assert _dates(_named(session, "Exposition de farandoles")) == [
        (date(2020, 11, 15), None, None, date(2020, 11, 21))
    ]


def test_days_that_the_place_names_are_those_days(session: Session, directory: None) -> None:
    history.load(NOW)

    event = _named(session, "Patin libre")

    assert _dates(event) == [(date(2025, 11, day), None, None, None) for day in (18, 20, 21, 22, 23)]


def test_a_day_that_was_not_published_stays_to_be_confirmed(session: Session, directory: None) -> None:
    history.load(NOW)

    event = _named(session, "Atelier d’éveil musical")

    assert _dates(event) == [(None, None, None, None)]
    assert event.edition.year == 2022
    assert event.description == ("Semaine du 14 au 20\u00a0novembre 2022; date non visible dans l’extrait lu")


def test_what_is_online_has_no_place(session: Session, directory: None) -> None:
    history.load(NOW)

    event = _named(session, "Consultation publique")

    assert event.details is not None
    assert (event.place, event.details.format, event.territory) == ("", Format.ONLINE, None)


@pytest.mark.parametrize(
    ("title", "region"), [("La Grande journée des tout-petits 2025", "03"), ("La «\u00a0Très\u00a0»", None)]
)
def test_a_region_is_the_one_that_the_note_tells(
    session: Session, directory: None, title: str, region: str | None
) -> None:
    history.load(NOW)

    event = _named(session, title)

    assert (event.territory, event.region_code) == (None, region)


def test_loading_again_changes_nothing(session: Session, directory: None) -> None:
    history.load(NOW)
    session.commit()
    _named(session, "Patin libre").place = "Complété par l’équipe"
    session.flush()

    added = history.load(datetime(2027, 1, 5, tzinfo=UTC))

    assert added == 0
    assert not session.new
    assert not session.dirty
    assert _named(session, "Patin libre").place == "Complété par l’équipe"


def test_calendars_know_them_by_the_same_identifiers_everywhere(session: Session, directory: None) -> None:
    history.load(NOW)
    first = {(e.uid, e.slug, tuple(s.uid for s in e.sessions)) for e in _all(session)}
    session.rollback()

    history.load(NOW)

    assert {(e.uid, e.slug, tuple(s.uid for s in e.sessions)) for e in _all(session)} == first


def test_history_without_directory_names_the_missing_codes(session: Session) -> None:
    with pytest.raises(NotFound) as refusal:
        history.load(NOW)

    assert "65005" in refusal.value.message
