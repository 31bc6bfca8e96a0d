"""Importing a directory into the database: what is new, renamed, moved, gone, and what stays."""

from collections.abc import Iterable
from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from campaign.db import TERRITORIES, Revision, db, public_revision, revision, transaction
from campaign.errors import Conflict
from campaign.territory import queries
from campaign.territory.directory import PACKAGED_DIRECTORY, DirectoryError, Outcome, import_directory
from campaign.territory.models import AliasKind, Mrc, Region, Territory, TerritoryAlias
from campaign.territory.services import record_merger

NOW = datetime(2027, 1, 5, 12, tzinfo=UTC)
TODAY = date(2027, 1, 5)


def packaged(*, without: Iterable[str] = (), **replaced: str) -> bytes:
    """The packaged file without some codes, and with the beginning of some lines replaced (by `_code`)."""
    lines = PACKAGED_DIRECTORY.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if line[:5] not in set(without)]
    return "".join(replaced.get(f"_{line[:5]}", line) for line in kept).encode()


def line_of(code: str) -> str:
    text = PACKAGED_DIRECTORY.read_text(encoding="utf-8")
    return next(line for line in text.splitlines(keepends=True) if line.startswith(code))


def told(outcome: Outcome) -> list[str]:
    return [line.replace("\N{NO-BREAK SPACE}", " ") for line in outcome.lines]


def everything(session: Session) -> list[tuple[object, ...]]:
    tables = (Region, Mrc, Territory, TerritoryAlias, Revision)
    return [tuple(row) for model in tables for row in session.execute(sa.select(model.__table__))]


def test_a_file_cut_between_two_lines_closes_no_municipality(session: Session) -> None:
    import_directory(now=NOW)
    before = everything(session)
    half = b"".join(packaged().splitlines(keepends=True)[:600])

    with pytest.raises(DirectoryError, match="semble incomplet"):
        import_directory(half, now=NOW)

    assert everything(session) == before
    assert len(import_directory(half, dry_run=True, now=NOW).change.gone) > 600


def test_the_first_import_loads_everything(session: Session) -> None:
    outcome = import_directory(now=NOW)

    def count(*conditions: sa.ColumnElement[bool]) -> int:
        return session.scalar(sa.select(sa.func.count()).select_from(Territory).where(*conditions)) or 0

    present = Territory.valid_to.is_(None)
    assert outcome.is_written
    assert told(outcome)[0] == (
        "1 281 entités lues : 1 281 nouvelles, 17 anciennes municipalités conservées."
    )
    assert queries.count_local() == 1098
    assert count(present, Territory.kind == "mrc") == 87
    assert count(present, Territory.kind == "arrondissement") == 41
    assert count(present, sa.func.length(Territory.geo_code) == 5) == 1281
    assert count(~present) == 17
    assert session.scalar(sa.select(sa.func.count()).select_from(Region)) == 17
    assert session.scalar(sa.select(sa.func.count()).select_from(Mrc)) == 104


def test_importing_again_changes_nothing_at_all(session: Session, directory: None) -> None:
    before = everything(session)

    outcome = import_directory(now=NOW)

    assert not outcome.is_written
    assert told(outcome) == ["1 281 entités lues : aucun changement."]
    assert everything(session) == before


def test_a_dry_run_tells_and_writes_nothing(session: Session) -> None:
    outcome = import_directory(dry_run=True, now=NOW)

    assert not outcome.is_written
    assert told(outcome)[-1] == "Rien n’a été écrit (essai)."
    assert everything(session) == []


def test_one_bad_line_leaves_the_database_as_it_was(app: Flask, directory: None) -> None:
    broken = packaged(without=["59020"], _59025="59025,Verchères\n")
    with app.app_context():
        before = everything(db.session())
        with pytest.raises(DirectoryError), transaction():
            import_directory(broken, now=NOW)

        assert everything(db.session()) == before


def test_new_renamed_moved_and_gone_are_told_and_written(session: Session, directory: None) -> None:
    content = packaged(
        without=["59035"],
        _59020=line_of("59020").replace("Varennes", "Varennes-sur-le-Fleuve"),
        _46040=line_of("46040").replace("Bedford,CT,Canton", "Bedford,M,Municipalité"),
        _30085=line_of("30085")
        .replace("300,Le Granit", "290,Beauce-Sartigan")
        .replace(",05,Estrie", ",12,C"),
        _01042=line_of("01042") + line_of("01042").replace("01042,Grosse-Île", "01044,Île-d'Entrée"),
    )

    outcome = import_directory(content, now=NOW)

    assert told(outcome) == [
        "1 281 entités lues : 1 nouvelle, 2 renommées, 1 changée de MRC, 1 disparue.",
        "  Nouvelle : Île-d’Entrée (01044)",
        "  Renommée : Bedford (canton) devient Bedford (municipalité) (46040)",
        "  Renommée : Varennes devient Varennes-sur-le-Fleuve (59020)",
        "  Changée de MRC : Saint-Sébastien (30085), de Le Granit, région 05 à Beauce-Sartigan, région 12",
        f"  Disparue : {line_of('59035').split(',')[1]} (59035)",
    ]
    entrance = queries.get_territory("01044")
    assert (entrance.time_zone, entrance.valid_from) == ("America/Halifax", TODAY)
    assert queries.get_territory("59020").name == "Varennes-sur-le-Fleuve"
    gone = queries.get_territory("59035")
    assert (gone.valid_to, gone.successor_id) == (TODAY, None)
    past = session.scalars(sa.select(TerritoryAlias).where(TerritoryAlias.name == "Varennes")).one()
    assert (past.kind, past.territory_id) == (AliasKind.PAST_NAME, queries.get_territory("59020").id)


def test_what_returns_is_present_again(session: Session, directory: None) -> None:
    import_directory(packaged(without=["59035"]), now=NOW)

    outcome = import_directory(now=NOW)

    assert told(outcome)[0] == "1 281 entités lues : 1 réapparue."
    assert queries.get_territory("59035").valid_to is None
    assert not import_directory(now=NOW).is_written


def test_a_merged_municipality_keeps_its_name_and_leads_to_its_successor(
    session: Session, directory: None
) -> None:
    station = queries.get_territory("93025")
    successor = queries.find_successor(station)

    assert (station.name, station.designation_name) == ("Hébertville-Station", "Village")
    assert (station.valid_to, station.mrc_code, station.region_code) == (date(2026, 1, 1), "930", "02")
    assert successor is not None
    assert (successor.geo_code, successor.name) == ("93022", "Hébertville")
    assert successor.valid_from == date(2026, 1, 1)
    assert [row.geo_code for row in queries.list_predecessors(successor)] == ["93020", "93025", "93030"]
    assert queries.find_successor(successor) is None


def test_an_older_directory_brings_merged_municipalities_back_without_quarrel(
    session: Session, directory: None
) -> None:
    older = packaged(_93022=line_of("93022").replace("93022", "93020"))

    outcome = import_directory(older, now=NOW)

    assert "  Réapparue : Hébertville (93020)" in told(outcome)
    assert queries.get_territory("93020").valid_to is None
    assert not import_directory(older, now=NOW).is_written


def test_a_merger_declared_by_hand_redirects_and_is_searched(session: Session, directory: None) -> None:
    old, new = queries.get_territory("59035"), queries.get_territory("59020")

    record_merger(session, old, new, date(2027, 1, 1))

    assert queries.find_successor(queries.get_territory("59035")) == queries.get_territory("59020")
    aliases = session.scalars(sa.select(TerritoryAlias).where(TerritoryAlias.territory_id == new.id)).all()
    assert [(alias.name, alias.kind) for alias in aliases] == [(old.name, AliasKind.FORMER)]


def test_a_merger_into_itself_or_into_what_is_gone_is_refused(session: Session, directory: None) -> None:
    town, past = queries.get_territory("59035"), queries.get_territory("93025")

    for successor in (town, past):
        with pytest.raises(Conflict):
            record_merger(session, town, successor, date(2027, 1, 1))


def test_public_pages_are_told_only_of_real_changes(session: Session, directory: None) -> None:
    before = public_revision()

    import_directory(now=NOW)
    unchanged = public_revision()
    import_directory(packaged(without=["59035"]), now=NOW)

    assert unchanged == before
    assert public_revision() == before + 1


def test_homonyms_know_that_they_are(session: Session, directory: None) -> None:
    def is_homonym(code: str) -> bool:
        return queries.get_territory(code).is_homonym

    assert is_homonym("98012")
    assert is_homonym("92005")
    assert is_homonym("55008"), "Ange-Gardien is taken for L’Ange-Gardien"
    assert not is_homonym("59020")
    assert not is_homonym("38010"), "an MRC of the same name confuses nobody"


def test_boroughs_belong_to_their_city(session: Session, directory: None) -> None:
    verdun = queries.get_territory("66023-17")

    assert verdun.parent is not None
    assert (verdun.name, verdun.parent.name, verdun.region_code) == ("Verdun", "Montréal", "06")
    assert [row.name for row in queries.list_boroughs(queries.get_territory("94068"))] == [
        "Chicoutimi",
        "Jonquière",
        "La Baie",
    ]


def test_an_import_and_a_merger_make_the_lists_kept_in_memory_old(session: Session, directory: None) -> None:
    first = revision(TERRITORIES)
    import_directory(now=NOW)
    unchanged = revision(TERRITORIES)
    import_directory(packaged(without=["10005"]), now=NOW)
    imported = revision(TERRITORIES)
    old, new = (queries.get_territory(code) for code in ("10010", "10015"))
    record_merger(session, old, new, date(2027, 1, 1))

    assert first == unchanged < imported < revision(TERRITORIES)
