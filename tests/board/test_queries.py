"""Who is in, who is missing, what needs a person."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from campaign.board import queries
from campaign.board.filters import Filters, Group
from campaign.board.queries import Coverage, Tasks
from campaign.campaigns.models import Edition
from campaign.outbox.models import Message, MessageState
from campaign.participations import services
from campaign.participations.details import Person
from campaign.participations.models import KitState, ResolutionState, State
from campaign.territory.models import Territory, TerritoryKind
from campaign.territory.names import sort_key
from campaign.territory.queries import get_territory
from tests.board.world import (
    BAIE_COMEAU,
    CLERK,
    COMMUNITY,
    NOW,
    PERCE,
    RIMOUSKI,
    SAYABEC,
    open_world,
    register,
)

BAS_SAINT_LAURENT = frozenset({"01"})


def _codes(
    edition: Edition, filters: Filters | None = None, regions: frozenset[str] | None = None
) -> list[str]:
    rows = queries.list_rows(edition, filters or Filters(), regions=regions, now=NOW)
    assert len(rows) == queries.count_rows(edition, filters or Filters(), regions=regions, now=NOW)
    return [row.territory.geo_code for row in rows]


def test_the_list_is_the_directory_and_whoever_else_takes_part(session: Session) -> None:
    edition = open_world()

    assert _codes(edition) == [BAIE_COMEAU, PERCE, RIMOUSKI, SAYABEC]

    register(edition, COMMUNITY)
    assert _codes(edition) == [BAIE_COMEAU, COMMUNITY, PERCE, RIMOUSKI, SAYABEC]


def test_a_coordinator_s_list_has_their_regions_only(session: Session) -> None:
    edition = open_world()
    register(edition, COMMUNITY)

    assert _codes(edition, regions=BAS_SAINT_LAURENT) == [PERCE, RIMOUSKI, SAYABEC]
    assert _codes(edition, Filters(q="baie-comeau"), BAS_SAINT_LAURENT) == []
    assert _codes(edition, regions=frozenset()) == []


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(state=State.CONFIRMED), [SAYABEC]),
        (Filters(state=State.NOT_INVITED), [BAIE_COMEAU]),
        (Filters(state=Group.SILENT), [BAIE_COMEAU, PERCE]),
        (Filters(state=Group.COUNTED), [SAYABEC]),
        (Filters(region="09"), [BAIE_COMEAU]),
        (Filters(mrc="100"), [PERCE, RIMOUSKI]),
        (Filters(kit=KitState.REQUESTED), [SAYABEC]),
        (Filters(resolution=ResolutionState.ON_AGENDA), [RIMOUSKI]),
        (Filters(to_review=True), [RIMOUSKI]),
        (Filters(q="isle verte"), [PERCE]),
        (Filters(q="0710"), [SAYABEC]),
        (Filters(q="Manon Tremblay"), [SAYABEC]),
        (Filters(q="reception@"), [RIMOUSKI]),
        (Filters(q="100%"), []),
        (Filters(q="sans région"), [COMMUNITY]),
        (Filters(region="09", state=State.CONFIRMED), []),
    ],
)
def test_each_filter_finds_what_it_names(session: Session, filters: Filters, expected: list[str]) -> None:
    edition = open_world()
    register(edition, SAYABEC, wants_kit=True, kit_flags=1)
    other = register(
        edition,
        RIMOUSKI,
        is_confirmed=False,
        needs_review=True,
        resolution_state=ResolutionState.ON_AGENDA,
        contact=Person(email="reception@exemple.quebec"),
    )
    assert other.state is State.REGISTERED
    services.invite(edition, get_territory(PERCE), author=CLERK, now=NOW)
    session.flush()

    assert _codes(edition, filters) == expected


def test_a_row_says_how_to_reach_the_municipality(session: Session) -> None:
    edition = open_world()
    register(edition, SAYABEC)
    session.execute(sa.update(Territory).where(Territory.geo_code == RIMOUSKI).values(phone="4185550100"))

    rows = {
        row.territory.geo_code: (row.phone, row.extension, row.email)
        for row in queries.list_rows(edition, Filters(region="01"), regions=None, now=NOW)
    }

    assert rows == {
        SAYABEC: ("4185550123", "12", "manon@exemple.quebec"),
        RIMOUSKI: ("4185550100", "", "info@10043.exemple.quebec"),
        PERCE: ("", "", "info@02005.exemple.quebec"),
    }


def test_coverage_counts_a_borough_for_its_city_once(session: Session) -> None:
    edition = open_world()
    rimouski = get_territory(RIMOUSKI)
    for n in (1, 2):
        session.add(
            Territory(
                geo_code=f"{RIMOUSKI}-0{n}",
                kind=TerritoryKind.BOROUGH,
                name=f"Quartier {n}",
                parent_id=rimouski.id,
                region_code="01",
                time_zone="America/Toronto",
                sort_key=sort_key(f"Quartier {n}"),
            )
        )
    session.flush()
    for n in (1, 2):
        register(edition, f"{RIMOUSKI}-0{n}")
    register(edition, SAYABEC, needs_review=True)

    regions = queries.list_coverage(edition, regions=None)
    mrcs = queries.list_coverage(edition, regions=None, region="01")

    assert regions == [
        Coverage(
            code="01",
            name="Bas-Saint-Laurent",
            total=3,
            counted=1,
            waiting=1,
            undecided=0,
            refused=0,
            silent=1,
        ),
        Coverage(
            code="09", name="Côte-Nord", total=1, counted=0, waiting=0, undecided=0, refused=0, silent=1
        ),
    ]
    assert [(mrc.name, mrc.counted, mrc.total, mrc.percent) for mrc in mrcs] == [
        ("La Matapédia", 0, 1, 0),
        ("Rimouski-Neigette", 1, 2, 50),
    ]
    assert [area.code for area in queries.list_coverage(edition, regions=BAS_SAINT_LAURENT)] == ["01"]


def test_states_are_counted_within_the_regions(session: Session) -> None:
    edition = open_world()
    register(edition, SAYABEC)
    register(edition, BAIE_COMEAU, is_confirmed=False)

    everything = queries.count_by_state(edition, regions=None)
    theirs = queries.count_by_state(edition, regions=BAS_SAINT_LAURENT)

    assert {state: n for state, n in everything.items() if n} == {
        State.NOT_INVITED: 2,
        State.REGISTERED: 1,
        State.CONFIRMED: 1,
    }
    assert {state: n for state, n in theirs.items() if n} == {State.NOT_INVITED: 2, State.CONFIRMED: 1}


def _message(regarding: str, state: MessageState, to: str = "a@exemple.quebec") -> Message:
    return Message(
        template="x",
        to_email=to,
        subject="Bonjour",
        text="",
        html="",
        headers={},
        message_id=f"<{regarding}{state}{to}>",
        regarding=regarding,
        state=state,
        not_before=NOW - timedelta(hours=1),
        created_at=NOW,
    )


def test_tasks_count_what_waits_in_the_regions(session: Session) -> None:
    edition = open_world()
    register(edition, SAYABEC, wants_kit=True, kit_flags=1, needs_review=True)
    register(edition, BAIE_COMEAU, is_confirmed=False, now=NOW - timedelta(days=8))
    session.add_all(
        [
            _message(SAYABEC, MessageState.BOUNCED),
            _message(RIMOUSKI, MessageState.FAILED),
            _message(BAIE_COMEAU, MessageState.BOUNCED, "b@exemple.quebec"),
            _message(BAIE_COMEAU, MessageState.UNCERTAIN),
            _message("", MessageState.QUEUED),
        ]
    )
    session.flush()

    assert queries.count_tasks(edition, regions=None, now=NOW) == Tasks(
        to_call=1, to_review=1, to_confirm=1, kits=1, activities=0, refused_addresses=2, uncertain=1, late=1
    )
    assert queries.count_tasks(edition, regions=BAS_SAINT_LAURENT, now=NOW) == Tasks(
        to_call=0, to_review=1, to_confirm=0, kits=1, activities=0, refused_addresses=1, uncertain=0, late=0
    )


def test_a_merged_territory_keeps_its_past_in_the_file_of_its_successor(session: Session) -> None:
    edition = open_world()
    register(edition, PERCE)
    session.execute(
        sa.update(Territory)
        .where(Territory.geo_code == PERCE)
        .values(successor_id=get_territory(RIMOUSKI).id, valid_to=NOW.date())
    )

    (past,) = queries.list_participations(get_territory(RIMOUSKI))

    assert past.territory_name == "L’Isle-Verte"
