"""The calendar as files for programs: CSV, JSON, GeoJSON (RFC 7946) and Atom (RFC 4287), with their licence.

Each is made from the same records, once per state of the calendar and part asked for.
"""

from __future__ import annotations

import io
import json
import re
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any
from xml.etree import ElementTree as ET

from campaign.agenda.records import Record
from campaign.events.vocabulary import THEMES, Theme
from campaign.web.spreadsheets import csv_lines, typed

LICENCE = "CC BY 4.0"
LICENCE_URL = "https://creativecommons.org/licenses/by/4.0/deed.fr"
SOURCES = (
    "Noms, codes et points des municipalités\u00a0: Répertoire des municipalités et Découpages"
    " administratifs, gouvernement du Québec (CC BY 4.0)."
)
"""Whom to name besides us: their data is in ours."""

ENTRIES = 100
"""Those of the Atom feed: the dates that changed last."""

ATOM = "http://www.w3.org/2005/Atom"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Letters that no XML document may hold (XML 1.0 §2.2), however they are written."""

SEPARATOR = " | "
"""Between the values of a cell that has several."""

NAMES = tuple(field.name for field in fields(Record))
COLUMNS = (*NAMES, "licence")
CODES = frozenset({"municipalite_code", "mrc_code", "region_code"})


class Codes(StrEnum):
    """How a CSV file writes codes: Excel takes « 01 » for a number unless a formula says it is a text."""

    EXCEL = "excel"
    PLAIN = "bruts"


@dataclass(frozen=True, kw_only=True)
class About:
    """What a file says of itself."""

    title: str
    author: str
    page: str
    """Where people read the same."""
    address: str
    """Of the file."""
    updated_at: str
    """When the calendar last changed."""

    @property
    def attribution(self) -> str:
        return f"{self.author}, {self.page} ({LICENCE})"


def csv_file(records: Sequence[Record], about: About, codes: Codes = Codes.EXCEL) -> bytes:
    """For spreadsheets: UTF-8 with its mark, semicolons, no cell taken for a formula."""
    lines = (_cells(record, codes) for record in records)
    return "".join(csv_lines(COLUMNS, lines)).encode()


def _cells(record: Record, codes: Codes) -> list[str]:
    cells = [_cell(name, getattr(record, name), codes) for name in NAMES]
    return [*cells, LICENCE]


def _cell(name: str, value: Any, codes: Codes) -> str:
    if name in CODES:
        return f'="{value}"' if value and codes is Codes.EXCEL else value
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, tuple):
        return SEPARATOR.join(value)
    if name in ("latitude", "longitude"):
        return "" if value is None else str(value)
    return "" if value is None else typed(str(value))


def json_file(records: Sequence[Record], about: About) -> bytes:
    """For programs: what it is, then each date."""
    told = [_told(record) for record in records]
    return _json(_head(about) | {"nombre": len(told), "evenements": told})


def geojson_file(records: Sequence[Record], about: About) -> bytes:
    """For maps: a point for each date, that of its municipality; what is online has none."""
    return _json(
        {"type": "FeatureCollection", **_head(about), "features": [_feature(record) for record in records]}
    )


def _head(about: About) -> dict[str, object]:
    return {
        "titre": about.title,
        "licence": LICENCE,
        "licence_adresse": LICENCE_URL,
        "attribution": about.attribution,
        "sources": SOURCES,
        "adresse": about.address,
        "page": about.page,
        "modifie_le": about.updated_at,
    }


def _feature(record: Record) -> dict[str, object]:
    told = _told(record)
    latitude, longitude = told.pop("latitude"), told.pop("longitude")
    point = None if latitude is None else {"type": "Point", "coordinates": [longitude, latitude]}
    return {"type": "Feature", "id": record.uid, "geometry": point, "properties": told}


def _told(record: Record) -> dict[str, Any]:
    """Its fields by name; `dataclasses.asdict` would copy each value, for three times the work."""
    return {name: getattr(record, name) for name in NAMES}


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def atom_file(records: Sequence[Record], about: About) -> bytes:
    """For news readers: the dates that changed last, what changed said in the title."""
    latest = sorted(records, key=lambda record: (record.modifiee_le, record.uid), reverse=True)[:ENTRIES]
    feed = ET.Element("feed", {"xmlns": ATOM, XML_LANG: "fr-CA"})
    _child(feed, "id", _urn(about.address))
    _child(feed, "title", about.title)
    _child(feed, "updated", latest[0].modifiee_le if latest else about.updated_at)
    _child(_child(feed, "author"), "name", about.author)
    _child(feed, "rights", f"{about.attribution}. {SOURCES}")
    _child(feed, "link", rel="self", type="application/atom+xml", href=about.address)
    _child(feed, "link", rel="alternate", type="text/html", href=about.page)
    _child(feed, "link", rel="license", href=LICENCE_URL)
    for record in latest:
        _entry(feed, record)
    octets = io.BytesIO()
    ET.ElementTree(feed).write(octets, encoding="utf-8", xml_declaration=True)
    return octets.getvalue()


def _entry(feed: ET.Element, record: Record) -> None:
    entry = _child(feed, "entry")
    _child(entry, "id", _urn(record.uid))
    _child(entry, "title", atom_title(record))
    _child(entry, "updated", record.modifiee_le)
    _child(entry, "published", record.publiee_le)
    _child(entry, "link", rel="alternate", type="text/html", href=record.adresse)
    _child(entry, "summary", "\n".join(_summary(record)))
    _child(entry, "category", term=record.type, label=record.type_nom)
    for theme in record.themes:
        _child(entry, "category", term=theme, label=THEMES[Theme(theme)])


def atom_title(record: Record) -> str:
    """« ANNULÉ – Heure du conte »: readers of news show little else."""
    words = {"annulee": "ANNULÉ – ", "reportee": "REPORTÉ – "}
    return words.get(record.etat, "") + record.titre


def _summary(record: Record) -> list[str]:
    where = ", ".join(filter(None, (record.lieu, record.municipalite or record.region)))
    return [line for line in (record.date_texte, where, record.raison, record.description) if line]


def _child(parent: ET.Element, name: str, text: str = "", **attributes: str) -> ET.Element:
    told = {name: _xml_text(value) for name, value in attributes.items()}
    child = ET.SubElement(parent, name, told)
    if text:
        child.text = _xml_text(text)
    return child


def _xml_text(text: str) -> str:
    return NOT_XML.sub("", text)


def _urn(name: str) -> str:
    """A UUID as it is; anything else as the UUID that it always gives."""
    try:
        return uuid.UUID(name).urn
    except ValueError:
        return uuid.uuid5(uuid.NAMESPACE_URL, name).urn


Writer = Callable[[Sequence[Record], About], bytes]


@dataclass(frozen=True)
class Kind:
    """One of the files, under its address."""

    endpoint: str
    mimetype: str
    write: Writer
    options: tuple[tuple[str, str], ...] = ()
    """Other words of its address."""


def _plain_csv(records: Sequence[Record], about: About) -> bytes:
    return csv_file(records, about, Codes.PLAIN)


CSV = Kind("open_data.csv", "text/csv", csv_file)
CSV_PLAIN = Kind("open_data.csv", "text/csv", _plain_csv, (("codes", Codes.PLAIN.value),))
JSON = Kind("open_data.json", "application/json", json_file)
GEOJSON = Kind("open_data.geojson", "application/geo+json", geojson_file)
ATOM_FEED = Kind("open_data.atom", "application/atom+xml", atom_file)
