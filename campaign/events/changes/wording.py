"""What became of an event and of its dates, in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from campaign.events import wording
from campaign.events.changes.change import Change
from campaign.events.models import Event, EventAction, EventState, Session
from campaign.events.vocabulary import FORMATS, Format
from campaign.i18n import _
from campaign.web.filters import day_month


def words_of(event: Event, sitting: Session) -> str:
    """« lundi 15 novembre 2027, de 10 h à 11 h, Bibliothèque municipale »"""
    occasion = wording.Occasion.of(event, sitting)
    place = FORMATS[Format.ONLINE] if format_of(event) is Format.ONLINE else wording.place_text(occasion)
    told = (occasion.part, wording.day_text(occasion), wording.hour_text(occasion), place)
    return ", ".join(part for part in told if part)


def headline(after: Event, change: Change) -> str:
    """« Reportée au 16 novembre », « Annulée », « En ligne »: what became of it, first of all."""
    feminine = after.kind not in wording.MASCULINE
    if change.action is EventAction.POSTPONE:
        days = [
            row.starts_on
            for row in after.sessions
            if row.state is EventState.POSTPONED or after.state is EventState.POSTPONED
            if not change.sitting_ids or row.id in change.sitting_ids
        ]
        return _postponed_words(days, feminine=feminine)
    if change.action is EventAction.CANCEL:
        return _("Annulée") if feminine else _("Annulé")
    if change.action is EventAction.REINSTATE:
        return _("Rétablie") if feminine else _("Rétabli")
    if change.action is EventAction.PUT_ONLINE:
        return _("En ligne")
    return _("À l’intérieur") if change.is_indoors else _("Nouveau lieu")


def _postponed_words(days: Sequence[date | None], *, feminine: bool) -> str:
    known = sorted(day for day in days if day is not None)
    if not days:
        return _("Remise à sa première date") if feminine else _("Remis à sa première date")
    if not known:
        return _("Reportée, date à confirmer") if feminine else _("Reporté, date à confirmer")
    day = day_month(known[0])
    return _("Reportée au %(day)s", day=day) if feminine else _("Reporté au %(day)s", day=day)


def format_of(event: Event) -> Format | None:
    """On the spot, online or both; None when nobody said."""
    return event.details.format if event.details else None
