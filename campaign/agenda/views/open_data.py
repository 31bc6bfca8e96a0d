"""Open data: the calendar in files that anybody may take, and the page that says what they hold."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Blueprint, Flask, Response, current_app, render_template, request

from campaign import clock
from campaign.agenda import exports, index
from campaign.agenda.exports import About, Codes, Kind
from campaign.agenda.filters import CalendarFilter
from campaign.agenda.phrases import describe
from campaign.agenda.records import Records
from campaign.campaigns.queries import current_edition, organization
from campaign.db import CALENDAR, TERRITORIES, changed_second
from campaign.i18n import _
from campaign.web.freshness import public_state, public_url, revisions_read
from campaign.web.renewed import RenewedFile, answer_renewed
from campaign.web.responses import conditional

blueprint = Blueprint("open_data", __name__)

MEMORY_BYTES = 48_000_000
"""How much of its files one process keeps; all of a calendar of 10,000 dates is about 15 million."""


class Files:
    """The files most recently asked for, and the records that they share."""

    def __init__(self, limit: int = MEMORY_BYTES) -> None:
        self.limit = limit
        self.size = 0
        self.records = Records()
        self.making = threading.Lock()
        self.kept: OrderedDict[object, tuple[object, RenewedFile]] = OrderedDict()

    def get(self, kind: Kind, asked: CalendarFilter, numbers: Mapping[str, int]) -> RenewedFile:
        """The file in its state of now, made by one thread at a time."""
        key = kind.endpoint, kind.options, asked
        state = numbers.get(CALENDAR, 0), numbers.get(TERRITORIES, 0)
        known = self.kept.get(key)
        if known is None or known[0] != state:
            with self.making:
                known = self.kept.get(key)
                if known is None or known[0] != state:
                    known = state, self._make(kind, asked, numbers)
                    self._keep(key, known)
        return known[1]

    def _make(self, kind: Kind, asked: CalendarFilter, numbers: Mapping[str, int]) -> RenewedFile:
        part = asked.of_today()
        part.place()
        second = changed_second(dict(numbers))
        rows = index.current().matching(part, with_closed=True)
        records = self.records.of(rows, numbers.get(TERRITORIES, 0))
        return RenewedFile(kind.write(records, _about(kind, part, second)), kind.mimetype, second)

    def _keep(self, key: object, made: tuple[object, RenewedFile]) -> None:
        before = self.kept.pop(key, None)
        self.size += len(made[1].body) - (len(before[1].body) if before else 0)
        self.kept[key] = made
        while self.size > self.limit and len(self.kept) > 1:
            _key, dropped = self.kept.popitem(last=False)
            self.size -= len(dropped[1].body)


def _about(kind: Kind, part: CalendarFilter, second: int) -> About:
    carrier = organization()
    return About(
        title=f"{carrier.campaign_name} – {describe(part)}",
        author=carrier.name,
        page=public_url("agenda.calendar", **part.arguments),
        address=public_url(kind.endpoint, **part.arguments, **dict(kind.options)),
        updated_at=datetime.fromtimestamp(second, UTC).isoformat().replace("+00:00", "Z"),
    )


def _answer(kind: Kind, name: str = "") -> Response:
    files: Files = current_app.extensions["open_files"]
    asked = CalendarFilter.from_arguments(request.args)
    response = answer_renewed(files.get(kind, asked, revisions_read()))
    response.headers["Link"] = f'<{exports.LICENCE_URL}>; rel="license"'
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    if name:
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@blueprint.get("/calendrier.atom")
def atom() -> Response:
    """What changed last, for news readers."""
    return _answer(exports.ATOM_FEED)


@blueprint.get("/donnees/evenements.csv")
def csv() -> Response:
    """For spreadsheets; `codes=bruts` for programs, which read no formulas."""
    is_plain = request.args.get("codes") == Codes.PLAIN
    return _answer(exports.CSV_PLAIN if is_plain else exports.CSV, "evenements.csv")


@blueprint.get("/donnees/evenements.json")
def json() -> Response:
    """For programs."""
    return _answer(exports.JSON)


@blueprint.get("/donnees/evenements.geojson")
def geojson() -> Response:
    """For maps."""
    return _answer(exports.GEOJSON)


@blueprint.get("/donnees")
def page() -> Response:
    """What the files hold, under which licence, and where they are."""
    return conditional(public_state(clock.now()), _page, reads=CalendarFilter.WORDS)


FIELDS = {
    "uid": _("identifiant de la date, le même que dans les calendriers (UID); il ne change jamais"),
    "adresse": _("page de l’activité"),
    "titre": _("titre"),
    "type": _("type, comme dans les adresses du calendrier"),
    "type_nom": _("type, en mots"),
    "etat": _("a-confirmer, prevue, reportee, annulee ou tenue"),
    "raison": _("raison donnée d’un report ou d’une annulation"),
    "debut": _("début avec son décalage horaire (ISO 8601), ou le jour seul"),
    "fin": _("fin, de même; vide si elle n’est pas annoncée"),
    "debut_prevu": _("début prévu avant un report"),
    "date_texte": _("la même date, en mots"),
    "fuseau": _("fuseau horaire du lieu (IANA)"),
    "edition": _("numéro de l’édition"),
    "simulee": _("oui pour une démonstration"),
    "lieu": _("lieu; vide s’il n’est pas public"),
    "municipalite_code": _("code géographique de la municipalité"),
    "municipalite": _("municipalité"),
    "mrc_code": _("code de la MRC"),
    "mrc": _("MRC"),
    "region_code": _("code de la région administrative"),
    "region": _("région administrative"),
    "latitude": _("latitude de la municipalité, non du lieu exact"),
    "longitude": _("longitude de la municipalité"),
    "format": _("sur-place, en-ligne ou hybride"),
    "lien": _("adresse pour participer en ligne, quand elle est publique"),
    "ouverture": _("qui peut venir"),
    "publics": _("publics visés"),
    "themes": _("thèmes"),
    "accessibilite": _("accessibilité"),
    "langues": _("langues de l’activité"),
    "cout": _("gratuit, montant ou contribution-volontaire; vide si personne ne l’a dit"),
    "prix": _("prix, en mots"),
    "inscription": _("comment s’inscrire; vide s’il n’y a pas à le faire"),
    "places": _("nombre de places"),
    "organisme": _("organisme"),
    "description": _("description"),
    "image": _("adresse de l’image"),
    "image_texte": _("texte de remplacement de l’image"),
    "image_credit": _("crédit de l’image"),
    "publiee_le": _("instant de l’inscription au calendrier (UTC)"),
    "modifiee_le": _("instant du dernier changement (UTC)"),
    "licence": _("licence de ces données (CSV seulement; ailleurs, en tête du fichier)"),
}
"""What each field holds, for the page."""


@dataclass(frozen=True)
class _File:
    """One address to take."""

    id: str
    name: str
    address: str


def _page() -> str:
    asked = CalendarFilter.from_arguments(request.args).of_today()
    asked.place()
    edition = current_edition()
    words = asked.arguments
    return render_template(
        "agenda/open_data.html",
        asked=asked,
        what=describe(asked),
        files=[
            _File("csv", "CSV", public_url(".csv", **words)),
            _File("json", "JSON", public_url(".json", **words)),
            _File("geojson", "GeoJSON", public_url(".geojson", **words)),
            _File("atom", "Atom", public_url(".atom", **words)),
        ],
        plain=public_url(".csv", codes=Codes.PLAIN, **words),
        licence=exports.LICENCE,
        licence_url=exports.LICENCE_URL,
        sources=exports.SOURCES,
        fields=[(name, FIELDS[name]) for name in exports.COLUMNS],
        edition=edition,
        edition_is_simulated=edition.is_simulated,
        organization=organization(),
    )


def init_app(app: Flask) -> None:
    """One memory of files per application."""
    app.extensions["open_files"] = Files()
    app.register_blueprint(blueprint)
