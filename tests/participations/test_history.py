from collections import Counter
from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from campaign.campaigns import queries as campaigns
from campaign.errors import NotFound
from campaign.events.models import Event, EventState
from campaign.participations import history
from campaign.participations.models import Channel, Participation, ParticipationMove, ResolutionState, State
from campaign.territory.models import Territory, TerritoryKind

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def _participation(session: Session, year: int, geo_code: str) -> Participation:
    return session.scalars(
        sa.select(Participation)
        .join(Participation.territory)
        .where(
            Territory.geo_code == geo_code,
            Participation.edition == campaigns.find_edition_of(year),
        )
        .options(
            joinedload(Participation.event).selectinload(Event.sessions),
            joinedload(Participation.territory).joinedload(Territory.parent),
        )
    ).one()


def test_forty_published_participations_are_done_and_say_where_they_were_read(
    session: Session, directory: None
) -> None:
    added = history.load(NOW)

    loaded = session.scalars(sa.select(Participation).options(joinedload(Participation.edition))).all()
    assert added == len(loaded) == 40
    assert Counter(p.edition.year for p in loaded) == {
        2017: 1, 2019: 1, 2020: 16, 2021: 2, 2022: 6, 2023: 2, 2024: 8, 2025: 4,
    }  # fmt: skip
    assert {p.state for p in loaded} == {State.DONE}
    assert {p.channel for p in loaded} == {Channel.IMPORT}
    assert all(p.source_url.startswith("http") for p in loaded)
    assert Counter(mode for p in loaded for mode in p.modes) == {
        "lever_drapeau": 12,
        "resolution": 15,
        "activite": 11,
        "autre": 2,
    }


def test_a_flag_raising_is_a_held_ceremony_at_its_hour_and_place(session: Session, directory: None) -> None:
    history.load(NOW)

    event = _participation(session, 2025, "65005").event

    assert event is not None
    assert (event.title, event.slug, event.place, event.state, event.is_published) == (
        "Lever du drapeau à Laval",
        "lever-du-drapeau-a-laval-2025",
        "Centre communautaire Simonne-Monet-Chartrand",
        EventState.HELD,
        True,
    )
    assert [(s.starts_on, s.starts_at, s.ends_at) for s in event.sessions] == [
        (date(2025, 11, 17), datetime(2025, 11, 17, 15, tzinfo=UTC), datetime(2025, 11, 17, 16, tzinfo=UTC))
    ]


@pytest.mark.parametrize(
    ("year", "geo_code", "day"), [(2025, "10043", date(2025, 11, 17)), (2024, "13005", None)]
)
def test_a_day_or_an_hour_that_was_not_published_stays_empty(
    session: Session, directory: None, year: int, geo_code: str, day: date | None
) -> None:
    history.load(NOW)

    event = _participation(session, year, geo_code).event

    assert event is not None
    assert [(s.starts_on, s.starts_at, s.ends_at) for s in event.sessions] == [(day, None, None)]


def test_the_borough_that_raised_the_flag_stands_for_itself(session: Session, directory: None) -> None:
    history.load(NOW)

    participation = _participation(session, 2024, "66023-09")

    assert participation.territory_name == "Mercier–Hochelaga-Maisonneuve"
    assert participation.territory.kind is TerritoryKind.BOROUGH
    assert participation.territory.parent is not None
    assert participation.territory.parent.name == "Montréal"
    assert participation.event is not None
    assert participation.event.slug == "lever-du-drapeau-a-mercier-hochelaga-maisonneuve-2024"


def test_the_flag_of_an_mrc_is_the_mrcs(session: Session, directory: None) -> None:
    history.load(NOW)

    participation = _participation(session, 2025, "540")

    assert participation.territory.kind is TerritoryKind.MRC
    assert participation.event is not None
    assert participation.event.title == "Lever du drapeau à la MRC des Maskoutains"


def test_resolutions_of_kamouraska_are_adopted_without_ceremony(session: Session, directory: None) -> None:
    history.load(NOW)

    participation = _participation(session, 2020, "14050")

    assert (participation.modes, participation.resolution_state, participation.event) == (
        ["resolution"],
        ResolutionState.ADOPTED,
        None,
    )
    assert participation.source_note.startswith("Article\u00a0: «\u00a0l’ensemble des municipalités")


def test_an_activity_keeps_its_day_hour_and_place_in_the_note(session: Session, directory: None) -> None:
    history.load(NOW)

    participation = _participation(session, 2021, "12072")

    assert participation.event is None
    assert participation.source_note == (
        "Jeudi 18\u00a0novembre\u00a02021, 10\u00a0h, CPE du territoire. Organisé par COSMOSS Rivière-du-Loup"
    )


def test_the_name_of_the_time_is_kept(session: Session, directory: None) -> None:
    territory = session.scalars(sa.select(Territory).where(Territory.geo_code == "14055")).one()
    territory.name = "Un nouveau nom"

    history.load(NOW)

    assert _participation(session, 2020, "14055").territory_name == "Saint-Denis-De La Bouteillerie"


def test_each_import_is_recorded_as_a_move(session: Session, directory: None) -> None:
    history.load(NOW)

    moves = session.execute(
        sa.select(
            ParticipationMove.track,
            ParticipationMove.before,
            ParticipationMove.after,
            ParticipationMove.channel,
            ParticipationMove.moved_at,
            sa.func.count(),
        ).group_by(
            ParticipationMove.track,
            ParticipationMove.before,
            ParticipationMove.after,
            ParticipationMove.channel,
            ParticipationMove.moved_at,
        )
    ).all()
    assert sorted(tuple(move) for move in moves) == [
        ("ceremonie", "a_planifier", "tenue", "import", NOW, 12),
        ("etat", "non_sollicitee", "realisee", "import", NOW, 40),
        ("resolution", "aucune", "adoptee", "import", NOW, 15),
    ]


def test_loading_again_changes_nothing(session: Session, directory: None) -> None:
    history.load(NOW)
    session.commit()
    _participation(session, 2025, "65005").source_note = "Complété par l’équipe"
    session.flush()

    added = history.load(datetime(2027, 1, 5, tzinfo=UTC))

    assert added == 0
    assert not session.new
    assert not session.dirty
    assert _participation(session, 2025, "65005").source_note == "Complété par l’équipe"
    assert session.scalar(sa.select(sa.func.count(ParticipationMove.id))) == 67
    assert session.scalar(sa.select(sa.func.count(Event.id))) == 12


def test_calendars_know_past_ceremonies_by_the_same_identifier_everywhere(
    session: Session, directory: None
) -> None:
    history.load(NOW)
    first = set(session.scalars(sa.select(Event.uid)))
    session.rollback()

    history.load(NOW)

    assert set(session.scalars(sa.select(Event.uid))) == first
    assert len(first) == 12


def test_history_without_directory_names_the_missing_codes(session: Session) -> None:
    with pytest.raises(NotFound) as refusal:
        history.load(NOW)

    assert "65005" in refusal.value.message
    assert refusal.value.message.endswith("Chargez d’abord le répertoire.")
