"""The calendar as a subscription (RFC 5545)."""

from __future__ import annotations

from flask import Blueprint, Response, request

from campaign import clock
from campaign.agenda.filters import CalendarFilter
from campaign.agenda.queries import list_for_feed
from campaign.campaigns.queries import organization
from campaign.events.documents import calendar_entry
from campaign.events.ical import write_calendar
from campaign.i18n import _
from campaign.web.freshness import public_state, public_url
from campaign.web.responses import conditional


def add_to(blueprint: Blueprint) -> None:
    """Publish the feed under the calendar's blueprint."""
    blueprint.add_url_rule("/calendrier.ics", "feed", feed)


def feed() -> Response:
    """The events of the part of Québec that the address names; 304 as long as nothing has changed."""
    now = clock.now()
    asked = CalendarFilter.from_arguments(request.args)
    return conditional(
        (public_state(now)[0], clock.today(now)),
        lambda: _written(asked),
        reads=CalendarFilter.WORDS,
        mimetype="text/calendar",
    )


def _written(asked: CalendarFilter) -> bytes:
    place = asked.place()
    entries = [
        calendar_entry(event, event.territory, public_url("events.show", slug=event.slug))
        for event in list_for_feed(asked, today=clock.today(clock.now()))
        if event.territory is not None
    ]
    campaign_name = organization().campaign_name
    return write_calendar(
        [entry for entry in entries if entry is not None],
        name=f"{campaign_name} – {place}" if place else campaign_name,
        description=_("Levers de drapeau des municipalités du Québec pour les tout-petits"),
        url=public_url("agenda.calendar", **asked.arguments),
        source=public_url("agenda.feed", **asked.arguments),
    )
