"""The public calendar, and how to subscribe to it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, render_template, request, url_for

from campaign import clock
from campaign.agenda import queries
from campaign.agenda.feeds import Subscription
from campaign.agenda.filters import CalendarFilter
from campaign.campaigns.models import Edition
from campaign.campaigns.queries import current_edition, organization
from campaign.events.models import Event
from campaign.events.wording import Occasion, agenda_line
from campaign.i18n import _
from campaign.territory.queries import list_local, list_mrcs, list_regions
from campaign.web.freshness import public_state
from campaign.web.responses import conditional

blueprint = Blueprint("agenda", __name__)

PAGE_SIZE = 60


@blueprint.get("/calendrier")
def calendar() -> Response:
    """The ceremonies of the edition, day by day."""
    return conditional(public_state(clock.now()), _calendar, reads=(*CalendarFilter.WORDS, "page"))


def _calendar() -> str:
    now = clock.now()
    asked = CalendarFilter.from_arguments(request.args).of_today()
    place, edition = asked.place(), current_edition()
    selection = queries.select_of_edition(edition.id, asked)
    total = queries.count(selection)
    pages = max(1, -(-total // PAGE_SIZE))
    page = min(max(request.args.get("page", 1, type=int), 1), pages)
    events = queries.list_page(selection, page=page, size=PAGE_SIZE)
    return render_template(
        "agenda/calendar.html",
        **_frame(edition),
        asked=asked,
        place=place,
        regions=list_regions(),
        total=total,
        page=page,
        pages=pages,
        previous=url_for(".calendar", page=page - 1, **asked.arguments) if page > 1 else None,
        next=url_for(".calendar", page=page + 1, **asked.arguments) if page < pages else None,
        days=[
            (day, [agenda_line(Occasion.of(event), now=now) for event in of_day])
            for day, of_day in groupby(events, key=_day)
        ],
    )


def _day(event: Event) -> object:
    return event.sessions[0].starts_on


@blueprint.get("/calendrier/abonnement")
def subscribe() -> Response:
    """How to subscribe, application by application."""
    return conditional(public_state(clock.now()), _subscribe, reads=CalendarFilter.WORDS)


def _subscribe() -> str:
    asked = CalendarFilter.from_arguments(request.args).of_today()
    place = asked.place()
    address = Subscription(part=asked).address
    title, parts = _parts_of(asked)
    webcal = "webcal://" + address.partition("://")[2]
    return render_template(
        "agenda/subscribe.html",
        **_frame(current_edition()),
        asked=asked,
        place=place,
        regions=list_regions(),
        address=address,
        insistent=Subscription(part=asked, is_insistent=True).address,
        parts_title=title,
        parts=parts,
        webcal=webcal,
        google="https://calendar.google.com/calendar/render?" + urlencode({"cid": webcal}),
        outlook="https://outlook.live.com/calendar/0/addfromweb?" + urlencode({"url": address}),
    )


@dataclass(frozen=True)
class _Part:
    """A part of Québec that has a calendar of its own: its name and its addresses."""

    name: str
    asked: CalendarFilter

    @property
    def page(self) -> str:
        return url_for("agenda.subscribe", **self.asked.arguments)

    @property
    def address(self) -> str:
        return Subscription(part=self.asked).address

    @property
    def short(self) -> str:
        """The address as one reads it to somebody: without the site, which all share."""
        return urlsplit(self.address).path


def _parts_of(asked: CalendarFilter) -> tuple[str, list[_Part]]:
    """What is smaller and has a calendar too: regions, the MRC of one, the municipalities of one."""
    if asked.municipality:
        return "", []
    if asked.mrc:
        towns = list_local(mrc_code=asked.mrc)
        return _("Par municipalité"), [
            _Part(town.name, CalendarFilter(municipality=town.geo_code)) for town in towns
        ]
    if asked.region:
        mrcs = list_mrcs(asked.region)
        return _("Par MRC"), [_Part(mrc.name, CalendarFilter(mrc=mrc.code)) for mrc in mrcs]
    regions = list_regions()
    return _("Par région"), [_Part(region.name, CalendarFilter(region=region.code)) for region in regions]


def _frame(edition: Edition) -> dict[str, object]:
    return {
        "edition": edition,
        "edition_is_simulated": edition.is_simulated,
        "organization": organization(),
    }
