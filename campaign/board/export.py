"""The list as a spreadsheet file that opens right in a French Excel, and still reads well elsewhere.

UTF-8 with its mark, semicolons, ISO dates with a readable column beside. Codes keep their zeros: Excel takes
« 07105 » for a number whatever the quotes around it, and only the formula `="07105"` stays a text when the
file is opened by a double click. Programs that read no formulas ask for plain codes (`codes=bruts`).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from enum import StrEnum

from campaign import clock
from campaign.board.calls import LABELS as CALL_LABELS
from campaign.board.queries import Row
from campaign.campaigns.models import Edition
from campaign.campaigns.numbers import participation_number
from campaign.participations import states, words
from campaign.participations.models import KitState, Participation
from campaign.web.filters import full_date, hour, long_date, telephone
from campaign.web.spreadsheets import typed


class Codes(StrEnum):
    """How codes are written."""

    EXCEL = "excel"
    PLAIN = "bruts"


HEADER = (
    "code", "municipalité", "désignation", "code de MRC", "MRC", "code de région", "région", "état", "numéro",
    "à vérifier", "façons de participer", "date du lever (ISO)", "date du lever", "heure", "lieu",
    "résolution", "numéro de résolution", "date de résolution (ISO)", "date de résolution",
    "trousse", "drapeaux", "affiches", "autocollants", "carrés-doudou",
    "adresse de livraison", "heures de livraison", "à l’attention de",
    "prénom", "nom", "fonction", "courriel", "courriel refusé", "téléphone", "poste", "médias",
    "inscrite le (ISO)", "inscrite le", "confirmée le (ISO)", "confirmée le", "provenance",
    "pourquoi appeler",
)  # fmt: skip


def csv_lines(
    rows: Iterable[Row], edition: Edition, *, prefix: str, codes: Codes = Codes.EXCEL
) -> Iterator[str]:
    """The file, line by line."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, HEADER, restval="", delimiter=";", lineterminator="\r\n")
    code = _excel_code if codes is Codes.EXCEL else str
    buffer.write("\ufeff")
    writer.writeheader()
    for row in rows:
        writer.writerow(_cells(row, edition, prefix, code))
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue()


def _cells(row: Row, edition: Edition, prefix: str, code: Callable[[str], str]) -> dict[str, str]:
    territory, participation = row.territory, row.participation
    cells = {
        "code": code(territory.geo_code),
        "municipalité": typed(territory.name),
        "désignation": territory.designation_name,
        "code de MRC": code(territory.mrc_code or ""),
        "MRC": territory.mrc.name if territory.mrc else "",
        "code de région": code(territory.region_code or ""),
        "région": territory.region.name if territory.region else "",
        "état": states.LABELS[row.state],
        "pourquoi appeler": CALL_LABELS[row.call] if row.call else "",
        **_reach(row),
    }
    if participation is not None:
        cells |= _answers(participation, edition, prefix) | _ceremony(participation) | _kit(participation)
    return cells


def _reach(row: Row) -> dict[str, str]:
    cells = {
        "courriel": typed(row.email),
        "courriel refusé": _yes(row.is_refused),
        "téléphone": typed(telephone(row.phone)),
        "poste": typed(row.extension),
    }
    if row.contact is not None:
        cells |= {
            "prénom": typed(row.contact.first_name),
            "nom": typed(row.contact.last_name),
            "fonction": typed(row.contact.role),
        }
    return cells


def _answers(participation: Participation, edition: Edition, prefix: str) -> dict[str, str]:
    number = participation_number(edition, participation.number, prefix) if participation.number else ""
    resolution_on, registered_at, confirmed_at = (
        participation.resolution_on,
        participation.registered_at,
        participation.confirmed_at,
    )
    return {
        "numéro": number,
        "à vérifier": _yes(participation.needs_review),
        "façons de participer": typed(words.modes(participation)),
        "résolution": words.RESOLUTION[participation.resolution_state],
        "numéro de résolution": typed(participation.resolution_number),
        **_day("date de résolution", resolution_on),
        **_day("inscrite le", clock.today(registered_at) if registered_at else None),
        **_day("confirmée le", clock.today(confirmed_at) if confirmed_at else None),
        "provenance": words.CHANNEL[participation.channel],
        "médias": _yes(participation.media_may_call),
    }


def _ceremony(participation: Participation) -> dict[str, str]:
    event = participation.event
    if event is None or not event.sessions:
        return {}
    sitting = event.sessions[0]
    at = hour(clock.to_local(sitting.starts_at, event.time_zone)) if sitting.starts_at else ""
    return {
        "date du lever (ISO)": sitting.starts_on.isoformat() if sitting.starts_on else "",
        "date du lever": full_date(sitting.starts_on),
        "heure": at,
        "lieu": typed(event.place),
    }


def _kit(participation: Participation) -> dict[str, str]:
    cells = {"trousse": words.KIT[participation.kit_state]}
    if participation.kit_state in (KitState.NOT_REQUESTED, KitState.ALREADY_OWNED):
        return cells
    return cells | {
        "drapeaux": str(participation.kit_flags),
        "affiches": str(participation.kit_posters),
        "autocollants": str(participation.kit_stickers),
        "carrés-doudou": str(participation.kit_blankets),
        "adresse de livraison": typed(participation.delivery_address),
        "heures de livraison": typed(participation.delivery_hours),
        "à l’attention de": typed(participation.delivery_attention),
    }


def _day(name: str, day: date | None) -> dict[str, str]:
    return {f"{name} (ISO)": day.isoformat(), name: long_date(day)} if day else {}


def _yes(value: bool) -> str:
    return "oui" if value else ""


def _excel_code(code: str) -> str:
    return f'="{code}"' if code else ""
