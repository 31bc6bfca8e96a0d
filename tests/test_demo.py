from collections import Counter
from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from campaign.campaigns import queries as campaigns
from campaign.contacts.models import Contact
from campaign.db import CALENDAR, EVERY_DATE, Base
from campaign.events.models import Event, EventKind, EventState, Opening, Organizer, Proposal, ProposalState
from campaign.outbox.models import Message
from campaign.participations import figures, services
from campaign.participations.details import carried_over
from campaign.participations.models import (
    KitState,
    Participation,
    ParticipationMove,
    ResolutionState,
    State,
)
from campaign.simulation import TOOK_PART_AND_SILENT
from campaign.territory.models import Territory
from tests.databases import Templates

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def _current(session: Session) -> list[Participation]:
    return list(
        session.scalars(
            sa.select(Participation)
            .where(Participation.edition_id == campaigns.current_edition().id)
            .options(
                joinedload(Participation.territory),
                joinedload(Participation.event).selectinload(Event.sessions),
                joinedload(Participation.contact),
            )
        )
    )


def test_the_current_edition_is_the_coming_one_and_says_it_is_simulated(session: Session, demo: None) -> None:
    edition = campaigns.current_edition()

    assert (edition.number, edition.start_on, edition.end_on, edition.flag_on, edition.is_simulated) == (
        12,
        date(2027, 11, 15),
        date(2027, 11, 21),
        date(2027, 11, 15),
        True,
    )
    assert [e.number for e in campaigns.list_editions() if e.is_simulated] == [12]
    assert [e.number for e in campaigns.list_editions()] == [12, *range(10, 0, -1)]


def test_every_state_and_track_is_shown_in_the_simulated_edition(session: Session, demo: None) -> None:
    participations = _current(session)

    states = Counter(p.state for p in participations)
    numbered = sorted(p.number for p in participations if p.number is not None)

    assert set(states) == set(State) - {State.NOT_INVITED}  # which is to have no row
    assert states[State.CONFIRMED] > 400
    assert 440 <= len(numbered) <= 460
    assert len(set(numbered)) == len(numbered)
    assert any(p.needs_review for p in participations)
    assert {p.resolution_state for p in participations} == set(ResolutionState)
    assert {p.kit_state for p in participations} == set(KitState) - {KitState.RETURNING}  # after the week


def test_a_done_participation_has_nothing_left_to_happen(session: Session, demo: None) -> None:
    done = [p for p in _current(session) if p.state is State.DONE]

    assert done
    assert {(p.event_id, p.resolution_state) for p in done} == {(None, ResolutionState.ADOPTED)}
    assert all(p.resolution_on is not None and p.resolution_on < NOW.date() for p in done)


def test_ceremonies_show_every_opening_zone_and_change_of_plan(session: Session, demo: None) -> None:
    events = [p.event for p in _current(session) if p.event is not None]

    assert {e.opening for e in events} == set(Opening) - {Opening.RESERVED}
    assert {e.time_zone for e in events} == {"America/Toronto", "America/Halifax", "America/Blanc-Sablon"}
    assert {e.state for e in events} == {EventState.PLANNED, EventState.POSTPONED, EventState.CANCELLED}
    assert any(e.is_indoors for e in events)
    assert len({e.slug for e in events}) == len(events)


@pytest.mark.parametrize(
    ("geo_code", "title", "starts_at"),
    [
        ("01023", "Lever du drapeau aux Îles-de-la-Madeleine", datetime(2027, 11, 15, 14, tzinfo=UTC)),
        ("98012", "Lever du drapeau à Saint-Augustin", datetime(2027, 11, 15, 14, tzinfo=UTC)),
        ("92005", "Lever du drapeau à Saint-Augustin", datetime(2027, 11, 15, 15, tzinfo=UTC)),
        ("98020", "Lever du drapeau à L’Île-d’Anticosti", datetime(2027, 11, 15, 15, tzinfo=UTC)),
    ],
)
def test_ten_oclock_is_the_places_own(
    session: Session, demo: None, geo_code: str, title: str, starts_at: datetime
) -> None:
    events = {p.territory.geo_code: p.event for p in _current(session)}

    event = events[geo_code]

    assert event is not None
    assert (event.title, event.sessions[0].starts_at) == (title, starts_at)


def test_boroughs_add_flags_and_one_municipality(session: Session, demo: None) -> None:
    edition = campaigns.current_edition()

    counted = set(
        session.scalars(
            sa.select(Territory.geo_code).where(Territory.id.in_(figures.counted_territories(edition.id)))
        )
    )
    by_code = {p.territory.geo_code: p for p in _current(session)}

    assert {"66023", "58227"} <= counted
    assert not {"66023", "58227"} & set(by_code)
    assert all(
        by_code[code].event is not None
        for code in ("66023-09", "66023-17", "58227-01", "58227-02", "58227-03")
    )


def test_figures_have_moved_since_they_were_announced(session: Session, demo: None) -> None:
    edition = campaigns.current_edition()
    frozen = figures.list_frozen(edition.id)

    live = figures.compute(edition.id, now=NOW)
    difference = figures.difference(frozen[0])

    assert len(frozen) == 1
    assert live.total == 1098
    assert live.municipalities - frozen[0].municipalities == len(difference.joined) - len(difference.left)
    assert difference.joined


def test_activities_of_the_simulated_edition_are_in_the_calendar(session: Session, demo: None) -> None:
    edition = campaigns.current_edition()

    events = session.scalars(
        sa.select(Event)
        .where(Event.edition_id == edition.id, Event.kind != EventKind.FLAG_RAISING)
        .options(joinedload(Event.territory), selectinload(Event.sessions), joinedload(Event.details))
    ).all()
    private = [e for e in events if not e.is_published]

    assert figures.compute(edition.id, now=NOW).activities == 410
    assert {e.time_zone for e in events} == {"America/Toronto", "America/Halifax", "America/Blanc-Sablon"}
    assert Counter(e.kind for e in private) == {EventKind.MEETING: 2}
    assert all(e.is_private for e in private)
    assert Counter(e.state for e in events) == {EventState.CANCELLED: 7, EventState.PLANNED: 426}
    assert Counter(s.state for e in events for s in e.sessions if s.state) == {
        EventState.POSTPONED: 10,
        EventState.CANCELLED: 3,
    }
    assert all(e.details and e.details.organizer_name for e in events)
    assert session.scalar(sa.select(sa.func.count(Organizer.id)).where(Organizer.is_trusted)) == 2


def test_proposals_wait_for_the_team(session: Session, demo: None) -> None:
    waiting = session.scalars(sa.select(Proposal)).all()

    assert Counter(proposal.state for proposal in waiting) == {
        ProposalState.SUBMITTED: 4,
        ProposalState.TO_CORRECT: 2,
        ProposalState.REVISED: 2,
    }
    assert all((p.event_id is None) != (p.state is ProposalState.REVISED) for p in waiting)
    assert all(bool(p.reason) == (p.state is ProposalState.TO_CORRECT) for p in waiting)


def test_announced_activities_have_grown_since(session: Session, demo: None) -> None:
    edition = campaigns.current_edition()

    announced = figures.list_frozen(edition.id)[0].activities

    assert 250 < announced < figures.compute(edition.id, now=NOW).activities


def test_contacts_are_nobodys(session: Session, demo: None) -> None:
    contacts = session.scalars(sa.select(Contact)).all()
    real = set(session.scalars(sa.select(Territory.email).where(Territory.email != "")))

    assert len(contacts) > 440
    assert {contact.email.rpartition("@")[2] for contact in contacts} == {"example.org"}
    assert not {contact.email for contact in contacts} & real
    assert session.scalar(sa.select(sa.func.count(Message.id))) == 0


def test_municipalities_of_last_year_wait_with_their_answers(session: Session, demo: None) -> None:
    edition = campaigns.current_edition()
    territories = session.scalars(
        sa.select(Territory).where(Territory.geo_code.in_(TOOK_PART_AND_SILENT))
    ).all()
    states = {p.territory.geo_code: p.state for p in _current(session)}

    for territory in territories:
        last = services.find_last(edition, territory.id)
        assert last is not None
        assert carried_over(last, edition).flag_on == date(2027, 11, 15)
        assert states[territory.geo_code] is State.INVITED


def test_moves_happen_before_now_and_explain_every_state(session: Session, demo: None) -> None:
    last_state: dict[int, str] = {}
    moves = session.scalars(
        sa.select(ParticipationMove).where(ParticipationMove.track == "etat").order_by(ParticipationMove.id)
    ).all()

    for move in moves:
        assert move.moved_at <= NOW
        assert move.before == last_state.get(move.participation_id, "non_sollicitee")
        last_state[move.participation_id] = move.after

    assert all(last_state.get(p.id) == p.state for p in _current(session) if p.state is not State.NOT_INVITED)


def test_both_engines_receive_the_same_rows(
    sqlite_templates: Templates, postgresql_templates: Templates
) -> None:
    with sqlite_templates.copy("demo") as one, postgresql_templates.copy("demo") as other:
        assert _rows(one.url) == _rows(other.url)


def _rows(url: str) -> dict[str, list[tuple[str, ...]]]:
    """All that was written, but for the keys that a database gives in its own order, and for the second at
    which calendars last changed."""
    engine = sa.create_engine(url)
    try:
        with engine.connect() as connection:
            return {
                table.name: sorted(
                    tuple(str(value) for value in row)
                    for row in connection.execute(told)
                    if CALENDAR not in row and EVERY_DATE not in row
                )
                for table in Base.metadata.sorted_tables
                if (told := _told(table)) is not None
            }
    finally:
        engine.dispose()


def _told(table: sa.Table) -> sa.Select[*tuple[Any, ...]] | None:
    """The columns that hold more than keys, if there are any."""
    if table.name == "calendar_change":
        return None  # numbers of the same kind
    columns = [column for column in table.columns if column.name != "id" and not column.name.endswith("_id")]
    return sa.select(*columns) if columns else None
