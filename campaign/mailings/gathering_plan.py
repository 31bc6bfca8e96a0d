"""The reminders of one event as the team reads them: when each leaves, to how many, what became of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from campaign import clock
from campaign.campaigns import queries as campaigns
from campaign.checkin import surveys
from campaign.db import db
from campaign.events.models import Event, Session
from campaign.i18n import _
from campaign.mailings import gathering_rules as rules
from campaign.mailings import gatherings
from campaign.mailings.gathering_letters import Ticket, context_of, told_to
from campaign.mailings.gatherings import Skip
from campaign.mailings.models import GatheringReminder, GatheringRound, ReminderKind
from campaign.outbox.rendering import Rendering, public_link, render
from campaign.registrations import tickets
from campaign.registrations.models import (
    Attendee,
    Registration,
    RegistrationRules,
    RegistrationState,
)

TITLES: Mapping[ReminderKind, str] = {
    ReminderKind.MONTH: _("Premier rappel"),
    ReminderKind.FORTNIGHT: _("Deuxième rappel"),
    ReminderKind.WEEK: _("Renseignements pratiques"),
    ReminderKind.EVE: _("Lieu ou lien, stationnement"),
    ReminderKind.MORNING: _("Lien, le matin même"),
    ReminderKind.THANKS: _("Merci, questionnaire et attestation"),
}

REASONS: Mapping[Skip, str] = {
    Skip.GROUPED: _("écrit avec la veille"),
    Skip.LATE: _("trop tard de plus de 48 heures"),
    Skip.CHANGED: _("choix changés depuis"),
    Skip.TOLD: _("déjà écrit avant le report"),
    Skip.IN_THE_ROOM: _("sur place ou sans lien"),
    Skip.OVER: _("séance déjà commencée"),
    Skip.CLOSE: _("un autre rappel part le même jour"),
    Skip.SUPPRESSED: _("adresse qui refuse nos courriels"),
    Skip.WITHDRAWN: _("annulation avant le départ"),
}
"""Why people received nothing, after a number."""


EXAMPLE = "exemple"
"""In a link that leads nowhere."""


class Standing(StrEnum):
    """Where one reminder of one day stands."""

    COMING = "prevu"
    RUNNING = "en_cours"
    OFF = "desactive"
    DONE = "traite"
    MISSED = "sans_objet"
    """Nobody was registered when its moment came."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One reminder of one day."""

    kind: ReminderKind
    why: str
    standing: Standing
    expected: int
    """Who would receive it as things stand."""
    told: int
    left_out: Sequence[tuple[int, str]]


@dataclass(frozen=True, kw_only=True)
class Day:
    """The reminders of one day of the event."""

    day: date
    sittings: Sequence[str]
    lines: Sequence[Line]
    lacks_link: bool
    """People attend by a link that nobody has written."""


def plan_of(event: Event, *, now: datetime) -> list[Day]:
    """Every day that is known, in order. The event is that of `registrations.queries.get_event`."""
    sittings: dict[date, list[Session]] = {}
    for sitting in event.sessions:
        if sitting.starts_on is not None and rules.takes_place(event, sitting):
            sittings.setdefault(sitting.starts_on, []).append(sitting)
    known = _Known.of(event)
    return [_day(event, day, sittings[day], known, now=now) for day in sorted(sittings)]


@dataclass(frozen=True, kw_only=True)
class _Known:
    """What is kept of the reminders of the event, and who attends."""

    closed: Mapping[tuple[ReminderKind, date], bool]
    """The rounds that are over, and whether they were switched off."""
    decided: Mapping[tuple[ReminderKind, date], Mapping[str, int]]
    silenced: Collection[ReminderKind]
    expected: Mapping[tuple[ReminderKind, date], int]

    @classmethod
    def of(cls, event: Event) -> _Known:
        rounds = db.session.scalars(sa.select(GatheringRound).where(GatheringRound.event_id == event.id))
        rows = db.session.execute(
            sa.select(
                GatheringReminder.kind,
                GatheringReminder.day_on,
                GatheringReminder.reason,
                sa.func.count(GatheringReminder.attendee_id.distinct()),
            )
            .join(Session, GatheringReminder.session_id == Session.id)
            .where(Session.event_id == event.id)
            .group_by(GatheringReminder.kind, GatheringReminder.day_on, GatheringReminder.reason)
        )
        decided: dict[tuple[ReminderKind, date], dict[str, int]] = {}
        for kind, day, reason, count in rows:
            decided.setdefault((kind, day), {})[reason] = count
        return cls(
            closed={(one.kind, one.day_on): one.was_off for one in rounds},
            decided=decided,
            silenced=gatherings.silenced_kinds(event.id),
            expected=_expected(event),
        )


def _expected(event: Event) -> Counter[tuple[ReminderKind, date]]:
    people = db.session.scalars(
        sa.select(Attendee)
        .join(Attendee.registration)
        .where(
            Attendee.event_id == event.id,
            Attendee.is_active,
            Registration.state == RegistrationState.CONFIRMED,
            gatherings.ADDRESS != "",
        )
        .options(selectinload(Attendee.choices), joinedload(Attendee.cohort))
    )
    counted: Counter[tuple[ReminderKind, date]] = Counter()
    for attendee in people:
        own = gatherings.own_sittings(attendee, event)
        days = gatherings.days_of(own)
        by_link = {one.starts_on for one in own if gatherings.has_link(event, attendee, one)}
        for day in days:
            run = rules.run_around(day, days)
            counted.update(
                (kind, day)
                for kind in rules.BEFORE
                if rules.is_told_on(kind, day, run) and (kind is not ReminderKind.MORNING or day in by_link)
            )
    return counted


def _day(event: Event, day: date, sittings: Sequence[Session], known: _Known, *, now: datetime) -> Day:
    by_link = [
        sitting
        for sitting in sittings
        if rules.is_online(event, sitting, attends_online=rules.is_hybrid(event))
    ]
    kinds = [kind for kind in rules.RULES if kind is not ReminderKind.MORNING or by_link]
    words = [tickets.told(event, sitting) for sitting in sittings]
    return Day(
        day=day,
        sittings=[", ".join(filter(None, (one.title, one.hour, one.place))) for one in words],
        lines=[_line(kind, day, event.time_zone, known, now=now) for kind in kinds],
        lacks_link=any(not rules.link_of(event, sitting) for sitting in by_link),
    )


def _line(kind: ReminderKind, day: date, zone: str, known: _Known, *, now: datetime) -> Line:
    moment = rules.moment(kind, day, zone)
    decided = known.decided.get((kind, day), {})
    return Line(
        kind=kind,
        why=moment.why,
        standing=_standing(kind, day, zone, known, now=now),
        expected=known.expected.get((kind, day), 0),
        told=decided.get("", 0),
        left_out=[(count, REASONS[Skip(reason)]) for reason, count in sorted(decided.items()) if reason],
    )


def _standing(kind: ReminderKind, day: date, zone: str, known: _Known, *, now: datetime) -> Standing:
    if (kind, day) in known.closed:
        if known.closed[kind, day]:
            return Standing.OFF
        return Standing.DONE if known.decided.get((kind, day)) else Standing.MISSED
    if kind in known.silenced:
        return Standing.OFF
    if rules.moment(kind, day, zone).instant <= now:
        if kind is ReminderKind.THANKS:
            return Standing.DONE
        return Standing.RUNNING if clock.today(now, zone) <= day else Standing.MISSED
    return Standing.COMING


def letter_of(
    kind: ReminderKind, event: Event, registration_rules: RegistrationRules, *, now: datetime
) -> Rendering | None:
    """The letter as somebody made up would read it, its links leading nowhere; None while no day is known."""
    days = sorted({day for one in event.sessions if (day := one.starts_on) and rules.takes_place(event, one)})
    if not days:
        return None
    day = next((each for each in days if rules.moment(kind, each, event.time_zone).instant > now), days[0])
    if kind is ReminderKind.THANKS:
        return render("gathering_survey", _thanks(event))
    told = [one for one in event.sessions if one.starts_on == day and rules.takes_place(event, one)]
    ticket = Ticket(
        name="Camille Exemple",
        code=tickets.spoken("ABC234"),
        url=public_link("registrations.ticket", token=EXAMPLE),
        manage_url=public_link("registrations.manage", token=EXAMPLE),
        group=next((one.cohort.name for one in told if one.cohort), ""),
        sittings=[told_to(event, one, attends_online=kind is ReminderKind.MORNING) for one in told],
        later=[],
    )
    leaves_at = rules.moment(kind, day, event.time_zone).instant
    context = context_of(kind, event, registration_rules, [ticket], day=day, leaves_at=leaves_at)
    return render("gathering_reminder", context)


def _thanks(event: Event) -> Mapping[str, object]:
    return {
        "event": event,
        "name": "Camille Exemple",
        "survey_url": public_link("afterwards.survey", token=EXAMPLE),
        "attestation_url": "",
        "closes_on": surveys.closes_on(event),
        "organization": campaigns.organization(),
        "edition_is_simulated": event.edition.is_simulated,
    }
