"""After an event, for the team: who came to which sitting, and what people say of it."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from campaign import clock
from campaign.accounts.access import EDITORS, current_user, present, require
from campaign.checkin import access, conflicts, papers, presence, surveys
from campaign.checkin.presence import PRESENCES, Line, Presence, Sheet
from campaign.db import transaction
from campaign.errors import NotFound
from campaign.events.models import Event
from campaign.i18n import _, ngettext
from campaign.registrations import queries
from campaign.registrations.models import Attendee
from campaign.web.filters import local_hour
from campaign.web.spreadsheets import csv_response, typed

blueprint = Blueprint("presence", __name__, url_prefix="/gestion/evenements/<int:event_id>")

CHOICES = (Presence.PRESENT, Presence.ONLINE, Presence.ABSENT)
"""What the team may note."""


@blueprint.get("/presences")
@require(*EDITORS)
def show(event_id: int) -> str:
    """Every sitting counted, and the people of one of them."""
    event = _event(event_id)
    sheets = presence.sheets(event, now=clock.now())
    chosen = _chosen(event, sheets)
    return render_template(
        "checkin/presences.html",
        event=event,
        sheets=sheets,
        chosen=chosen,
        elsewhere=_elsewhere(event, chosen),
        conflicts=conflicts.count(event_id),
        when_text=lambda sitting: papers.when_text(event, sitting),
        hour_of=lambda line: _hour(event, line),
        words=PRESENCES,
        choices=[(choice.value, PRESENCES[choice]) for choice in CHOICES],
        choices_came=[(choice.value, PRESENCES[choice]) for choice in presence.CAME],
        sensitive=presence.count_sensitive(event_id),
    )


@blueprint.post("/presences")
@require(*EDITORS)
def note(event_id: int) -> ResponseReturnValue:
    """Write what the team changed; what it did not touch stays as telephones told it meanwhile."""
    with transaction():
        event = _event(event_id)
        sitting = presence.find_sitting(event, request.form.get("seance", type=int))
        if sitting is None:
            raise NotFound(_("Choisissez une séance."))
        changed = presence.note(event, sitting, _wanted(), author=present().name, now=clock.now())
    flash(
        ngettext("Une présence a changé.", "%(num)s présences ont changé.", changed)
        if changed
        else _("Rien n’a changé."),
        "success",
    )
    return redirect(url_for(".show", event_id=event_id, seance=sitting.id), 303)


@blueprint.post("/presences/autre-seance")
@require(*EDITORS)
def add(event_id: int) -> ResponseReturnValue:
    """Note somebody who came to this sitting and was expected at another one."""
    number = request.form.get("personne", type=int) or 0
    came = Presence.ONLINE if request.form.get("presence") == Presence.ONLINE else Presence.PRESENT
    with transaction():
        event = _event(event_id)
        sitting = presence.find_sitting(event, request.form.get("seance", type=int))
        if sitting is None:
            raise NotFound(_("Choisissez une séance."))
        changed = presence.note(event, sitting, {number: came}, author=present().name, now=clock.now())
    if changed:
        flash(_("Une présence a changé."), "success")
    else:
        flash(_("Choisissez une personne inscrite, dont la présence n’est pas encore notée."), "warning")
    return redirect(url_for(".show", event_id=event_id, seance=sitting.id), 303)


def _elsewhere(event: Event, sheet: Sheet | None) -> list[tuple[str, str]]:
    """Who may have come to that sitting without being expected there, as a list to choose from."""
    if sheet is None or not sheet.has_begun:
        return []
    return [(str(one.id), _words_of(one, event)) for one in presence.list_elsewhere(event, sheet)]


def _words_of(attendee: Attendee, event: Event) -> str:
    """« Tremblay, Zoé – CPE La Farandole – Atelier A »"""
    titles = {sitting.id: sitting.title for sitting in event.sessions}
    expected = attendee.cohort.name if attendee.cohort else ""
    chosen = (titles.get(choice.session_id, "") for choice in attendee.choices)
    parts = (f"{attendee.last_name}, {attendee.first_name}", attendee.organization, expected, *chosen)
    return " – ".join(part for part in parts if part)


def _wanted() -> dict[int, Presence]:
    """The choices that differ from what the page showed, by number of person."""
    wanted = {}
    for name, value in request.form.items():
        kind, _dash, number = name.partition("-")
        is_choice = kind == "presence" and number.isdecimal() and value in CHOICES
        if is_choice and request.form.get(f"vu-{number}") != value:
            wanted[int(number)] = Presence(value)
    return wanted


@blueprint.get("/presences.csv")
@require(*EDITORS)
def export_csv(event_id: int) -> Response:
    """A line for each person and sitting."""
    event = _event(event_id)
    header = (
        _("Séance"), _("Nom"), _("Prénom"), _("Organisation"), _("Groupe"), _("Présence"),
        _("Heure d’arrivée"), _("Constatée par"), _("Sur place"), _("Autre groupe"), _("Enfants"),
    )  # fmt: skip
    sheets = presence.sheets(event, now=clock.now())
    return csv_response(f"presences-{event.slug}.csv", header, _rows(event, sheets))


def _rows(event: Event, sheets: list[Sheet]) -> Iterator[tuple[str, ...]]:
    for sheet in sheets:
        when = papers.when_text(event, sheet.sitting)
        for line in sheet.lines:
            one = line.attendee
            yield (
                when,
                typed(one.last_name),
                typed(one.first_name),
                typed(one.organization),
                typed(one.cohort.name if one.cohort else ""),
                PRESENCES[line.presence],
                _hour(event, line),
                typed(_door(line)),
                _("oui") if one.is_walk_in else "",
                _("oui") if line.is_crossover else "",
                str(line.attendance.children) if line.attendance else "",
            )


def _hour(event: Event, line: Line) -> str:
    """When a phone saw the person come in; nothing when the team noted it afterwards."""
    if line.attendance is None or line.is_by_hand:
        return ""
    return local_hour(line.attendance.admitted_at, event.time_zone)


def _door(line: Line) -> str:
    if line.attendance is None:
        return ""
    return _("équipe") if line.is_by_hand else line.attendance.door


def _chosen(event: Event, sheets: list[Sheet]) -> Sheet | None:
    """The sitting asked for, else the last one that has begun, else the first."""
    asked = presence.find_sitting(event, request.args.get("seance", type=int))
    if asked is not None:
        return next((sheet for sheet in sheets if sheet.sitting.id == asked.id), None)
    begun = [sheet for sheet in sheets if sheet.has_begun]
    return begun[-1] if begun else next(iter(sheets), None)


@blueprint.get("/satisfaction")
@require(*EDITORS)
def satisfaction(event_id: int) -> str:
    """What people say of it, without a trace of who."""
    event = _event(event_id)
    results = surveys.results_of(event_id)
    return render_template(
        "checkin/satisfaction.html",
        event=event,
        results=results,
        rate=presence.rate_text(results.answered, results.sent),
        enough=surveys.ENOUGH,
        closes_on=surveys.closes_on(event),
        is_open=surveys.is_open(event, now=clock.now()),
    )


@blueprint.get("/satisfaction.csv")
@require(*EDITORS)
def satisfaction_csv(event_id: int) -> Response:
    """The answers, ordered by what they say."""
    event = _event(event_id)
    results = surveys.get_shown_results(event_id)
    rows = ((str(one.score), typed(one.liked), typed(one.improve)) for one in results.answers)
    return csv_response(
        f"satisfaction-{event.slug}.csv", (_("Note sur 5"), _("Aimé"), _("À améliorer")), rows
    )


def _event(event_id: int) -> Event:
    event = queries.get_event(event_id)
    access.check(current_user(), event)
    return event
