"""The database: the base of all models, the column type of instants, and the one place that commits."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

import sqlalchemy as sa
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    make_transient,
    make_transient_to_detached,
    mapped_column,
    registry,
)
from sqlalchemy.orm.attributes import set_committed_value

from campaign import clock
from campaign.row_states import make_room_in_states
from campaign.turns import turn_to_write

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


make_room_in_states()


class UTCDateTime(sa.types.TypeDecorator[datetime]):
    """An instant: refuses naive values, gives back aware UTC on every database (SQLite forgets the zone)."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant carries its zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None] | None:
        """SQLite's text is read in one step: a page reads four hundred instants."""
        if dialect.name == "sqlite":
            return _read_text
        return super().result_processor(dialect, coltype)


def _read_text(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(f"{text}+00:00")


def _values(kind: type[enum.Enum]) -> list[str]:
    return [member.value for member in kind]


class Base(DeclarativeBase):
    """Every table follows these names and types (Flask-SQLAlchemy wants the map in the registry)."""

    registry = registry(
        metadata=sa.MetaData(naming_convention=NAMING),
        type_annotation_map={
            datetime: UTCDateTime(),
            # Stored by value, as plain text: adding a state is no change of type.
            enum.StrEnum: sa.Enum(enum.StrEnum, values_callable=_values, native_enum=False, length=40),
            list[str]: sa.JSON(),
            dict[str, Any]: sa.JSON(),
            list[Any]: sa.JSON(),
        },
    )


db = SQLAlchemy(
    model_class=Base,
    # Errors name the statement, never the values: they may be somebody's.
    engine_options={"pool_pre_ping": False, "hide_parameters": True},
    # What was just committed is what a redirect speaks of; `transaction()` forgets it before the next one.
    session_options={"expire_on_commit": False},
)

if TYPE_CHECKING:

    class Model(Base):
        """What models inherit, as the type checker sees it."""

        __abstract__ = True
else:
    Model = db.Model


class Revision(Model):
    """A number that grows each time what its key stands for may have changed."""

    key: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    number: Mapped[int] = mapped_column(default=0)


class CalendarChange(Model):
    """The number that the calendar had when the dates of an event last changed: who knows the calendar of
    another number reads those of the greater ones again, and no other.

    The row outlives the event, and says that it is gone.
    """

    event_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(index=True)


PUBLIC = "public"
"""Key of the number that grows with all that the public sees."""

TERRITORIES = "territories"
"""Key of the number that grows with the municipalities, MRC and regions only."""

CALENDAR = "calendar"
"""Key of the number that grows with what calendars show. It also says when: see `changed_second`."""

GATHERINGS = "gatherings"
"""Key of the number that grows with what people register to, whether or not the public sees it."""

EVERY_DATE = "every_date"
"""Key of the number that the calendar had when any date may last have changed, nobody saying which."""

FIRST_SECOND = 1_577_836_800
"""The start of 2020: seconds counted from there fit in the column until 2088."""

BUSY_SECONDS = 15
"""How long a writer waits for its turn on SQLite."""


def table_of(model: type[Model]) -> sa.Table:
    """The table of a model, for statements on a few columns that touch no row of the session.

    They are several times cheaper than those on the model, which the session looks through before and after.
    """
    return model.metadata.tables[model.__tablename__]


_GROWING = (PUBLIC, TERRITORIES, CALENDAR, GATHERINGS)
"""Keys whose number grows by itself when a row of a `PublicMixin` or of a `GatheringMixin` changes."""

# Made once: putting a statement together costs more than running it.
_revisions = table_of(Revision)
_OF_KEY = _revisions.c.key == sa.bindparam("of_key")
_NUMBERS = sa.select(_revisions.c.key, _revisions.c.number)
_GROW = sa.update(_revisions).where(_OF_KEY).values(number=_revisions.c.number + 1)
_BEGIN_AT_ONE = sa.insert(_revisions).values(key=sa.bindparam("of_key"), number=1)
_SECOND = sa.bindparam("second", type_=sa.Integer)
_STAMP = (
    sa.update(_revisions)
    .where(_OF_KEY)
    .values(number=sa.case((_revisions.c.number < _SECOND, _SECOND), else_=_revisions.c.number + 1))
)
_BEGIN_AT_SECOND = sa.insert(_revisions).values(key=sa.bindparam("of_key"), number=_SECOND)
_NUMBER_OF_CALENDAR = sa.select(_revisions.c.number).where(_revisions.c.key == CALENDAR).scalar_subquery()
_SAME_FOR_EVERY_DATE = (
    sa.update(_revisions).where(_revisions.c.key == EVERY_DATE).values(number=_NUMBER_OF_CALENDAR)
)
_BEGIN_FOR_EVERY_DATE = sa.insert(_revisions).values(key=EVERY_DATE, number=_NUMBER_OF_CALENDAR)


def _upsert(insert: Callable[[sa.Table], Any]) -> Any:
    statement = insert(table_of(CalendarChange)).values(
        event_id=sa.bindparam("of_event"), number=_NUMBER_OF_CALENDAR
    )
    return statement.on_conflict_do_update(
        index_elements=["event_id"], set_={"number": statement.excluded.number}
    )


_STAMP_EVENTS = {"sqlite": _upsert(sqlite.insert), "postgresql": _upsert(postgresql.insert)}


@contextmanager
def transaction(*, rereads: bool = True) -> Iterator[Session]:
    """One unit of work: commits at the end, rolls back on any exception. Entrances only (view, job, command).

    On SQLite it begins *immediate*, so that what is read inside is still true when it is written. Whatever
    the request had read before is read again; without `rereads`, it is taken for true, which is for those
    who have only read what nobody changes while a form is judged.
    """
    session = db.session()
    if session.info.get("in_transaction"):
        raise RuntimeError("a transaction is already open: services never open one")
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("changes were made before the transaction was opened")
    if rereads:
        session.rollback()
        session.expire_all()
    else:
        session.commit()  # what was read ends here, and is kept
    session.info["in_transaction"] = True
    with turn_to_write(db.engine, BUSY_SECONDS):
        try:
            session.connection(execution_options={"pavois_immediate": True})
            yield session
            session.flush()
            record_changes(session)
            session.commit()
        except BaseException:
            session.rollback()
            for row in session.info.get(_AT_ONCE, ()):
                if row in session:  # its parent may have taken it along
                    session.expunge(row)
            raise
        finally:
            for name in ("in_transaction", _AT_ONCE):
                session.info.pop(name, None)
            _forget_changes(session)


_AT_ONCE = "at_once"
"""Where a session keeps the new rows that it did not write itself."""


def record_changes(session: Session) -> None:
    """Make the numbers grow of what was written, and say which events changed. Done by `transaction()`.

    The row of the calendar's number is held from here to the commit: transactions stamp their events one
    after the other, and are seen in the order of their numbers. Whoever reads what is stamped after the
    number that it knows has missed nothing. No event is written to: nobody waits here for who waits for us.
    """
    for key in _GROWING:
        if session.info.get(f"{key}_changed"):
            _grow(session.connection(), key)
    if session.info.get(f"{CALENDAR}_changed"):
        events: set[int | None] = session.info.get(_EVENTS, set())
        if None in events:
            _change_every_date(session.connection())
        elif events:
            connection = session.connection()
            stamp = _STAMP_EVENTS[connection.dialect.name]
            connection.execute(stamp, [{"of_event": number} for number in sorted(filter(None, events))])
    _forget_changes(session)


def _forget_changes(session: Session) -> None:
    for key in _GROWING:
        session.info.pop(f"{key}_changed", None)
        session.info.pop(f"{key}_touched", None)
    session.info.pop(_EVENTS, None)


def touch(key: str) -> None:
    """Make the number of that key grow. Done for models by themselves; needed after bulk statements, which do
    not say which dates of the calendar they changed: any may have."""
    connection = db.session.connection()
    db.session().info[f"{key}_touched"] = True
    _grow(connection, key)
    if key == CALENDAR:
        _change_every_date(connection)


def _change_every_date(connection: Connection) -> None:
    if not connection.execute(_SAME_FOR_EVERY_DATE).rowcount:
        connection.execute(_BEGIN_FOR_EVERY_DATE)


def _grow(connection: Connection, key: str) -> None:
    values: dict[str, object] = {"of_key": key}
    grow, begin = _GROW, _BEGIN_AT_ONE
    if key == CALENDAR:
        values["second"] = clock.machine_second() - FIRST_SECOND
        grow, begin = _STAMP, _BEGIN_AT_SECOND
    if not connection.execute(grow, values).rowcount:
        connection.execute(begin, values)


def touch_public() -> None:
    """Say that public pages and calendars may have changed, after a bulk statement."""
    touch(PUBLIC)
    touch(CALENDAR)


def changed_second(numbers: Mapping[str, int]) -> int:
    """When what calendars show last changed (seconds of Unix time): a second that no other change shares.

    Two changes within a second take that second and the next one, so that who knows the first date is never
    told that nothing changed since. After a burst, it may be some seconds ahead.
    """
    return FIRST_SECOND + numbers.get(CALENDAR, 0)


def revisions() -> dict[str, int]:
    """How many times what each key names has changed, all at one instant: one small query.

    Asked before each public page, most often to find that nothing changed: then no session is opened.
    """
    session = db.session()
    if session.in_transaction():
        return read_numbers(session.connection())
    with db.engine.connect() as connection:
        return read_numbers(connection)


def read_numbers(connection: Connection) -> dict[str, int]:
    """The same numbers, as that connection sees them."""
    return dict(connection.execute(_NUMBERS).all())


_NUMBERS_TEXT = str(_NUMBERS)


def revisions_by_driver(engine: sa.Engine) -> dict[str, int]:
    """The same numbers, asked of the driver alone and outside any transaction: a sixth of the time, for who
    answers a hundred programs that come back for what has not changed."""
    connection = engine.raw_connection()
    try:
        is_postgresql = engine.dialect.name == "postgresql"
        if is_postgresql:
            connection.driver_connection.autocommit = True  # type: ignore[union-attr]  # psycopg's own
        cursor = connection.cursor()
        cursor.execute(_NUMBERS_TEXT)
        numbers: dict[str, int] = dict(cursor.fetchall())
        cursor.close()
        if is_postgresql:
            connection.driver_connection.autocommit = False  # type: ignore[union-attr]  # as it was
    except BaseException:
        connection.invalidate()
        raise
    finally:
        connection.close()
    return numbers


def revision(key: str) -> int:
    """How many times what that key names has changed."""
    return revisions().get(key, 0)


def public_revision() -> int:
    """How many times what the public sees has changed."""
    return revision(PUBLIC)


def key_of(row: Model) -> int:
    """The number of a stored row, without reading the row again."""
    identity = sa.inspect(row).identity
    if identity is None:
        raise ValueError("the row is not stored yet")
    key: int = identity[0]
    return key


UNKNOWN = object()
"""A value that the session never read. True, as whoever does not know supposes that the public sees it."""


def value_before(row: Model, name: str) -> Any:
    """What the database holds in that column, without asking it; None for a row that is new there."""
    state = sa.inspect(row)
    history = state.attrs[name].history
    known = history.deleted or history.unchanged
    if known:
        return known[0]
    return UNKNOWN if state.has_identity else None


def value_now(row: Model, name: str) -> Any:
    """What is about to be written in that column, without asking the database."""
    return row.__dict__.get(name, UNKNOWN if sa.inspect(row).has_identity else None)


def refresh_statistics() -> None:
    """After a large load: tell PostgreSQL's planner what the tables now hold, without waiting for autovacuum.

    Until then it takes them for empty, and the figures of the home page cost it 60 ms instead of 2.
    """
    if db.engine.dialect.name == "postgresql":
        quote = db.engine.dialect.identifier_preparer.quote
        db.session.execute(sa.text(f"ANALYZE {', '.join(quote(name) for name in db.metadata.tables)}"))


class PublicMixin:
    """Marks a model whose rows appear on public pages."""

    __revisions__: ClassVar[tuple[str, ...]] = (PUBLIC,)
    """The numbers that grow when a row changes."""

    def changes_public_pages(self) -> bool:
        """Whether what is about to be written may be seen; asked just before. In doubt, it may."""
        return True

    def changed_events(self) -> set[int | None]:
        """The events whose dates in the calendar change with the row, asked once it is written; with None,
        any of them may."""
        return {None}


class GatheringMixin:
    """Marks a model whose rows say what people register to, how, and what their letters tell of it."""

    def changes_gatherings(self) -> bool:
        """Whether somebody may register to what is about to be written; in doubt, they may."""
        return True


def is_changing_gatherings(session: Session) -> bool:
    """Whether this transaction has changed such rows, or the territories that they name: it sees what nobody
    else does."""
    keys = (GATHERINGS, TERRITORIES)
    if any(session.info.get(f"{key}_{how}") for key in keys for how in ("changed", "touched")):
        return True
    return any(
        isinstance(row, GatheringMixin) or TERRITORIES in getattr(row, "__revisions__", ())
        for row in (*session.new, *session.dirty, *session.deleted)
    )


_WRITTEN, _EVENTS = "calendar_rows", "calendar_events"


@event.listens_for(Session, "before_flush")
def _remember_public_changes(session: Session, *_: object) -> None:
    for row in (*session.new, *session.dirty, *session.deleted):
        _remember_public_change(session, row)


def _remember_public_change(session: Session, row: object) -> None:
    if isinstance(row, GatheringMixin) and row.changes_gatherings():
        session.info[f"{GATHERINGS}_changed"] = True
    if isinstance(row, PublicMixin) and row.changes_public_pages():
        for key in row.__revisions__:
            session.info[f"{key}_changed"] = True
        if CALENDAR in row.__revisions__:
            session.info.setdefault(_WRITTEN, []).append(row)


@event.listens_for(Session, "after_flush")
def _remember_events(session: Session, *_: object) -> None:
    """Now that new rows have their numbers, and all rows still know what they were before."""
    for row in session.info.pop(_WRITTEN, ()):
        session.info.setdefault(_EVENTS, set()).update(row.changed_events())


def reading_connection() -> Connection:
    """The connection, for statements on tables: a third of what the same costs as a query of the session.
    What is pending is written first, as it does."""
    session = db.session()
    if session.autoflush:
        session.flush()
    return session.connection()


def insert_at_once(row: Model) -> None:
    """Store a new row by one statement on its table: a sixth of what a flush costs, which looks through all
    that the session holds and all that each model may refer to.

    Whatever the row refers to is stored already, and told by number; its own number is its `id`. The session
    holds it afterwards, its defaults filled in: a column whose default is made anew each time must be told.
    """
    session = db.session()
    _remember_public_change(session, row)
    write_at_once(row, session.connection())
    hold_as_stored(row)
    _remember_events(session)


def insert_unless_there(row: Model, *unique: str) -> bool:
    """Like `insert_at_once`, of a row that somebody may have stored in the meantime: one that has the same
    values in these columns. Says whether it is the new row that is stored."""
    session = db.session()
    connection = session.connection()
    insert = _insert_once_into(type(row), unique, connection.dialect.name)
    number = connection.scalar(insert, _stored_values(row))
    if number is None:
        return False
    _remember_public_change(session, row)
    set_committed_value(row, "id", number)
    hold_as_stored(row)
    _remember_events(session)
    return True


def hold_as_stored(*rows: Model) -> None:
    """Rows that were written at once are in the session's hands from now on, as if it had read them; it lets
    go of them when the transaction fails, for their numbers will be others'."""
    session = db.session()
    for row in rows:
        make_transient_to_detached(row)
        stale = session.identity_map.get(sa.inspect(row).key)  # type: ignore[arg-type]  # it has a key now
        if stale is not None:  # written before a savepoint that was undone: its number is this row's now
            session.expunge(stale)
    session.add_all(rows)
    session.info.setdefault(_AT_ONCE, []).extend(rows)


def write_at_once(row: Model, connection: Connection) -> None:
    """The statement of `insert_at_once` alone, for a family of rows that the session is to hold together."""
    stored = connection.execute(_insert_into(type(row))[0], _stored_values(row))
    if table_of(type(row)).autoincrement_column is not None:
        number = stored.inserted_primary_key[0]  # type: ignore[index]  # a row was stored
        set_committed_value(row, "id", number)


def _stored_values(row: Model) -> dict[str, Any]:
    """What its columns are to hold; what was not told is filled in."""
    told = sa.inspect(row).dict
    _, defaults = _insert_into(type(row))
    for name in defaults.keys() - told.keys():
        set_committed_value(row, name, defaults[name])
    return {name: told[name] for name in defaults}


def update_at_once(row: Model) -> None:
    """Store what was changed of a row, as `insert_at_once` does: the columns, and the numbers of the stored
    rows that it now refers to. The rest of the session is left to the next flush."""
    session, state = db.session(), sa.inspect(row)
    _remember_public_change(session, row)
    relations = state.mapper.relationships
    for name in set(relations.keys()) - state.unmodified:
        other = state.dict[name]
        for ours, theirs in relations[name].local_remote_pairs or ():
            setattr(row, str(ours.key), other and getattr(other, str(theirs.key)))
    unmodified = state.unmodified
    columns = state.mapper.columns.keys()
    values = {name: state.dict[name] for name in columns if name not in unmodified}
    if values:
        session.connection().execute(_update_of(type(row)), values | {"of_row": key_of(row)})
    _remember_events(session)
    make_transient(row)
    make_transient_to_detached(row)
    session.add(row)


@cache
def _update_of(model: type[Model]) -> sa.Update:
    """The statement, made once; the columns are those whose values it is given."""
    table = table_of(model)
    return sa.update(table).where(table.c.id == sa.bindparam("of_row"))


@cache
def _insert_into(model: type[Model]) -> tuple[sa.Insert, Mapping[str, Any]]:
    """The statement, made once, and what its columns hold when nothing is said."""
    table = table_of(model)
    columns = [column for column in table.columns if column is not table.autoincrement_column]
    # What is not a plain value (a list, say) has no default that rows could share.
    defaults = {column.key: getattr(column.default, "arg", None) for column in columns}
    return sa.insert(table), {key: None if callable(value) else value for key, value in defaults.items()}


@cache
def _insert_once_into(model: type[Model], unique: tuple[str, ...], dialect: str) -> Any:
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    table = table_of(model)
    return insert(table).on_conflict_do_nothing(index_elements=unique).returning(table.c.id)


def prepare_engine(engine: sa.Engine) -> None:
    """Teach SQLite what we rely on: foreign keys, patience, a write-ahead log, our own BEGIN."""
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # the driver stops opening transactions on its own
        cursor = connection.cursor()
        for pragma in (
            "foreign_keys=ON",
            f"busy_timeout={BUSY_SECONDS * 1000}",
            "journal_mode=WAL",
            "synchronous=NORMAL",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        is_immediate = connection.get_execution_options().get("pavois_immediate", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if is_immediate else "BEGIN DEFERRED")
