"""What a municipality tells us in the form, as plain values; and the form already filled from last time."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, time, timedelta

from campaign import clock
from campaign.campaigns.models import Edition
from campaign.contacts.models import Contact, Language
from campaign.events.models import Opening
from campaign.i18n import _
from campaign.participations.models import (
    KitState,
    Mast,
    Mode,
    Participation,
    PlanB,
    Presence,
    ResolutionState,
)
from campaign.web.filters import full_date

NOTICE_VERSION = "2026-11"
"""The privacy notice shown with the form when these answers were given."""

USUAL_HOUR = time(10)
FLAG_MODES = frozenset({Mode.FLAG, Mode.MAE_FLAG})


@dataclass(frozen=True, kw_only=True)
class Person:
    """A work contact as typed. An empty e-mail means nobody."""

    first_name: str = ""
    last_name: str = ""
    role: str = ""
    email: str = ""
    phone: str = ""
    extension: str = ""


@dataclass(frozen=True, kw_only=True)
class ParticipationDetails:
    """All the answers of the form of the flag raising."""

    modes: tuple[Mode, ...]
    other_mode: str = ""
    flag_on: date | None = None
    flag_time: time | None = None
    lowered_on: date | None = None
    place: str = ""
    mast: Mast | None = None
    opening: Opening = Opening.PUBLIC
    children: Presence | None = None
    children_count: int | None = None
    childcare: str = ""
    elected_name: str = ""
    elected_role: str = ""
    plan_b: PlanB | None = None
    plan_b_on: date | None = None
    plan_b_place: str = ""
    resolution_state: ResolutionState = ResolutionState.NONE
    resolution_on: date | None = None
    resolution_number: str = ""
    wants_kit: bool = False
    has_flag: bool = False
    kit_flags: int = 0
    kit_posters: int = 0
    kit_stickers: int = 0
    kit_blankets: int = 0
    delivery_address: str = ""
    delivery_hours: str = ""
    delivery_attention: str = ""
    contact: Person = field(default_factory=Person)
    second_contact: Person = field(default_factory=Person)
    media_may_call: bool = False
    language: Language = Language.FRENCH
    is_child_friendly: bool = False
    wants_newsletter: bool = False

    @property
    def raises_flag(self) -> bool:
        return bool(FLAG_MODES & set(self.modes))

    @property
    def bad_weather(self) -> str:
        """What the public reads of the plan B; nothing for a ceremony that receives nobody."""
        if not self.raises_flag or self.plan_b is None or self.opening is Opening.CLOSED:
            return ""
        if self.plan_b is PlanB.MAINTAINED:
            return _("En cas de mauvais temps, la cérémonie est maintenue.")
        if self.plan_b is PlanB.POSTPONED:
            return _("En cas de mauvais temps, elle est reportée au %(day)s.", day=full_date(self.plan_b_on))
        if place := self.plan_b_place:
            return _("En cas de mauvais temps, elle a lieu à l’intérieur : %(place)s.", place=place)
        return _("En cas de mauvais temps, elle a lieu à l’intérieur.")

    @property
    def kit_state(self) -> KitState:
        if self.wants_kit:
            return KitState.REQUESTED
        return KitState.ALREADY_OWNED if self.has_flag else KitState.NOT_REQUESTED


def _person(contact: Contact | None) -> Person:
    if contact is None or contact.left_at is not None:
        return Person()
    return Person(
        first_name=contact.first_name,
        last_name=contact.last_name,
        role=contact.role,
        email=contact.email,
        phone=contact.phone,
        extension=contact.extension,
    )


def details_of(participation: Participation) -> ParticipationDetails:
    """The answers given so far."""
    event = participation.event
    sitting = event.sessions[0] if event and event.sessions else None
    at = (
        clock.to_local(sitting.starts_at, event.time_zone).time()
        if event and sitting and sitting.starts_at
        else None
    )
    return ParticipationDetails(
        modes=tuple(Mode(mode) for mode in participation.modes),
        other_mode=participation.other_mode,
        flag_on=sitting.starts_on if sitting else None,
        flag_time=at,
        lowered_on=participation.lowered_on,
        place=event.place if event else "",
        mast=participation.mast,
        opening=event.opening if event else Opening.PUBLIC,
        children=participation.children,
        children_count=participation.children_count,
        childcare=participation.childcare,
        elected_name=participation.elected_name,
        elected_role=participation.elected_role,
        plan_b=participation.plan_b,
        plan_b_on=participation.plan_b_on,
        plan_b_place=participation.plan_b_place,
        resolution_state=participation.resolution_state,
        resolution_on=participation.resolution_on,
        resolution_number=participation.resolution_number,
        wants_kit=participation.kit_state not in (KitState.NOT_REQUESTED, KitState.ALREADY_OWNED),
        has_flag=participation.kit_state is KitState.ALREADY_OWNED,
        kit_flags=participation.kit_flags,
        kit_posters=participation.kit_posters,
        kit_stickers=participation.kit_stickers,
        kit_blankets=participation.kit_blankets,
        delivery_address=participation.delivery_address,
        delivery_hours=participation.delivery_hours,
        delivery_attention=participation.delivery_attention,
        contact=_person(participation.contact),
        second_contact=_person(participation.second_contact),
        media_may_call=participation.media_may_call,
        language=participation.language,
        is_child_friendly=participation.is_child_friendly,
    )


def first_time(edition: Edition) -> ParticipationDetails:
    """What the form proposes to a municipality that we have never seen."""
    return ParticipationDetails(
        modes=(Mode.FLAG,), flag_on=edition.flag_on, flag_time=USUAL_HOUR, lowered_on=edition.end_on
    )


def carried_over(last: Participation, edition: Edition) -> ParticipationDetails:
    """« Comme l’an dernier »: the same answers, the same day of this year's week; no resolution, no count."""
    known = details_of(last)
    return replace(
        known,
        modes=known.modes or (Mode.FLAG,),
        flag_on=_same_day(known.flag_on, last.edition, edition),
        flag_time=known.flag_time or USUAL_HOUR,
        lowered_on=edition.end_on,
        resolution_state=ResolutionState.NONE,
        resolution_on=None,
        resolution_number="",
        children_count=None,
        plan_b_on=None,
        plan_b=None if known.plan_b is PlanB.POSTPONED else known.plan_b,
        wants_kit=False,
        has_flag=known.has_flag or known.kit_flags > 0 or known.raises_flag,
        kit_flags=0,
        kit_posters=0,
        kit_stickers=0,
        kit_blankets=0,
        elected_name="",
    )


def _same_day(day: date | None, before: Edition, after: Edition) -> date | None:
    """Last year's Tuesday becomes this year's Tuesday; a day outside the week, the day J."""
    if day is None or after.flag_on is None or after.start_on is None:
        return after.flag_on
    if before.start_on and before.end_on and before.start_on <= day <= before.end_on:
        same = after.start_on + timedelta(days=day.weekday() - after.start_on.weekday())
        if after.end_on is None or after.start_on <= same <= after.end_on:
            return same
    return after.flag_on
