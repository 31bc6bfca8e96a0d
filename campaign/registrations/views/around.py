"""What the team's pages of a gathering share: the event of the address, within the person's regions."""

from __future__ import annotations

from campaign.accounts.access import current_user, scope_of
from campaign.campaigns import queries as campaigns
from campaign.errors import Conflict
from campaign.events import planning, team
from campaign.events.models import Event, EventKind
from campaign.i18n import _


def event_of(event_id: int) -> Event:
    """That event, if it is in the person's regions."""
    event = planning.get_event(event_id)
    scope_of(current_user()).check(team.region_code_of(event))
    return event


def editable(event_id: int, *, locked: bool = False) -> Event:
    """The same, to change it: editions kept as published are not touched, and nobody registers to a flag
    raising."""
    event = planning.get_event(event_id, locked=locked)
    scope_of(current_user()).check(team.region_code_of(event))
    campaigns.check_open(event.edition)
    if event.kind is EventKind.FLAG_RAISING:
        raise Conflict(_("Une cérémonie ne prend pas d’inscriptions. Elle se corrige dans sa fiche."))
    return event
