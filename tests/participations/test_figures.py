"""F1 to F4 as defined once for all, their dated copies, and what separates the two."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from campaign.db import db
from campaign.events import services as events
from campaign.events.models import EventKind, Opening
from campaign.events.services import When
from campaign.participations import figures, services, states
from campaign.participations.models import Channel, Mode, Participation, ResolutionState, State
from campaign.territory.models import Territory
from tests import builders
from tests.builders import DAY_J, MONTREAL, MRC_OF_MASKOUTAINS, NOW, TEAM
from tests.lasting import database as database

pytestmark = pytest.mark.usefixtures("session")

FIRST, SECOND = builders.MONTREAL_BOROUGHS


def live() -> tuple[int, int, int, int]:
    """F1, F2, F3, F4"""
    db.session.flush()
    found = figures.compute(builders.edition().id, now=NOW)
    return found.municipalities, found.flags, found.resolutions, found.activities


def test_nothing_yet() -> None:
    builders.edition()

    found = figures.compute(builders.edition().id, now=NOW)

    assert (found.municipalities, found.flags, found.total, found.as_of) == (0, 0, 1098, NOW)


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ([MONTREAL, FIRST, SECOND], (1, 3)),
        ([FIRST, SECOND], (1, 2)),
        ([FIRST], (1, 1)),
        ([MONTREAL, FIRST], (1, 2)),
        ([MRC_OF_MASKOUTAINS], (0, 1)),
        (["93022", FIRST, SECOND, MRC_OF_MASKOUTAINS], (2, 4)),
    ],
)
def test_boroughs_are_flags_and_their_city_is_counted_once(who: list[str], expected: tuple[int, int]) -> None:
    for geo_code in who:
        builders.confirm(geo_code)

    assert live()[:2] == expected


def test_the_city_without_a_flag_of_its_own_is_still_one_municipality() -> None:
    builders.confirm(MONTREAL, builders.details(modes=(Mode.RESOLUTION,)))
    builders.confirm(FIRST)
    builders.confirm(SECOND)

    assert live()[:2] == (1, 2)


@pytest.mark.parametrize("state", [state for state in State if state not in states.COUNTED])
def test_no_other_state_is_counted(state: State) -> None:
    participation = builders.confirm(answers=builders.details(resolution_state=ResolutionState.ADOPTED))
    participation.state = state

    assert live() == (0, 0, 0, 0)


def test_what_the_team_has_yet_to_check_is_in_no_figure() -> None:
    participation = builders.confirm(
        answers=builders.details(resolution_state=ResolutionState.ADOPTED), needs_review=True
    )
    assert live() == (0, 0, 0, 0)

    services.approve(participation, author=TEAM, now=NOW)

    assert live() == (1, 1, 1, 0)


def test_done_counts_like_confirmed() -> None:
    services.mark_held(builders.confirm(), author=TEAM, now=NOW)

    assert live()[:2] == (1, 1)


def test_a_postponed_ceremony_is_a_flag_a_cancelled_one_is_not() -> None:
    postponed, cancelled = builders.confirm("93022"), builders.confirm("92005")
    services.postpone(
        postponed, when=When(day=DAY_J + timedelta(days=1), at=None), reason="", author=TEAM, now=NOW
    )
    services.cancel_ceremony(cancelled, reason="Un seul mât", author=TEAM, now=NOW)

    assert live()[:2] == (2, 1)


@pytest.mark.parametrize("state", list(ResolutionState))
def test_only_adopted_resolutions_count(state: ResolutionState) -> None:
    builders.confirm(answers=builders.details(resolution_state=state))

    assert live()[2] == (1 if state is ResolutionState.ADOPTED else 0)


def test_only_published_activities_count() -> None:
    for name in ("Conte", "Marche"):
        event = events.plan(
            kind=EventKind.ACTIVITY,
            edition_id=builders.edition().id,
            territory_id=None,
            title=name,
            slug=name,
            when=When(day=DAY_J, at=None),
            place="",
            zone="America/Toronto",
            opening=Opening.PUBLIC,
            now=NOW,
        )
        if name == "Conte":
            events.publish(event, now=NOW)

    assert live()[3] == 1


# --- announced figures --------------------------------------------------------------------------------


def confirm_many(count: int) -> list[Participation]:
    """The first municipalities of the directory, confirmed."""
    edition = builders.edition()
    taken = sa.select(Participation.territory_id).where(Participation.edition_id == edition.id)
    towns = db.session.scalars(
        sa.select(Territory)
        .where(Territory.is_local, Territory.valid_to.is_(None), Territory.id.not_in(taken))
        .order_by(Territory.geo_code)
        .limit(count)
    )
    fresh = [
        Participation(
            edition_id=edition.id,
            territory_id=town.id,
            territory_name=town.name,
            state=State.CONFIRMED,
            channel=Channel.TEAM,
            modes=[Mode.RESOLUTION.value],
            created_at=NOW,
            updated_at=NOW,
        )
        for town in towns
    ]
    db.session.add_all(fresh)
    db.session.flush()
    return fresh


def test_the_announced_figure_stays_while_the_live_one_goes_on_and_the_difference_is_told_by_name() -> None:
    confirm_many(438)
    edition = builders.edition()
    announced = figures.freeze(edition.id, label="Communiqué de 9 h 30", author="Jeanne", now=NOW)
    db.session.flush()

    joined = confirm_many(3)

    assert (announced.municipalities, live()[0]) == (438, 441)
    assert figures.difference(announced) == figures.Difference(
        joined=tuple(
            town.name
            for town in db.session.scalars(
                sa.select(Territory)
                .where(Territory.id.in_([each.territory_id for each in joined]))
                .order_by(Territory.sort_key)
            )
        ),
        left=(),
    )
    assert len(figures.difference(announced).joined) == 3


def test_who_withdraws_after_the_announcement_is_named_and_the_announcement_stands() -> None:
    staying, leaving = builders.confirm("93022"), builders.confirm("92005")
    edition = builders.edition()
    announced = figures.freeze(edition.id, label="Lundi", author="Jeanne", now=NOW)
    db.session.flush()
    services.cancel(leaving, reason="Tempête", author=TEAM, now=NOW)
    db.session.flush()

    db.session.refresh(announced)
    assert staying.state is State.CONFIRMED
    assert (announced.municipalities, announced.flags, announced.geo_codes) == (2, 2, ["92005", "93022"])
    assert figures.difference(announced) == figures.Difference(joined=(), left=("Saint-Augustin",))


def test_announced_figures_are_listed_the_last_one_first() -> None:
    edition = builders.edition()
    for days, label in ((0, "Lundi"), (1, "Mardi"), (-1, "Dimanche")):
        figures.freeze(edition.id, label=label, author="Jeanne", now=NOW + timedelta(days=days))
    db.session.flush()

    assert [frozen.label for frozen in figures.list_frozen(edition.id)] == ["Mardi", "Lundi", "Dimanche"]
