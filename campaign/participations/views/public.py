"""The pages that anyone reads: the edition, who takes part, one municipality."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import partial
from typing import NamedTuple
from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Response,
    abort,
    get_template_attribute,
    redirect,
    render_template,
    request,
    url_for,
)

from campaign import clock
from campaign.campaigns.context import edition_on_show
from campaign.campaigns.models import Edition
from campaign.db import TERRITORIES
from campaign.errors import NotFound
from campaign.events.wording import Label, Occasion, agenda_line, hour_text, labels, place_text
from campaign.i18n import _, ngettext
from campaign.participations import figures, queries, states, words
from campaign.participations.models import Participation, ResolutionState
from campaign.participations.queries import Coverage, Group, Occasions, Place
from campaign.territory.grammar import legal_name_with_article, region_with_in, with_de
from campaign.territory.map import Map, MapPoint, north_map, region_map, south_map
from campaign.territory.models import Territory
from campaign.territory.names import designation_in_sentence, label_for
from campaign.territory.queries import find_successor, get_territory
from campaign.territory.search import search
from campaign.web.filters import number
from campaign.web.freshness import public_state, shared, unless_changed
from campaign.web.responses import conditional

blueprint = Blueprint("public", __name__)

COMING = 6
FOUND = 30


class Standing(StrEnum):
    """The filter « par état » of the list of participants; the values are those of the address."""

    ALL = "toutes"
    TAKING_PART = "participantes"
    SILENT = "pas-encore"
    RAISED = "drapeau-hisse"


@blueprint.get("/")
def home() -> Response:
    """The edition at a glance."""
    now = clock.now()
    return conditional(public_state(now), lambda: _home(now))


def _home(now: datetime) -> str:
    edition = edition_on_show()
    coverage = _coverage(edition)
    coming = queries.list_coming_ceremonies(edition.id, today=clock.today(now), limit=COMING)
    live = figures.compute(edition.id, now=now)
    return render_template(
        "participations/home.html",
        edition=edition,
        figures=live,
        map=_south_map(edition, coverage),
        regions=_counted(coverage.regions),
        numbers=_numbers(live, raised=_count_raised(coverage, now)),
        lines=[agenda_line(occasion, now=now) for occasion in coming],
    )


@blueprint.get("/municipalites")
def participants() -> Response:
    """Who takes part, by region and MRC; `q` searches, `region` comes closer, `etat` sorts out."""
    now = clock.now()
    return conditional(public_state(now), lambda: _participants(now), reads=("q", "region", "etat"))


def _participants(now: datetime) -> str:
    query = request.args.get("q", "").strip()
    region_code = request.args.get("region") or None
    edition = edition_on_show()
    coverage = _coverage(edition)
    region = coverage.region(region_code) if region_code else None
    if region_code and region is None:
        raise NotFound(_("Aucune région ne porte ce code. Choisissez-en une dans la liste."))
    if query:
        return _search(query, region.places if region else coverage.places, edition, now)
    if region:
        return _region(region, edition, now)
    return _province(coverage, edition, now)


def _coverage(edition: Edition) -> Coverage:
    return shared(("standings", edition.id), lambda: queries.list_coverage(edition.id))


def _south_map(edition: Edition, coverage: Coverage) -> Map:
    return _marked(south_map, edition, coverage)


def _marked(draw: Callable[[Sequence[MapPoint]], Map], edition: Edition, coverage: Coverage) -> Map:
    """A view of the province: its places are laid out once, who takes part is marked at each change."""

    view = shared((draw, coverage.gone), lambda: draw(_points(coverage.places)), of=TERRITORIES)
    codes = coverage.codes
    return unless_changed((draw, edition.id), (view, codes), lambda: view.marking(codes))


def _province(coverage: Coverage, edition: Edition, now: datetime) -> str:
    standing = _standing(Standing.TAKING_PART)
    raised = _count_raised(coverage, now)
    return render_template(
        "participations/participants.html",
        edition=edition,
        figures=figures.compute(edition.id, now=now),
        map=_south_map(edition, coverage),
        north=_marked(north_map, edition, coverage),
        raised=raised,
        standing=standing,
        choices=_choices(coverage, raised=raised),
        regions=_counted(coverage.regions),
        roster=_roster(coverage.regions, standing, edition, now),
        others=coverage.others,
    )


def _region(region: Group, edition: Edition, now: datetime) -> str:
    standing = _standing(Standing.ALL)
    occasions = queries.list_occasions(edition.id, region.places)
    return render_template(
        "participations/region.html",
        edition=edition,
        as_of=now,
        region=region,
        in_region=region_with_in(region.name),
        map=_region_map(region, edition),
        standing=standing,
        choices=_choices(region, raised=_count_raised(region, now)),
        mrcs=[
            (mrc, _rows(places, occasions, now))
            for mrc in region.groups
            if (places := _kept(mrc, standing, now))
        ],
    )


def _region_map(region: Group, edition: Edition) -> Map:
    return unless_changed(
        (region_map, region.code, edition.id),
        (region.area, region.places),
        lambda: region_map(region.code, _points(region.places, with_links=True)),
    )


def _search(query: str, places: Iterable[Place], edition: Edition, now: datetime) -> str:
    result = search(query, FOUND)
    codes = {suggestion.geo_code for suggestion in result.suggestions}
    found = [place for place in places if place.geo_code in codes]
    rows = _rows(found, queries.list_occasions(edition.id, found), now)
    by_code = {row.place.geo_code: row for row in rows}
    return render_template(
        "participations/search.html",
        edition=edition,
        query=query,
        total=result.total,
        found=[(each, by_code.get(each.geo_code)) for each in result.suggestions],
        as_of=now,
    )


@blueprint.get("/municipalites/<geo_code>")
def municipality(geo_code: str) -> Response:
    """One municipality across the editions; the address of one that was merged leads to its successor."""
    now = clock.now()
    return conditional(public_state(now), lambda: _municipality(geo_code, now))


def _municipality(geo_code: str, now: datetime) -> str:
    territory, edition = get_territory(geo_code), edition_on_show()
    if territory.valid_to is not None and (successor := find_successor(territory)):
        abort(redirect(url_for(".municipality", geo_code=successor.geo_code), 301))
    record = _Record.of(territory, edition, queries.list_public_participations(territory))
    neighbours, occasions = queries.list_neighbours(edition.id, territory) or (None, {})
    return render_template(
        "participations/municipality.html",
        edition=edition,
        as_of=now,
        territory=territory,
        label_text=label_for(territory, unless_unique=True),
        situation=_situation(territory),
        legal_name=legal_name_with_article(territory.designation_name, territory.name, territory.de_form),
        record=record,
        lines=[agenda_line(Occasion.of(each.event), now=now) for each in record.ceremonies if each.event],
        neighbours=neighbours,
        neighbour_rows=_rows(neighbours.places, occasions, now) if neighbours else [],
        history=[_Chapter.of(each, territory) for each in record.past],
    )


@dataclass(frozen=True, kw_only=True)
class _Record:
    """What a municipality did, this year and before."""

    current: tuple[Participation, ...]
    """Of this edition, called off or not."""
    counted: tuple[Participation, ...]
    boroughs: tuple[Participation, ...]
    """Those of the counted ones that boroughs made."""
    past: tuple[Participation, ...]

    @classmethod
    def of(cls, territory: Territory, edition: Edition, all_of_them: Sequence[Participation]) -> _Record:
        current = tuple(each for each in all_of_them if each.edition_id == edition.id)
        counted = tuple(each for each in current if each.state in states.COUNTED)
        return cls(
            current=current,
            counted=counted,
            boroughs=tuple(each for each in counted if each.territory.parent_id == territory.id),
            past=tuple(
                each for each in all_of_them if each.edition_id != edition.id and each.state in states.COUNTED
            ),
        )

    @property
    def ceremonies(self) -> list[Participation]:
        """Those of this edition that the public may see, in the order of their days."""
        shown = [each for each in self.current if each.event and each.event.is_published]
        return sorted(shown, key=_first_day)

    @property
    def is_through_boroughs(self) -> bool:
        return bool(self.counted) and len(self.boroughs) == len(self.counted)

    @property
    def modes(self) -> str:
        """In words, once each, whatever the number of boroughs that do it."""
        done = {mode for each in self.counted for mode in each.modes}
        return _enumerated(name for mode, name in words.MODES.items() if mode.value in done)

    @property
    def adopted_resolution(self) -> Participation | None:
        return next((each for each in self.counted if each.resolution_state is ResolutionState.ADOPTED), None)


def _first_day(participation: Participation) -> date:
    sessions = participation.event.sessions if participation.event else []
    return (sessions[0].starts_on if sessions else None) or date.max


@dataclass(frozen=True, kw_only=True)
class _Chapter:
    """One past edition in the history of a municipality."""

    edition: Edition
    modes: str
    who: str
    """When it was not the municipality under its name of today: a borough, or a past name."""
    occasion: Occasion | None
    place: str
    note: str
    source_url: str

    @property
    def site(self) -> str:
        """« lanouvelle.net »"""
        return (urlsplit(self.source_url).hostname or "").removeprefix("www.")

    @classmethod
    def of(cls, participation: Participation, territory: Territory) -> _Chapter:
        occasion = Occasion.of(participation.event) if participation.event else None
        return cls(
            edition=participation.edition,
            modes=words.modes(participation),
            who=_who_then(participation, territory),
            occasion=occasion,
            place=place_text(occasion) if occasion else "",
            note=participation.source_note,
            source_url=participation.source_url,
        )


# --- what the templates are given -----------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Row:
    """A place in a table."""

    place: Place
    occasion: Occasion | None
    """Its published ceremony, called off or not."""
    mark: str
    """The kind of pennant drawn before the word (component `state`)."""
    word: str
    day: date | None
    hour: str
    labels: tuple[Label, ...]


class Counted(NamedTuple):
    """A line of a table of regions."""

    code: str
    name: str
    told: str
    """« 12 sur 15 »"""


class Listed(NamedTuple):
    """The places of one MRC that the filter keeps; its « n sur n » stays that of the whole MRC."""

    name: str
    told: str
    places: list[tuple[str, str, bool]]
    """Of each its code, its label, and whether it takes part by its boroughs."""


def _who_then(participation: Participation, territory: Territory) -> str:
    if participation.territory.parent_id == territory.id:
        return str(_("Par l’arrondissement %(name)s", name=with_de(participation.territory_name)))
    if participation.territory_name != territory.name:
        return str(_("Sous le nom de %(name)s", name=participation.territory_name))
    return ""


def _enumerated(names: Iterable[str]) -> str:
    """« Lever du drapeau, résolution du conseil »"""
    first, *others = [*names] or [""]
    return ", ".join([first, *(name[0].lower() + name[1:] for name in others)])


def _numbers(live: figures.Figures, *, raised: int) -> list[tuple[int, str]]:
    """The figures beside the first one; those that are still nil are not told."""
    told = (
        (raised, ngettext("drapeau déjà hissé", "drapeaux déjà hissés", raised)),
        (live.flags, ngettext("lever de drapeau", "levers de drapeau", live.flags)),
        (live.resolutions, ngettext("résolution adoptée", "résolutions adoptées", live.resolutions)),
        (live.activities, ngettext("activité", "activités", live.activities)),
    )
    return [(number, word) for number, word in told if number]


def _situation(territory: Territory) -> str:
    """« Municipalité, MRC La Matanie, 2 134 habitants »"""
    designation = designation_in_sentence(territory.designation_name)
    mrc = territory.mrc.name if territory.mrc else ""
    parts = (
        designation[:1].upper() + designation[1:],
        _("%(city)s, arrondissement", city=territory.parent.name) if territory.parent else "",
        f"MRC {mrc}" if territory.mrc_kind == "MRC" else "",
        _("%(number)s habitants", number=number(territory.population)) if territory.population else "",
    )
    return ", ".join(part for part in parts if part)


def _points(places: Iterable[Place], *, with_links: bool = False) -> list[MapPoint]:
    address = url_for("public.municipality", geo_code="00000")  # asked once: there may be two hundred
    return [
        MapPoint(
            place.geo_code,
            place.label,
            place.spot.latitude,
            place.spot.longitude,
            is_confirmed=place.takes_part,
            url=address.replace("00000", place.geo_code) if with_links else None,
        )
        for place in places
        if place.spot.latitude is not None and place.spot.longitude is not None
    ]


def _rows(places: Iterable[Place], occasions: Occasions, now: datetime) -> list[Row]:
    words_of = {
        "raised": str(_("Drapeau hissé")),
        "boroughs": str(_("Participe par ses arrondissements")),
        "taking_part": str(_("Participe")),
        "silent": str(_("Pas encore")),
    }
    return [_row(place, occasions.get(place.spot.id), words_of[_word(place, now)], now) for place in places]


def _word(place: Place, now: datetime) -> str:
    if not place.takes_part:
        return "silent"
    if place.flag_is_up(now):
        return "raised"
    return "boroughs" if place.is_through_boroughs else "taking_part"


def _row(place: Place, occasion: Occasion | None, word: str, now: datetime) -> Row:
    changes = labels(occasion, now=now) if occasion else []
    return Row(
        place=place,
        occasion=occasion,
        mark="confirmed" if place.takes_part else "none",
        word=word,
        day=occasion.starts_on if occasion else None,
        hour=hour_text(occasion) if occasion else "",
        labels=tuple(label for label in changes if label[1] != "good"),
    )


def _counted(groups: Iterable[Group]) -> list[Counted]:
    """The sentence is looked up once: the list of participants says it a hundred times."""
    count = _("%(count)s sur %(total)s")
    return [
        Counted(
            group.code,
            group.name,
            count % {"count": number(group.confirmed), "total": number(group.total)},
        )
        for group in groups
    ]


def _roster(regions: Iterable[Group], standing: Standing, edition: Edition, now: datetime) -> list[str]:
    """The list of participants, region by region and MRC by MRC; those where nobody is kept are left out.

    A registration changes one region: the others stay as they were drawn.
    """
    drawn = []
    for region in regions:
        if kept := _kept(region, standing, now):
            drawn.append(
                unless_changed(
                    ("roster", edition.id, region.code, standing),
                    (region.area, region.places, kept),
                    partial(_drawn, region, kept),
                )
            )
    return drawn


def _drawn(region: Group, kept: Iterable[Place]) -> str:
    draw: Callable[..., str] = get_template_attribute("participations/macros.html", "roster")
    return draw(*_listed(region, {place.geo_code for place in kept}))


def _listed(region: Group, codes: Collection[str]) -> tuple[Counted, list[Listed]]:
    """What is told of a region and of its MRC, with the places of these codes."""
    return _counted([region])[0], [
        Listed(name, told, [(each.geo_code, each.label, each.is_through_boroughs) for each in places])
        for mrc, (_code, name, told) in zip(region.groups, _counted(region.groups), strict=True)
        if (places := [place for place in mrc.places if place.geo_code in codes])
    ]


def _standing(usual: Standing) -> Standing:
    """The filter asked in the address; a word that is none of them asks for nothing."""
    asked = request.args.get("etat")
    return Standing(asked) if asked in set(Standing) else usual


def _kept(group: Group, standing: Standing, now: datetime) -> tuple[Place, ...]:
    if standing is Standing.TAKING_PART:
        return group.taking_part
    if standing is Standing.SILENT:
        return tuple(place for place in group.places if not place.takes_part)
    if standing is Standing.RAISED:
        return tuple(place for place in group.taking_part if place.flag_is_up(now))
    return group.places


def _count_raised(among: Coverage | Group, now: datetime) -> int:
    return sum(place.flag_is_up(now) for place in among.taking_part)


def _choices(among: Coverage | Group, *, raised: int) -> list[tuple[Standing, str, int]]:
    """The filters with how many places each one keeps; those that keep none are left out."""
    everyone, taking_part = len(among.places), len(among.taking_part)
    choices = [
        (Standing.ALL, _("Toutes"), everyone),
        (Standing.TAKING_PART, _("Participantes"), taking_part),
        (Standing.RAISED, _("Drapeau déjà hissé"), raised),
        (Standing.SILENT, _("Pas encore"), everyone - taking_part),
    ]
    return [choice for choice in choices if choice[2]]
