"""The page of one event, its calendar file, its poster, its QR code, and the picture of its shared links."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, Response, render_template, request

from campaign import clock
from campaign.campaigns.queries import find_current_edition, organization
from campaign.errors import NotFound
from campaign.events import machine, parallel, showcase
from campaign.events.documents import calendar_entry
from campaign.events.ical import CalendarEntry, write_calendar
from campaign.events.joining import find_joining
from campaign.events.models import Event, Picture, Session
from campaign.events.picture_card import HEIGHT, WIDTH, CardContent, draw_card
from campaign.events.pictures import name_of
from campaign.events.poster import render_poster
from campaign.events.programme import programme_to_tell
from campaign.events.qr import qr_svg
from campaign.events.queries import get_published, region_of, was_put_online
from campaign.events.sheet import Sheet, sheet_of
from campaign.i18n import _
from campaign.web.assets import FOR_EVER
from campaign.web.filters import capitalize_first, date_range
from campaign.web.freshness import public_state, public_url
from campaign.web.responses import conditional

blueprint = Blueprint("events", __name__, url_prefix="/evenements")


@blueprint.get("/<slug>")
def show(slug: str) -> Response:
    """One event."""
    now = clock.now()
    return conditional(public_state(now), lambda: _page(slug, now))


def _page(slug: str, now: datetime) -> str:
    event = get_published(slug, programme=True)
    sheet = sheet_of(event, region_of(event), now=now)
    url = public_url("events.show", slug=slug)
    carrier = organization()
    card = showcase.card_of(sheet, carrier.campaign_name)
    picture = public_url("events.card", slug=slug, v=card.mark)
    return render_template(
        "events/event.html",
        sheet=sheet,
        programme=programme_to_tell(event) if sheet.is_open else (),
        joining=find_joining(event, now),
        edition=event.edition,
        facts=machine.facts(sheet, _around(event, sheet, url, picture)),
        url=url,
        picture_name=name_of(sheet.picture) if sheet.picture else "",
        card=card,
        card_url=picture,
        card_size=(WIDTH, HEIGHT),
        organization=carrier,
        edition_is_simulated=event.edition.is_simulated,
    )


def _around(event: Event, sheet: Sheet, url: str, card: str) -> machine.Around:
    own = (_picture_address(sheet.picture),) if sheet.picture else ()
    return machine.Around(
        url=url, images=(*own, card), was_put_online=sheet.is_online and was_put_online(event)
    )


def _picture_address(picture: Picture) -> str:
    key, _dot, extension = name_of(picture).partition(".")
    return public_url("images.show", key=key, extension=extension)


@blueprint.get("/<slug>.ics")
def calendar_file(slug: str) -> Response:
    """The event for one's own calendar: all its dates, or the one that the address names."""
    state = public_state(clock.now())
    return conditional(state, lambda: _calendar(slug), reads=("date",), mimetype="text/calendar")


def _calendar(slug: str) -> bytes:
    event = get_published(slug)
    address = public_url("events.show", slug=slug)
    asked = request.args.get("date", type=int)
    told = parallel.entries(event.sessions)
    sittings = [entry[0] for entry in told if asked is None or asked in (row.position for row in entry)]
    entries = [entry for sitting in sittings if (entry := _entry(event, sitting, address))]
    if not entries:
        raise NotFound(_("La date n’est pas encore connue : il n’y a rien à mettre dans un calendrier."))
    return write_calendar(entries, name=event.title, url=address)


def _entry(event: Event, sitting: Session, address: str) -> CalendarEntry | None:
    return calendar_entry(event, event.territory, address, sitting=sitting, is_whole=True)


@blueprint.get("/<slug>/affiche.pdf")
def poster(slug: str) -> Response:
    """The poster to print, letter size."""
    now = clock.now()
    return conditional(public_state(now), lambda: _poster(slug, now), mimetype="application/pdf")


def _poster(slug: str, now: datetime) -> bytes:
    event = get_published(slug)
    sheet = sheet_of(event, region_of(event), now=now)
    if not sheet.is_open:
        raise NotFound(_("Cette cérémonie ne reçoit pas de public : elle n’a pas d’affiche."))
    if sheet.is_off:
        raise NotFound(_("Tout est annulé : il n’y a plus d’affiche. La page de l’activité dit pourquoi."))
    address = public_url("events.show", slug=slug)
    return render_poster(showcase.poster_of(event, sheet, organization(), address))


@blueprint.get("/<slug>/qr.svg")
def qr(slug: str) -> Response:
    """The QR code that leads to the page of the event."""
    return conditional(public_state(clock.now()), lambda: _qr(slug), mimetype="image/svg+xml")


def _qr(slug: str) -> str:
    event = get_published(slug)
    return qr_svg(public_url("events.show", slug=slug), title=_("Code QR : %(title)s", title=event.title))


@blueprint.get("/<slug>/image.png")
def card(slug: str) -> Response:
    """The picture that a shared link shows; drawn again only when its own words change."""
    event = get_published(slug)
    sheet = sheet_of(event, region_of(event), now=clock.now())
    return _picture(showcase.card_of(sheet, organization().campaign_name))


@blueprint.get("/semaine.png")
def campaign_card() -> Response:
    """The picture of the home page, of the calendar and of all that has none of its own."""
    edition, campaign = find_current_edition(), organization().campaign_name
    week = date_range(edition.start_on, edition.end_on) if edition else ""
    return _picture(CardContent(title=campaign, date=capitalize_first(week), place=_("Partout au Québec")))


def _picture(content: CardContent) -> Response:
    response = conditional(content.mark, lambda: draw_card(content), mimetype="image/png")
    if request.args.get("v") == content.mark:
        response.headers["Cache-Control"] = FOR_EVER
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
