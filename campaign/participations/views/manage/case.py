"""The file that a page of the team is about: its edition, its municipality, its participation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from campaign.accounts.access import current_user, scope_of
from campaign.campaigns import queries as campaigns
from campaign.campaigns.models import Edition
from campaign.errors import Conflict, NotFound
from campaign.i18n import _
from campaign.participations import services, states, words
from campaign.participations.models import Channel, Participation, State
from campaign.participations.services import Author
from campaign.territory import queries as territories
from campaign.territory.models import Territory

blueprint = Blueprint("manage", __name__, url_prefix="/gestion")


@dataclass(frozen=True, kw_only=True)
class Case:
    """The file that a page is about."""

    edition: Edition
    territory: Territory
    participation: Participation | None


def edition_asked() -> Edition:
    """The edition of the address, else the current one."""
    number = request.args.get("edition", type=int)
    return campaigns.current_edition() if number is None else campaigns.get_edition(number)


def open_edition() -> Edition:
    """The same, to be written in; those kept as published are not touched."""
    edition = edition_asked()
    if edition.source_url:
        raise Conflict(_("Cette édition est conservée telle que publiée. Elle ne se modifie pas."))
    return edition


def territory_of(geo_code: str) -> Territory:
    """That municipality, if it is in the regions of whoever asks."""
    territory = territories.get_territory(geo_code)
    scope_of(current_user()).check(territory.region_code)
    return territory


def case_of(geo_code: str) -> Case:
    """Its file, to be written in; checked as `open_edition` and `territory_of` do."""
    edition, territory = open_edition(), territory_of(geo_code)
    return Case(
        edition=edition,
        territory=territory,
        participation=services.find_participation(edition.id, territory.id),
    )


def locked(geo_code: str, now: datetime, *, opens_file: bool = False) -> Participation:
    """The participation of that file, locked until the transaction ends."""
    case = case_of(geo_code)
    if case.participation is None and not opens_file:
        raise NotFound(_("Cette municipalité n’a pas de fiche dans cette édition."))
    return services.claim(case.edition, case.territory, author=author_of(), now=now)


def author_of(channel: str | None = None) -> Author:
    """Whoever is signed in, and how the municipality told them."""
    user = current_user()
    known = {each.value: each for each in (Channel.PHONE, Channel.MAIL)}
    return Author(name=user.name or user.email, channel=known.get(channel or "", Channel.TEAM), is_team=True)


def kept() -> dict[str, Any]:
    """The edition of the address, carried along."""
    number = request.args.get("edition", "")
    return {"edition": number} if number else {}


def back_to(geo_code: str) -> ResponseReturnValue:
    """To the file of that municipality."""
    return redirect(url_for("board.municipality", geo_code=geo_code, **kept()), 303)


def is_sent() -> bool:
    return request.method == "POST"


def form_sent() -> MultiDict[str, str] | None:
    """What was typed in the form; None while it is only read."""
    return request.form if is_sent() else None


@blueprint.context_processor
def _vocabulary() -> dict[str, object]:
    """How the templates of this room say a state."""
    return {"state_label": _state_label, "state_mark": _state_mark}


def _state_label(participation: Participation | None) -> str:
    return states.LABELS[participation.state if participation else State.NOT_INVITED]


def _state_mark(participation: Participation | None) -> str:
    return words.state_mark(participation.state if participation else State.NOT_INVITED)
