"""The page of one event, its calendar file, its poster and its QR code."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, Response, render_template

from campaign import clock
from campaign.campaigns.queries import organization
from campaign.errors import NotFound
from campaign.events import wording
from campaign.events.documents import calendar_entry, poster_content, showing
from campaign.events.ical import write_calendar
from campaign.events.models import Event, EventState
from campaign.events.poster import render_poster
from campaign.events.qr import qr_svg
from campaign.events.queries import get_published
from campaign.i18n import _
from campaign.territory.grammar import legal_name
from campaign.territory.models import Territory
from campaign.territory.names import label_for
from campaign.web.freshness import public_state, public_url
from campaign.web.responses import conditional

blueprint = Blueprint("events", __name__, url_prefix="/evenements")

SCHEMA_STATUS = {
    EventState.CANCELLED: "https://schema.org/EventCancelled",
    EventState.POSTPONED: "https://schema.org/EventRescheduled",
}


@blueprint.get("/<slug>")
def show(slug: str) -> Response:
    """One event."""
    now = clock.now()
    return conditional(public_state(now), lambda: _page(slug))


def _page(slug: str) -> str:
    event, now = get_published(slug), clock.now()
    occasion = wording.Occasion.of(event)
    return render_template(
        "events/event.html",
        event=event,
        occasion=occasion,
        line=wording.agenda_line(occasion, now=now),
        facts=MachineFacts.of(event),
        day_is_known=occasion.starts_on is not None,
        day=wording.day_text(occasion),
        opening=wording.opening_text(occasion),
        territory=event.territory,
        territory_label=label_for(event.territory) if event.territory else "",
        url=public_url("events.show", slug=slug),
        organization=organization(),
        edition_is_simulated=event.edition.is_simulated,
    )


@dataclass(frozen=True, kw_only=True)
class MachineFacts:
    """What schema.org asks for beyond what people read."""

    status: str
    ends: str
    previous_start: str
    organizer: str

    @classmethod
    def of(cls, event: Event) -> MachineFacts:
        shown, territory = showing(event), event.territory
        return cls(
            status=SCHEMA_STATUS.get(event.state, "https://schema.org/EventScheduled"),
            ends=_local(shown.ends_at, event.time_zone),
            previous_start=_local(event.postponed_from_at if shown.starts_at else None, event.time_zone),
            organizer=legal_name(territory.designation_name, territory.name, territory.de_form)
            if territory
            else event.title,
        )


def _local(instant: datetime | None, zone: str) -> str:
    return clock.to_local(instant, zone).isoformat() if instant else ""


@blueprint.get("/<slug>.ics")
def calendar_file(slug: str) -> Response:
    """The event for one's own calendar."""
    return conditional(public_state(clock.now()), lambda: _calendar(slug), mimetype="text/calendar")


def _calendar(slug: str) -> bytes:
    event = get_published(slug)
    address = public_url("events.show", slug=slug)
    entry = calendar_entry(event, _territory_of(event), address)
    if entry is None:
        raise NotFound(_("La date n’est pas encore connue : il n’y a rien à mettre dans un calendrier."))
    return write_calendar([entry], name=event.title, url=address)


@blueprint.get("/<slug>/affiche.pdf")
def poster(slug: str) -> Response:
    """The poster to print, letter size."""
    return conditional(public_state(clock.now()), lambda: _poster(slug), mimetype="application/pdf")


def _poster(slug: str) -> bytes:
    event = get_published(slug)
    if not wording.Occasion.of(event).is_open:
        raise NotFound(_("Cette cérémonie ne reçoit pas de public : elle n’a pas d’affiche."))
    address = public_url("events.show", slug=slug)
    return render_poster(poster_content(event, _territory_of(event), event.edition, organization(), address))


@blueprint.get("/<slug>/qr.svg")
def qr(slug: str) -> Response:
    """The QR code that leads to the page of the event."""
    return conditional(public_state(clock.now()), lambda: _qr(slug), mimetype="image/svg+xml")


def _qr(slug: str) -> str:
    event = get_published(slug)
    return qr_svg(public_url("events.show", slug=slug), title=_("Code QR : %(title)s", title=event.title))


def _territory_of(event: Event) -> Territory:
    if event.territory is None:
        raise NotFound(_("Cette activité n’est rattachée à aucune municipalité."))
    return event.territory
