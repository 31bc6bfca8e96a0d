"""The versions of a mailing's words: which one stands, from where it comes, and what it changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa

from campaign.campaigns.models import Edition
from campaign.db import db
from campaign.errors import NotFound
from campaign.mailings import calendar, queries, services
from campaign.mailings.calendar import ENGLISH
from campaign.mailings.models import Mailing, MailingText
from campaign.mailings.wording import Change, Text, diff

FRENCH = "fr"
NOTHING_WRITTEN = Text(subject="", preheader="", body="")


class Origin(StrEnum):
    """From where the words come that would leave today."""

    OWN = "edition"
    PREVIOUS = "edition_precedente"
    STANDARD = "calendrier"
    NONE = "aucune"


@dataclass(frozen=True)
class Slot:
    """A place for words: a variant in French, or the English version, which serves all variants."""

    variant: str
    language: str = FRENCH

    @property
    def is_english(self) -> bool:
        return self.language == ENGLISH


@dataclass(frozen=True, kw_only=True)
class Standing:
    """The words of a slot as they are today."""

    text: Text | None
    origin: Origin
    version: int
    """The number of the version written in this edition; 0 before the first."""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What changed from older words: each field, in the order of the letter."""

    origin: Origin
    """Of the older words."""
    subject: list[Change]
    preheader: list[Change]
    body: list[Change]

    @property
    def is_same(self) -> bool:
        changes = (*self.subject, *self.preheader, *self.body)
        return all(kind == "same" for kind, _ in changes)


def slots(mailing: Mailing, edition: Edition) -> list[Slot]:
    """Where this mailing has words, or may have some: each variant, then the English version."""
    return [*(Slot(each) for each in services.words_of(mailing, edition) or ("",)), Slot("", ENGLISH)]


def find_slot(mailing: Mailing, edition: Edition, *, variant: str, language: str) -> Slot:
    """The slot of an address; what it does not know gives the first one."""
    known = slots(mailing, edition)
    asked = Slot("", ENGLISH) if language == ENGLISH else Slot(variant)
    return asked if asked in known else known[0]


def standing(mailing: Mailing, edition: Edition, slot: Slot) -> Standing:
    """The words that would leave today."""
    versions = list_versions(mailing, slot)
    if versions:
        return Standing(text=text_of(versions[0]), origin=Origin.OWN, version=versions[0].id)
    text, origin = _inherited(mailing, edition, slot)
    return Standing(text=text, origin=origin, version=0)


def compare(mailing: Mailing, edition: Edition, slot: Slot) -> Comparison | None:
    """What changes since last year, or since the standard words; None when there were none."""
    before, origin = _inherited(mailing, edition, slot)
    if before is None:
        return None
    return _compared(before, standing(mailing, edition, slot).text or NOTHING_WRITTEN, origin)


def _compared(before: Text, after: Text, origin: Origin) -> Comparison:
    return Comparison(
        origin=origin,
        subject=diff(before.subject, after.subject),
        preheader=diff(before.preheader, after.preheader),
        body=diff(before.body, after.body),
    )


def _inherited(mailing: Mailing, edition: Edition, slot: Slot) -> tuple[Text | None, Origin]:
    """The words before those of this edition."""
    key = (slot.variant, slot.language)
    previous = queries.find_previous(mailing, edition)
    last_year = services.latest_texts(previous).get(key) if previous else None
    if last_year is not None:
        return last_year, Origin.PREVIOUS
    text = calendar.texts_of(mailing.key).get(key)
    return text, Origin.NONE if text is None else Origin.STANDARD


def list_versions(mailing: Mailing, slot: Slot) -> Sequence[MailingText]:
    """Every version written of a slot, the latest first."""
    return [
        each
        for each in queries.list_texts(mailing)
        if (each.variant, each.language) == (slot.variant, slot.language)
    ]


def with_changes(
    mailing: Mailing, edition: Edition, slot: Slot
) -> list[tuple[MailingText, Comparison | None]]:
    """Every version with what it changed of the one before it; the first, of the words inherited."""
    versions = list_versions(mailing, slot)
    first, origin = _inherited(mailing, edition, slot)
    before = [*(text_of(each) for each in versions[1:]), first]
    return [
        (version, _compared(older, text_of(version), origin) if older else None)
        for version, older in zip(versions, before, strict=False)
    ]


def get_version(mailing: Mailing, version_id: int) -> MailingText:
    """A version of this mailing's words."""
    version = db.session.scalar(
        sa.select(MailingText).where(MailingText.id == version_id, MailingText.mailing_id == mailing.id)
    )
    if version is None:
        raise NotFound("Cette version n’existe pas. Choisissez-en une dans la liste.")
    return version


def text_of(version: MailingText) -> Text:
    return Text(subject=version.subject, preheader=version.preheader, body=version.body)
