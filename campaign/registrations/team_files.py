"""The files that the team takes: of one person, of one event, all together in one archive."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from campaign.db import db
from campaign.errors import NotFound
from campaign.i18n import _
from campaign.registrations.file_kinds import named
from campaign.registrations.files import OWNER, WITH_ANSWER
from campaign.registrations.models import AnswerFile, Attendee, Question

_FILES = sa.join(WITH_ANSWER, Attendee, Attendee.id == OWNER).join(
    Question, Question.id == AnswerFile.question_id
)
"""Each with whose it is, and to which question."""

GONE = _("Ce fichier n’existe plus : il a été retiré, remplacé ou effacé à son échéance.")


@dataclass(frozen=True, kw_only=True)
class TeamFile:
    """A file of somebody, as the team finds it."""

    id: int
    attendee_id: int
    person: str
    label: str
    """The question."""
    name: str
    media_type: str
    size_bytes: int
    is_sensitive: bool

    @property
    def long_name(self) -> str:
        """Its name among those of others: « Côté Renée - Votre CV.pdf »."""
        return named(f"{self.person} - {self.label[:60]}", self.media_type)


def list_of_people(
    event_id: int, people: Sequence[int], *, with_sensitive: bool
) -> dict[int, list[TeamFile]]:
    """The files of these people of the event, by person, in the order of the questions."""
    found: dict[int, list[TeamFile]] = {}
    for one in _select_for_team(Question.event_id == event_id, Attendee.id.in_(people)):
        if with_sensitive or not one.is_sensitive:
            found.setdefault(one.attendee_id, []).append(one)
    return found


def list_of_event(event_id: int) -> list[TeamFile]:
    """The ordinary files of those who come (or may), by family name. Those sent in confidence are read one
    by one."""
    found = _select_for_team(*_ordinary(event_id))
    return sorted(found, key=lambda one: (one.long_name, one.id))


def count_of_event(event_id: int) -> int:
    """How many these are."""
    return db.session.scalar(sa.select(sa.func.count()).select_from(_FILES).where(*_ordinary(event_id))) or 0


def _ordinary(event_id: int) -> tuple[sa.ColumnElement[bool], ...]:
    return Question.event_id == event_id, Attendee.is_active.is_(True), Question.is_sensitive.is_(False)


def get_of_event(event_id: int, number: int) -> TeamFile:
    """That file of the event."""
    for one in _select_for_team(Question.event_id == event_id, AnswerFile.id == number):
        return one
    raise NotFound(GONE)


def _select_for_team(*where: sa.ColumnElement[bool]) -> list[TeamFile]:
    columns = sa.select(
        AnswerFile.id,
        Attendee.id.label("attendee_id"),
        Attendee.first_name,
        Attendee.last_name,
        Question.label,
        Question.is_sensitive,
        AnswerFile.name,
        AnswerFile.media_type,
        AnswerFile.size_bytes,
    )
    found = db.session.execute(
        columns.select_from(_FILES).where(*where).order_by(Question.position, Question.id)
    )
    return [
        TeamFile(
            id=one.id,
            attendee_id=one.attendee_id,
            person=f"{one.last_name} {one.first_name}",
            label=one.label,
            name=one.name,
            media_type=one.media_type,
            size_bytes=one.size_bytes,
            is_sensitive=one.is_sensitive,
        )
        for one in found
    ]


def content_of(number: int) -> bytes:
    """The bytes of that file. Nothing stays open behind: whoever saves it may be slow."""
    with db.engine.connect() as connection:
        content = connection.scalar(sa.select(AnswerFile.content).where(AnswerFile.id == number))
    if content is None:
        raise NotFound(GONE)
    return bytes(content)


def zipped(files: Sequence[TeamFile], *, now: datetime) -> Iterator[bytes]:
    """All of them in one archive, piece by piece: one file at a time is in memory."""
    outlet, used = _Outlet(), set[str]()
    with zipfile.ZipFile(outlet, "w", zipfile.ZIP_STORED) as archive:
        for one in files:
            try:
                content = content_of(one.id)
            except NotFound:  # taken back since the list was made
                continue
            entry = zipfile.ZipInfo(_free_name(one, used), date_time=now.timetuple()[:6])
            archive.writestr(entry, content)
            yield outlet.take()
    yield outlet.take()


def _free_name(one: TeamFile, used: set[str]) -> str:
    name, number = one.long_name, 1
    stem, _dot, extension = name.rpartition(".")
    while name.casefold() in used:
        number += 1
        name = f"{stem} ({number}).{extension}"
    used.add(name.casefold())
    return name


class _Outlet(io.RawIOBase):
    """What is written there waits to be taken; nobody goes back in it."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, piece: object, /) -> int:
        data = bytes(piece)  # type: ignore[call-overload]  # any buffer, as the standard library calls it
        self._pieces.append(data)
        return len(data)

    def take(self) -> bytes:
        taken = b"".join(self._pieces)
        self._pieces.clear()
        return taken
