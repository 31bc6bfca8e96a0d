"""The answers of the form, written together into the participation; and corrected."""

from __future__ import annotations

from datetime import datetime

from campaign.contacts.models import Contact
from campaign.db import db
from campaign.errors import Conflict
from campaign.events import services as events
from campaign.events.models import EventKind, EventState
from campaign.events.services import When
from campaign.participations.authors import Author
from campaign.participations.ceremony import cancel_ceremony, ceremony_title, reinstate_if_called_off
from campaign.participations.details import ParticipationDetails
from campaign.participations.models import KitState, Participation, State, Track
from campaign.participations.moves import record, show_or_hide
from campaign.participations.people import keep_contact, known_contacts


class ChangedMeanwhile(Conflict):
    """The participation was changed by somebody else since the form was opened."""


def revise(
    participation: Participation,
    details: ParticipationDetails,
    *,
    author: Author,
    now: datetime,
    seen: str | None = None,
) -> None:
    """Correct the answers. `seen` is the version the person had before their eyes."""
    if seen is not None and seen != version_of(participation):
        raise ChangedMeanwhile(
            "Une autre personne a modifié cette inscription pendant que vous écriviez. "
            "Relisez, puis envoyez de nouveau pour garder vos réponses."
        )
    write_answers(participation, details, author=author, now=now)
    record(participation, Track.DETAILS, before="", after="corrigée", author=author, now=now)
    show_or_hide(participation, now)


def version_of(participation: Participation | None) -> str:
    """A mark that changes with each change of the participation."""
    return "" if participation is None else participation.updated_at.isoformat()


def write_answers(
    participation: Participation, details: ParticipationDetails, *, author: Author, now: datetime
) -> None:
    """All the answers, written together: what has to be asked of the database is asked before them."""
    known = known_contacts(participation, details)
    with db.session.no_autoflush:
        _write_each(participation, details, known, author=author, now=now)


def _write_each(
    participation: Participation,
    details: ParticipationDetails,
    known: dict[str, Contact],
    *,
    author: Author,
    now: datetime,
) -> None:
    copied = (
        "other_mode", "lowered_on", "mast", "children", "children_count", "childcare", "elected_name",
        "elected_role", "plan_b", "plan_b_on", "plan_b_place", "kit_flags", "kit_posters", "kit_stickers",
        "kit_blankets", "delivery_address", "delivery_hours", "delivery_attention", "media_may_call",
        "language", "is_child_friendly",
    )  # fmt: skip
    for name in copied:
        setattr(participation, name, getattr(details, name))
    participation.modes = [mode.value for mode in details.modes]
    _write_resolution(participation, details, author=author, now=now)
    _write_kit(participation, details.kit_state, author=author, now=now)
    participation.contact = keep_contact(participation, details.contact, details, known, author, now)
    second = details.second_contact
    participation.second_contact = (
        keep_contact(participation, second, details, known, author, now) if second.email else None
    )
    _write_ceremony(participation, details, author=author, now=now)
    participation.updated_at = now


def _write_resolution(
    participation: Participation, details: ParticipationDetails, *, author: Author, now: datetime
) -> None:
    before = participation.resolution_state
    participation.resolution_state = details.resolution_state
    participation.resolution_on, participation.resolution_number = (
        details.resolution_on,
        details.resolution_number,
    )
    if before is not details.resolution_state and participation.id:
        record(
            participation,
            Track.RESOLUTION,
            before=before.value if before else "",
            after=details.resolution_state.value,
            author=author,
            now=now,
        )


_KIT_UNDER_WAY = frozenset({KitState.IN_PREPARATION, KitState.SHIPPED, KitState.RECEIVED, KitState.RETURNING})


def _write_kit(participation: Participation, wanted: KitState, *, author: Author, now: datetime) -> None:
    before = participation.kit_state
    if before in _KIT_UNDER_WAY or before is wanted:
        return  # the shipment has begun: the form no longer decides
    participation.kit_state = wanted
    record(participation, Track.KIT, before=before.value, after=wanted.value, author=author, now=now)


def _write_ceremony(
    participation: Participation, details: ParticipationDetails, *, author: Author, now: datetime
) -> None:
    event = participation.event
    if not details.raises_flag or details.flag_on is None:
        if event is not None:
            cancel_ceremony(
                participation, reason="La municipalité participe autrement.", author=author, now=now
            )
        return
    when = When(day=details.flag_on, at=details.flag_time)
    if event is None:
        territory = participation.territory
        title = ceremony_title(territory)
        participation.event = events.plan(
            kind=EventKind.FLAG_RAISING,
            edition_id=participation.edition_id,
            territory_id=participation.territory_id,
            title=title,
            slug=f"{title} {participation.edition.year}",
            when=when,
            place=details.place,
            zone=territory.time_zone,
            opening=details.opening,
            description=details.bad_weather,
            now=now,
        )
        record(
            participation,
            Track.CEREMONY,
            before=EventState.TO_PLAN.value,
            after=EventState.PLANNED.value,
            author=author,
            now=now,
        )
        return
    if participation.state not in (State.CANCELLED, State.DISCARDED):
        reinstate_if_called_off(participation, author=author, now=now)
    events.change(
        event,
        when=when,
        place=details.place,
        opening=details.opening,
        description=details.bad_weather,
        is_indoors=event.is_indoors and event.place == details.place,
        now=now,
    )
