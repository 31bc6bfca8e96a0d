"""Changing the known list: what a directory brings, and a merger declared by hand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from campaign import clock
from campaign.db import TERRITORIES, Revision, refresh_statistics, touch, touch_public
from campaign.errors import Conflict
from campaign.territory import queries
from campaign.territory.changes import Alias, DirectoryChange, DirectoryRow, MrcRow, RegionRow
from campaign.territory.models import AliasKind, Mrc, Region, Territory, TerritoryAlias
from campaign.territory.search import search_names, stamp_of


def apply_directory(
    session: Session,
    change: DirectoryChange,
    now: datetime,
    *,
    regions: Sequence[RegionRow] = (),
    mrcs: Sequence[MrcRow] = (),
    aliases: Sequence[Alias] = (),
) -> bool:
    """Write the change and say whether anything moved. Nothing is deleted: what is gone ends today.

    Aliases whose territory is unknown are left out. Applying the same directory again changes nothing.
    """
    today = clock.today(now)
    has_new_divisions = _save_divisions(session, regions, mrcs)
    _insert_new(session, change, today)
    _update_known(session, change)
    _insert_past(session, change)
    _end_gone(session, change, today)
    has_new_aliases = _insert_aliases(session, [*aliases, *change.aliases()])
    if not (change or has_new_divisions or has_new_aliases):
        return False
    _publish(session)
    return True


def record_merger(session: Session, old: Territory, successor: Territory, on: date) -> None:
    """Declare that a territory became part of another one: it ends that day and its address leads there."""
    if old.id == successor.id or successor.successor_id is not None:
        raise Conflict("Choisissez une municipalité qui existe encore, différente de celle qui disparaît.")
    old.valid_to = on
    old.successor_id = successor.id
    session.flush()
    _insert_aliases(session, [Alias(old.name, successor.geo_code, AliasKind.FORMER)])
    _publish(session)


def _publish(session: Session) -> None:
    """Tell the public pages and the search index that the list is another one."""
    session.flush()
    session.expire_all()
    touch_public()
    touch(TERRITORIES)
    stamp = stamp_of(search_names(queries.list_named(), queries.list_aliases()))
    session.merge(Revision(key=queries.DIRECTORY_STAMP, number=stamp))
    session.flush()
    refresh_statistics()


def _save_divisions(session: Session, regions: Sequence[RegionRow], mrcs: Sequence[MrcRow]) -> bool:
    """Regions before their MRC. Says whether any of them was missing or different."""
    has_new_regions = _save(session, Region, Region.code, regions)
    has_new_mrcs = _save(session, Mrc, Mrc.code, mrcs)
    return has_new_regions or has_new_mrcs


def _save(
    session: Session,
    model: type[Region] | type[Mrc],
    key: InstrumentedAttribute[str],
    rows: Sequence[RegionRow | MrcRow],
) -> bool:
    known = {code: row for code, row in session.execute(sa.select(key, model))}  # noqa: C416 - rows, not pairs
    new = [asdict(row) for row in rows if row.code not in known]
    different = [
        values
        for values in (asdict(row) for row in rows if row.code in known)
        if any(getattr(known[values["code"]], column) != value for column, value in values.items())
    ]
    if new:
        session.execute(sa.insert(model), new)
    for values in different:
        session.execute(sa.update(model).where(key == values["code"]).values(values))
    return bool(new or different)


def _insert_new(session: Session, change: DirectoryChange, today: date) -> None:
    """Cities before their boroughs, which need their key."""
    began = None if change.is_first else today
    alone = [row for row in change.new if row.parent_code is None]
    boroughs = [row for row in change.new if row.parent_code is not None]
    _insert(session, [_new_values(change, row, began) for row in alone])
    if boroughs:
        ids = _ids(session)
        _insert(
            session,
            [_new_values(change, row, began) | {"parent_id": ids[row.parent_code or ""]} for row in boroughs],
        )


def _new_values(change: DirectoryChange, row: DirectoryRow, began: date | None) -> dict[str, object]:
    return row.values() | {
        "is_homonym": row.geo_code in change.homonyms,
        "valid_from": change.constituted_on.get(row.geo_code, began),
    }


def _insert(session: Session, values: list[dict[str, object]]) -> None:
    if values:
        session.execute(sa.insert(Territory), values)


def _ids(session: Session) -> dict[str, int]:
    return {row.geo_code: row.id for row in session.execute(sa.select(Territory.geo_code, Territory.id))}


def _update_known(session: Session, change: DirectoryChange) -> None:
    returned = {row.geo_code: {"valid_to": None, "successor_id": None} for row in change.returned}
    for code in {**change.updated, **returned}:
        values = change.updated.get(code, {}) | returned.get(code, {})
        session.execute(sa.update(Territory).where(Territory.geo_code == code).values(values))


def _insert_past(session: Session, change: DirectoryChange) -> None:
    if not change.past:
        return
    ids = _ids(session)
    _insert(
        session,
        [
            merger.old.values() | {"valid_to": merger.on, "successor_id": ids[merger.successor_code]}
            for merger in change.past
        ],
    )


def _end_gone(session: Session, change: DirectoryChange, today: date) -> None:
    ids = _ids(session) if change.gone else {}
    for ending in change.gone:
        session.execute(
            sa.update(Territory)
            .where(Territory.geo_code == ending.geo_code)
            .values(valid_to=ending.on or today, successor_id=ids.get(ending.successor_code or ""))
        )


def _insert_aliases(session: Session, aliases: Iterable[Alias]) -> bool:
    """Add the names not known yet; the territory's own name is no alias. Says whether there was any."""
    territories = {
        code: (key, name)
        for code, key, name in session.execute(sa.select(Territory.geo_code, Territory.id, Territory.name))
    }
    known = {
        (key, name)
        for key, name in session.execute(sa.select(TerritoryAlias.territory_id, TerritoryAlias.name))
    }
    added: dict[tuple[int, str], dict[str, object]] = {}
    for alias in aliases:
        key, own_name = territories.get(alias.geo_code, (None, ""))
        if key is None or alias.name == own_name or (key, alias.name) in known:
            continue
        added.setdefault((key, alias.name), {"territory_id": key, "name": alias.name, "kind": alias.kind})
    if added:
        session.execute(sa.insert(TerritoryAlias), list(added.values()))
    return bool(added)
