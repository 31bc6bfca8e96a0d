"""Another place: elsewhere, indoors, in another municipality or online."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm.attributes import set_committed_value

from campaign import clock
from campaign.errors import Conflict
from campaign.events import services
from campaign.events.changes.around import Around
from campaign.events.changes.change import Change
from campaign.events.changes.refusals import dates_concerned, refuse_if_off
from campaign.events.changes.wording import format_of
from campaign.events.models import Event, EventKind
from campaign.events.vocabulary import Format
from campaign.i18n import _
from campaign.territory.models import Territory


def move(event: Event, change: Change, around: Around, now: datetime) -> None:
    """Elsewhere or indoors; what was online has a place again. A ceremony only moves indoors."""
    refuse_if_off(event)
    dates_concerned(event, replace(change, sitting_ids=frozenset()), now)
    place = change.place or event.place
    if event.kind is EventKind.FLAG_RAISING:
        if not change.is_indoors:
            raise Conflict(_("Le lieu d’une cérémonie se corrige dans la fiche de sa municipalité."))
        if not services.move_indoors(event, place=place, reason=change.reason, now=now):
            raise Conflict(_("C’est déjà le lieu annoncé : rien ne change."))
        return
    before = (event.place, event.is_indoors, event.territory_id, format_of(event))
    if around.territory is not None and around.territory.id != event.territory_id:
        _settle(event, around.territory)
    if event.details is not None and event.details.format is Format.ONLINE and change.place:
        event.details.format, event.details.online_url = Format.IN_PERSON, ""
    event.place, event.is_indoors = place, change.is_indoors
    if before == (event.place, event.is_indoors, event.territory_id, format_of(event)):
        raise Conflict(_("C’est déjà le lieu annoncé : rien ne change."))
    event.state_reason = change.reason
    services.touch(event, now)


def _settle(event: Event, territory: Territory) -> None:
    """In another municipality: the same hours on the clocks there."""
    for row in event.sessions:
        for name in ("starts_at", "ends_at"):
            instant = getattr(row, name)
            if instant is not None:
                local = clock.to_local(instant, event.time_zone)
                setattr(row, name, clock.to_utc(local.date(), local.time(), territory.time_zone))
    event.territory_id, event.region_code, event.time_zone = territory.id, None, territory.time_zone
    set_committed_value(event, "territory", territory)


def put_online(event: Event, change: Change, around: Around, now: datetime) -> None:
    """No place any more, an address instead."""
    refuse_if_off(event)
    dates_concerned(event, replace(change, sitting_ids=frozenset()), now)
    if event.kind is EventKind.FLAG_RAISING:
        raise Conflict(_("Un lever de drapeau a lieu sur place : il ne se met pas en ligne."))
    if event.details is None:
        raise Conflict(_("La fiche de cette activité est incomplète. Corrigez-la d’abord."))
    url = change.online_url or event.details.online_url
    if event.details.format is Format.ONLINE and event.details.online_url == url:
        raise Conflict(_("L’activité est déjà en ligne à cette adresse : rien ne change."))
    event.details.format, event.details.online_url = Format.ONLINE, url
    event.place, event.is_indoors, event.state_reason = "", False, change.reason
    services.touch(event, now)
