"""Two records that are one: entered twice, or under the wrong municipality."""

from __future__ import annotations

from datetime import datetime

from campaign.db import db
from campaign.errors import Conflict
from campaign.events import services as events
from campaign.participations import links, states
from campaign.participations.authors import Author
from campaign.participations.ceremony import ceremony_title
from campaign.participations.confirming import confirm
from campaign.participations.models import Participation, State, Track
from campaign.participations.moves import move, record
from campaign.participations.people import moved_contact


def merge(
    duplicate: Participation, into: Participation, *, author: Author, now: datetime, reason: str
) -> None:
    """Set one record aside in favour of another of the same edition (wrong municipality, entered twice).

    When the surviving record has no registration yet, it takes the answers, the number and the ceremony.
    """
    if duplicate.id == into.id:
        raise Conflict("Une fiche ne peut pas être fusionnée avec elle-même.")
    if duplicate.edition_id != into.edition_id:
        raise Conflict("Les deux fiches doivent être de la même édition.")
    if into.state is State.DISCARDED:
        raise Conflict("La fiche à conserver est elle-même écartée.")
    former = duplicate.state
    duplicate.merged_into_id = into.id
    links.revoke_all(duplicate.edition_id, duplicate.territory_id, because="La fiche est écartée", now=now)
    if into.state in states.WAITING and former in states.COUNTED | {State.REGISTERED}:
        _hand_answers_over(duplicate, into, author=author, now=now)
        move(into, State.REGISTERED, author=author, now=now, reason=reason)
        if former in states.COUNTED:
            confirm(into, author=author, now=now, reason=reason)
    move(duplicate, State.DISCARDED, author=author, now=now, reason=reason)


def _hand_answers_over(
    source: Participation, target: Participation, *, author: Author, now: datetime
) -> None:
    """Everything follows, the kit included (domain §6.4: wrong municipality confirmed)."""
    from_fields = (
        "modes", "other_mode", "lowered_on", "mast", "children", "children_count", "childcare",
        "elected_name", "elected_role", "plan_b", "plan_b_on", "plan_b_place", "resolution_state",
        "resolution_on", "resolution_number", "kit_state", "kit_flags", "kit_posters", "kit_stickers",
        "kit_blankets", "delivery_address", "delivery_hours", "delivery_attention", "media_may_call",
        "language", "is_child_friendly", "registered_at", "needs_review",
    )  # fmt: skip
    for name in from_fields:
        setattr(target, name, getattr(source, name))
    number, event = source.number, source.event
    source.number, source.event = None, None
    db.session.flush()  # the number and the ceremony belong to one record at a time
    target.number, target.event = number, event
    target.contact = moved_contact(source.contact, target, now) or target.contact
    target.second_contact = moved_contact(source.second_contact, target, now)
    if event is not None:
        territory = target.territory
        events.relocate(
            event,
            territory_id=territory.id,
            title=ceremony_title(territory),
            zone=territory.time_zone,
            now=now,
        )
    record(
        target,
        Track.DETAILS,
        before="",
        after=f"réponses reprises de {source.territory_name}",
        author=author,
        now=now,
    )
