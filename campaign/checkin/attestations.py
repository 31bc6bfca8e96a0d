"""The attestation of somebody who came: when the organizer's rule is met, and what it says."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from pathlib import Path

import sqlalchemy as sa

from campaign import clock
from campaign.checkin import presence
from campaign.checkin.models import Attendance
from campaign.db import db
from campaign.events import wording
from campaign.events.models import Event, EventState, Session
from campaign.events.typesetting import typeset_pdf
from campaign.i18n import _
from campaign.registrations import queries
from campaign.registrations.models import Attendee, AttestationRule, RegistrationRules
from campaign.web.filters import NBSP, capitalize_first, long_date

TEMPLATE = Path(__file__).with_name("attestation.typ")


class Standing(StrEnum):
    """Whether an attestation may be given, or why not."""

    DUE = "due"
    NONE_GIVEN = "aucune"
    """The organizer gives none."""
    NOT_OVER = "a_venir"
    MISSED = "manquee"


@dataclass(frozen=True, kw_only=True)
class Told:
    """One sitting on the page that says where an attestation stands."""

    text: str
    came: bool
    is_over: bool


@dataclass(frozen=True, kw_only=True)
class Attestation:
    """One person's, given or not."""

    standing: Standing
    rule: AttestationRule
    sittings: Sequence[Told]
    attended: Sequence[Session]
    length: timedelta | None
    """Of the sittings attended together; None when the end of one of them is not known."""


def attestation_of(
    attendee: Attendee, event: Event, rules: RegistrationRules | None, *, now: datetime
) -> Attestation:
    """Where it stands. The person's choices are loaded; the event is that of `registrations.queries`.

    What was called off is asked of nobody. A sitting attended without having been chosen counts: the person
    was there.
    """
    rule = rules.attestation if rules else AttestationRule.NONE
    been = attended_by(attendee)
    theirs = presence.sittings_of(attendee, event)
    held = [each for each in event.sessions if wording.state_of(event, each) is not EventState.CANCELLED]
    asked = [each for each in held if each.id in theirs or each.id in been]
    attended = [each for each in asked if each.id in been]
    return Attestation(
        standing=_standing(rule, event, asked, attended, now),
        rule=rule,
        sittings=[
            Told(text=sitting_text(event, each), came=each.id in been, is_over=is_over(event, each, now))
            for each in asked
        ],
        attended=attended,
        length=_length(attended),
    )


def is_due(attendee: Attendee, event: Event, now: datetime) -> bool:
    """Whether it may be given now."""
    rules = queries.find_rules(event.id)
    if rules is None or rules.attestation is AttestationRule.NONE:
        return False
    return attestation_of(attendee, event, rules, now=now).standing is Standing.DUE


def attended_by(attendee: Attendee) -> set[int]:
    """The sittings at which this person was."""
    rows = sa.select(Attendance.session_id).where(Attendance.attendee_id == attendee.id)
    return set(db.session.scalars(rows))


def _standing(
    rule: AttestationRule,
    event: Event,
    asked: Sequence[Session],
    attended: Sequence[Session],
    now: datetime,
) -> Standing:
    """An attestation is for what is over: nobody leaves with it an hour before the end."""
    if rule is AttestationRule.NONE:
        return Standing.NONE_GIVEN
    missed = [each for each in asked if each not in attended and is_over(event, each, now)]
    ahead = [each for each in asked if not is_over(event, each, now)]
    if rule is AttestationRule.ALL:
        if missed:
            return Standing.MISSED
        return Standing.DUE if attended and not ahead else Standing.NOT_OVER
    if any(each not in ahead for each in attended):
        return Standing.DUE
    return Standing.NOT_OVER if ahead else Standing.MISSED


def is_over(event: Event, sitting: Session, now: datetime) -> bool:
    """Whether that sitting has ended: at its hour, or at the end of its last day when its hour is not
    known."""
    if sitting.ends_at is not None:
        return sitting.ends_at <= now
    last_day = sitting.ends_on or sitting.starts_on
    if last_day is None:
        return False
    return clock.to_utc(last_day + timedelta(days=1), time(), event.time_zone) <= now


def sitting_text(event: Event, sitting: Session) -> str:
    """« Mercredi 13 octobre 2027, de 9 h à 12 h : Atelier B »"""
    occasion = wording.Occasion.of(event, sitting)
    when = ", ".join(part for part in (wording.day_text(occasion), wording.hour_text(occasion)) if part)
    words = f"{when}{NBSP}: {sitting.title}" if sitting.title else when
    return capitalize_first(words)


def _length(sittings: Sequence[Session]) -> timedelta | None:
    lengths = [each.ends_at - each.starts_at for each in sittings if each.starts_at and each.ends_at]
    return sum(lengths, timedelta()) if lengths and len(lengths) == len(sittings) else None


def length_text(length: timedelta) -> str:
    """« 6 heures », « 1 heure 30 minutes »"""
    hours, minutes = divmod(round(length.total_seconds() / 60), 60)
    parts = []
    if hours:
        parts.append(_("1\u00a0heure") if hours == 1 else _("%(n)s\u00a0heures", n=hours))
    if minutes:
        parts.append(_("1\u00a0minute") if minutes == 1 else _("%(n)s\u00a0minutes", n=minutes))
    return " ".join(parts)


def render(
    attendee: Attendee, event: Event, attestation: Attestation, *, given_by: str, now: datetime
) -> bytes:
    """The page to print, given by the organization that runs the campaign."""
    name = f"{attendee.first_name} {attendee.last_name}"
    length = attestation.length
    content = {
        "document_title": _("Attestation de participation : %(name)s", name=name),
        "heading": _("Attestation de participation"),
        "sentence": _("%(organization)s atteste que", organization=given_by),
        "name": name,
        "person_organization": attendee.organization,
        "took_part": _("a participé à"),
        "title": event.title,
        "sittings": [told.text for told in attestation.sittings if told.came],
        "length": _("Durée totale : %(length)s", length=length_text(length)) if length else "",
        "place": event.place,
        "given_by": given_by,
        "given_on": _("Fait le %(day)s", day=long_date(clock.today(now, event.time_zone))),
        "simulated": _("Édition de démonstration : sans valeur") if event.edition.is_simulated else "",
    }
    return typeset_pdf(TEMPLATE, json.dumps(content))
