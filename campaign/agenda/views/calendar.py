"""The public calendar, and how to subscribe to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from campaign import clock
from campaign.agenda import index
from campaign.agenda.feeds import PLACES, Subscription
from campaign.agenda.filters import CHOICES, CalendarFilter
from campaign.agenda.index import Calendar
from campaign.agenda.phrases import describe
from campaign.agenda.views import choices, drawings
from campaign.agenda.views.looks import WORDS, Drawing, Look
from campaign.campaigns.models import Edition
from campaign.campaigns.queries import current_edition, organization
from campaign.i18n import _
from campaign.territory.names import search_key
from campaign.territory.queries import find_territory, list_local, list_mrcs, list_regions
from campaign.territory.search import search
from campaign.web.freshness import public_state
from campaign.web.responses import conditional

blueprint = Blueprint("agenda", __name__)

PAGE_SIZE = 60
MOST_TOWNS = 12
TYPED_TOWN = "lieu"
"""The word by which the form sends the name of a municipality; the address keeps its code, as `pres`."""


@blueprint.get("/calendrier")
def calendar() -> AnyResponse:
    """What there is to do: a list, a month or a map, of what the address asks for."""
    look = Look.from_arguments(request.args)
    if address := _one_address(look):
        return redirect(address)
    now = clock.now()
    return conditional(public_state(now), lambda: _calendar(look, now), reads=(*WORDS, TYPED_TOWN))


def _one_address(look: Look) -> str:
    """Where this very look is kept, when the address is another one: a form sends its empty fields too, and a
    municipality by its name."""
    if look.asked.unread:
        return ""
    typed = request.args.get(TYPED_TOWN)
    if typed is not None:
        near = _near(look.asked, typed)
        return "" if near is None else look.of(near).address
    given = [(word, value) for word, value in request.args.items(multi=True) if word in WORDS]
    usual = list(MultiDict(look.arguments).items(multi=True))
    return "" if given == [(word, str(value)) for word, value in usual] else look.address


def _near(asked: CalendarFilter, typed: str) -> CalendarFilter | None:
    """The filter around the municipality whose name was typed; None when it may be several, or none."""
    known = find_territory(asked.near) if asked.near else None
    if known is not None and known.name == typed.strip():
        return asked
    if not typed.strip():
        return asked.without("pres")
    found = search(typed, MOST_TOWNS).suggestions
    same = [each for each in found if search_key(each.name) == search_key(typed)] or found
    return _around(same[0].geo_code) if len(same) == 1 else None


def _around(geo_code: str) -> CalendarFilter:
    """What the form asks, around that municipality and as far as it says."""
    given = request.args.copy()
    given["pres"] = geo_code
    return CalendarFilter.from_arguments(given)


def _calendar(look: Look, now: datetime) -> str:
    look = look.of(look.asked.of_today()).at(look.page)
    look.asked.place()
    edition, dates_, today = current_edition(), index.current(), clock.today(now)
    scope = None if look.asked.since or look.asked.until else edition.id
    offer = choices.offered(look, dates_, edition, today, scope)
    total = dates_.count(look.asked, edition_id=scope)
    return render_template(
        f"agenda/calendar_{look.drawing.name.lower()}.html",
        **_frame(edition),
        **_drawn(look, dates_, scope, edition=edition, now=now),
        look=look,
        drawings=_drawings(look),
        title=describe(look.asked),
        total=total,
        offer=offer,
        radii=choices.radii(),
        kept=_kept(look),
        typed=request.args.get(TYPED_TOWN, ""),
        towns=_towns(look),
        widenings=[] if total else choices.widenings(look, dates_, edition.id, offer),
        everything=Look(asked=CalendarFilter(), drawing=look.drawing).address,
        past=_past(dates_, edition),
        count_of=choices.dates,
    )


def _drawn(
    look: Look, dates_: Calendar, scope: int | None, *, edition: Edition, now: datetime
) -> dict[str, object]:
    """What the template of that drawing is given."""
    if look.drawing is Drawing.MONTH:
        first = look.month or _usual_month(look.asked, edition, clock.today(now))
        return {"month": drawings.month_of(look, dates_, scope, first)}
    if look.drawing is Drawing.MAP:
        regions = {region.code: region.name for region in list_regions()}
        return {"maps": drawings.maps_of(look, dates_.matching(look.asked, edition_id=scope), regions)}
    rows = dates_.matching(look.asked, edition_id=scope, with_moved=True)
    pages = max(1, -(-len(rows) // PAGE_SIZE))
    page = min(look.page, pages)
    shown = rows[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    around = dates_.place_of(look.asked.near)
    return {
        "page": page,
        "pages": pages,
        "previous": look.at(page - 1).address if page > 1 else None,
        "next": look.at(page + 1).address if page < pages else None,
        "days": drawings.by_day(shown, look.asked, around, now),
    }


def _usual_month(asked: CalendarFilter, edition: Edition, today: date) -> date:
    """That of the first day asked for, else that of the week of the edition."""
    return (asked.since or edition.start_on or today).replace(day=1)


def _drawings(look: Look) -> list[choices.Link]:
    names = {Drawing.LIST: _("Liste"), Drawing.MONTH: _("Mois"), Drawing.MAP: _("Carte")}
    return [
        choices.Link(name, look.drawn(drawing).address, is_current=drawing is look.drawing)
        for drawing, name in names.items()
    ]


def _kept(look: Look) -> list[tuple[str, object]]:
    """What the form does not ask again, and must not lose."""
    told = look.at(1).arguments
    return [(word, told[word]) for word in ("municipalite", "pres", "vue", "mois") if word in told] + (
        [("mrc", look.asked.mrc)] if look.asked.mrc and not look.asked.region else []
    )


def _towns(look: Look) -> list[choices.Link]:
    """The municipalities that the typed name may mean, to choose from."""
    typed = request.args.get(TYPED_TOWN, "")
    found = search(typed, MOST_TOWNS).suggestions if typed.strip() else ()
    return [choices.Link(each.label, look.of(_around(each.geo_code)).address) for each in found]


def _past(dates_: Calendar, edition: Edition) -> choices.Link | None:
    """Where what past editions offered is still read."""
    if edition.start_on is None:
        return None
    asked = CalendarFilter(until=edition.start_on.replace(month=1, day=1) - timedelta(days=1))
    count = dates_.count(asked)
    return (
        choices.Link(_("Activités des éditions passées"), Look(asked=asked).address, count) if count else None
    )


@blueprint.get("/calendrier/abonnement")
def subscribe() -> Response:
    """How to subscribe, application by application."""
    return conditional(public_state(clock.now()), _subscribe, reads=CalendarFilter.WORDS)


def _subscribe() -> str:
    asked = CalendarFilter.from_arguments(request.args).of_today()
    place = asked.place()
    address = Subscription(part=asked).address
    webcal = "webcal://" + address.partition("://")[2]
    return render_template(
        "agenda/subscribe.html",
        **_frame(current_edition()),
        asked=asked,
        place=describe(asked) if asked.arguments.keys() - PLACES else place,
        regions=list_regions(),
        address=address,
        insistent=Subscription(part=asked, is_insistent=True).address,
        tables=_tables_of(asked),
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


def _tables_of(asked: CalendarFilter) -> list[tuple[str, str, list[_Part]]]:
    """The calendars that one may choose instead: an identifier, a title, their addresses."""
    title, parts = _parts_of(asked)
    tables = [("adresses", title, parts)] if parts else []
    if asked.arguments:
        return tables
    types = [_Part(word, CalendarFilter(types=(value,))) for value, word in CHOICES["type"].items()]
    themes = [_Part(word, CalendarFilter(themes=(value,))) for value, word in CHOICES["theme"].items()]
    return [
        *tables,
        ("adresses-types", _("Par type d’activité"), types),
        ("adresses-themes", _("Par thème"), themes),
    ]


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
