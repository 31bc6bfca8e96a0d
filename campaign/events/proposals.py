"""What people propose for the calendar, from the form to publication (domain §3.2).

Each step is one function: it says from which states it may be taken, and leaves a line in the history. The
proposal holds what its author last wrote; the calendar holds what was approved.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from campaign import clock
from campaign.campaigns.models import Edition
from campaign.config import Settings
from campaign.db import db
from campaign.errors import Conflict, NotFound
from campaign.events import (
    activities,
    announcing,
    changes,
    corrections,
    organizers,
    proposal_letters,
    services,
)
from campaign.events.content import ActivityContent
from campaign.events.models import (
    Event,
    EventAction,
    EventDetails,
    EventState,
    Organizer,
    Picture,
    Proposal,
    ProposalMove,
    ProposalState,
    Session,
)
from campaign.events.wording import Label
from campaign.i18n import _
from campaign.identifiers import hash_token, new_token
from campaign.territory import queries as territories
from campaign.territory.models import Territory
from campaign.territory.names import search_words

PROPOSER = "La personne qui a proposé l’activité"
"""Whoever holds the link, as the history names them."""

WAITING = (ProposalState.SUBMITTED, ProposalState.REVISED)
"""What the team has to read."""

OUTCOMES = (ProposalState.TO_CORRECT, ProposalState.PUBLISHED)
READABLE = (*WAITING, *OUTCOMES, ProposalState.WITHDRAWN)
"""What the team sees: an address that is not verified is nobody yet."""

ARCHIVED_AFTER = timedelta(days=60)
"""How long after its edition an activity counts as archived: cancelled ones leave calendars then, too."""

DRAFT_LIFE = timedelta(days=30)
"""How long a letter may wait to be opened."""

STATE_WORDS: dict[ProposalState, Label] = {
    ProposalState.DRAFT: (_("brouillon"), "plain"),
    ProposalState.SUBMITTED: (_("soumise"), "info"),
    ProposalState.TO_CORRECT: (_("à corriger"), "warning"),
    ProposalState.PUBLISHED: (_("publiée"), "good"),
    ProposalState.REVISED: (_("modifiée (à revoir)"), "info"),
    ProposalState.WITHDRAWN: (_("retirée"), "off"),
}

_NEW = {
    dialect: insert(Proposal).on_conflict_do_nothing(index_elements=["form_token"]).returning(Proposal.id)
    for dialect, insert in (("postgresql", postgresql.insert), ("sqlite", sqlite.insert))
}
_EVENT = joinedload(Proposal.event)
_AROUND = (
    joinedload(Proposal.edition),
    joinedload(Proposal.organizer),
    joinedload(Proposal.picture),
    joinedload(Proposal.territory).joinedload(Territory.mrc),
    joinedload(Proposal.territory).joinedload(Territory.region),
    joinedload(Proposal.territory).joinedload(Territory.parent),
    _EVENT.joinedload(Event.territory),
    _EVENT.joinedload(Event.edition),
    _EVENT.joinedload(Event.details).joinedload(EventDetails.organizer),
    _EVENT.joinedload(Event.details).joinedload(EventDetails.picture),
    _EVENT.selectinload(Event.sessions),
)
_WHOLE = (*_AROUND, selectinload(Proposal.moves))


# --- reading ------------------------------------------------------------------------------------------


def get_by_token(token: str) -> Proposal:
    """The proposal that this link opens, whole."""
    found = _find(Proposal.link_hash == hash_token(token))
    if found is None:
        raise NotFound(_("Ce lien n’est pas reconnu."))
    return found


def get_proposal(number: int) -> Proposal:
    """That proposal, whole; for the team."""
    found = _find(Proposal.id == number, Proposal.state.in_(READABLE))
    if found is None:
        raise NotFound(_("Cette proposition n’existe pas, ou son adresse courriel n’est pas vérifiée."))
    return found


def _find(*conditions: sa.ColumnElement[bool]) -> Proposal | None:
    return db.session.scalar(sa.select(Proposal).where(*conditions).options(*_WHOLE))


def list_of_address(email: str, edition: Edition) -> Sequence[Proposal]:
    """What that address proposed for the edition and may still be changed, the latest first."""
    return db.session.scalars(
        sa.select(Proposal)
        .where(
            Proposal.email == email,
            Proposal.edition_id == edition.id,
            Proposal.state != ProposalState.WITHDRAWN,
        )
        .order_by(Proposal.created_at.desc(), Proposal.id.desc())
    ).all()


def select_for_team(
    region_codes: Collection[str] | None = None, state: ProposalState | None = None
) -> sa.Select[Proposal]:
    """Proposals of these regions, or of all of Québec, in that state; without one, what waits for the team.
    The oldest first."""
    states = WAITING if state is None else (state,)
    found = (
        sa.select(Proposal)
        .outerjoin(Proposal.territory)
        .where(Proposal.state.in_(states))
        .options(
            contains_eager(Proposal.territory).joinedload(Territory.mrc),
            contains_eager(Proposal.territory).joinedload(Territory.region),
            contains_eager(Proposal.territory).joinedload(Territory.parent),
            joinedload(Proposal.edition),
            joinedload(Proposal.organizer),
            _EVENT.joinedload(Event.edition),
            _EVENT.selectinload(Event.sessions),
        )
        .order_by(Proposal.submitted_at, Proposal.id)
    )
    if region_codes is None:
        return found
    return found.where(sa.func.coalesce(Territory.region_code, Proposal.region_code).in_(region_codes))


def count_for_team(region_codes: Collection[str] | None = None, state: ProposalState | None = None) -> int:
    """How many `select_for_team` gives."""
    wanted = select_for_team(region_codes, state).order_by(None).options().with_only_columns(Proposal.id)
    return db.session.scalar(sa.select(sa.func.count()).select_from(wanted.subquery())) or 0


def region_of(proposal: Proposal) -> str | None:
    """The region whose team reads it; None is the national team. Its territory is loaded."""
    return proposal.territory.region_code if proposal.territory else proposal.region_code


def written(proposal: Proposal) -> ActivityContent:
    """What its author last wrote."""
    return ActivityContent.from_json(proposal.content)


def published_content(event: Event) -> ActivityContent:
    """What the calendar says of it; its territory, sessions and details are loaded."""
    return activities.content_of(event)


def may_change(proposal: Proposal) -> bool:
    """May its author still write in it?"""
    return proposal.state is not ProposalState.WITHDRAWN and not is_called_off(proposal)


def is_called_off(proposal: Proposal) -> bool:
    """Its event was cancelled."""
    return proposal.event is not None and proposal.event.state is EventState.CANCELLED


def content_to_edit(proposal: Proposal) -> ActivityContent:
    """What its author starts from: what they last wrote or, once all of it is approved, what the calendar
    says, which the team may have corrected since."""
    last = written(proposal)
    if proposal.state is not ProposalState.PUBLISHED or proposal.event is None:
        return last
    return as_published(proposal.event, last)


def as_published(event: Event, last: ActivityContent) -> ActivityContent:
    """What the calendar says, with what its author alone says; loaded as for `published_content`."""
    return replace(published_content(event), organizer_kind=last.organizer_kind)


def state_label(proposal: Proposal, *, now: datetime) -> Label:
    """The public word of where it stands; « annulée », « passée » and « archivée » follow from its event,
    whose sessions and edition are loaded."""
    event = proposal.event
    if event is None:
        return STATE_WORDS[proposal.state]
    if event.state is EventState.CANCELLED:
        return _("annulée"), "off"
    if not event.is_published:
        return STATE_WORDS[ProposalState.WITHDRAWN]
    if proposal.state is not ProposalState.PUBLISHED or not _is_over(event, now):
        return STATE_WORDS[proposal.state]
    return (_("archivée"), "plain") if is_archived(event.edition, now) else (_("passée"), "plain")


def _is_over(event: Event, now: datetime) -> bool:
    last = max((_last_day(sitting, event.time_zone) or date.max for sitting in event.sessions), default=None)
    return last is not None and last < clock.today(now, event.time_zone)


def _last_day(sitting: Session, zone: str) -> date | None:
    if sitting.ends_at is not None:
        return clock.today(sitting.ends_at, zone)
    return sitting.ends_on or sitting.starts_on


def is_archived(edition: Edition, now: datetime) -> bool:
    """What took place in that edition is told as archived."""
    return edition.end_on is not None and edition.end_on + ARCHIVED_AFTER < clock.today(now)


@dataclass(frozen=True, kw_only=True)
class Duplicate:
    """Something with the same title, at the same place, on the same day."""

    title: str
    day: date
    slug: str
    """Its page; empty for what is proposed and not published yet."""


def list_duplicates(
    content: ActivityContent, edition: Edition, *, except_for: Proposal | None = None
) -> list[Duplicate]:
    """What is in the calendar, or waits for the team, under the same title in the same municipality (or
    region) on one of the same days."""
    title, days = search_words(content.title), {sitting.day for sitting in content.sittings}
    if not days:
        return []
    territory = territories.find_territory(content.geo_code) if content.geo_code else None
    own_event = except_for.event_id if except_for else None
    published = [
        Duplicate(title=event.title, day=day, slug=event.slug)
        for event, day in _events_on(days, edition, territory, content.region_code)
        if event.id != own_event and search_words(event.title) == title
    ]
    own = except_for.id if except_for else None
    waiting = [
        Duplicate(title=proposal.title, day=min(days & their_days), slug="")
        for proposal in _waiting_at(edition, territory, content.region_code)
        if proposal.id != own
        and proposal.event_id is None
        and search_words(proposal.title) == title
        and days & (their_days := {sitting.day for sitting in written(proposal).sittings})
    ]
    return published + waiting


def _events_on(
    days: Collection[date], edition: Edition, territory: Territory | None, region_code: str
) -> list[tuple[Event, date]]:
    found = db.session.execute(
        sa.select(Event, sa.func.min(Session.starts_on))
        .join(Event.sessions)
        .where(
            Event.edition_id == edition.id,
            Event.is_published.is_(True),
            Event.territory_id == territory.id if territory else _of_region(Event, region_code),
            Session.starts_on.in_(days),
        )
        .group_by(Event.id)
        .order_by(Event.id)
    )
    return [(event, day) for event, day in found if day is not None]


def _waiting_at(edition: Edition, territory: Territory | None, region_code: str) -> Sequence[Proposal]:
    return db.session.scalars(
        sa.select(Proposal)
        .where(
            Proposal.edition_id == edition.id,
            Proposal.state.in_(WAITING),
            Proposal.territory_id == territory.id if territory else _of_region(Proposal, region_code),
        )
        .order_by(Proposal.id)
    ).all()


def _of_region(model: type[Event] | type[Proposal], region_code: str) -> sa.ColumnElement[bool]:
    return sa.and_(
        model.territory_id.is_(None),
        model.region_code == region_code if region_code else model.region_code.is_(None),
    )


# --- the link -----------------------------------------------------------------------------------------


def link_token(proposal: Proposal) -> str:
    """The token of its link, always the same until `reissue_link`.

    It is computed, so that the letters of the team may name it and no list of tokens exists; its hash is
    kept, so that earlier letters open even after the secret of this installation has changed.
    """
    token = _token(proposal.link_seed)
    if hash_token(token) != proposal.link_hash:
        proposal.link_hash = hash_token(token)
    return token


def reissue_link(proposal: Proposal, *, now: datetime) -> str:
    """Another token; the earlier link opens nothing any more."""
    proposal.link_seed = new_token()
    proposal.updated_at = now
    return link_token(proposal)


def _token(seed: str) -> str:
    settings: Settings = current_app.extensions["settings"]
    digest = hmac.digest(settings.secret_key.encode(), f"proposition\0{seed}".encode(), "sha256")
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


# --- steps of the author ------------------------------------------------------------------------------


def submit(
    content: ActivityContent,
    *,
    edition: Edition,
    territory: Territory | None,
    email: str,
    now: datetime,
    form_token: str | None = None,
    picture: Picture | None = None,
) -> tuple[Proposal, str]:
    """A new proposal, and the token of the link that proves its address; a letter takes it there.

    The same form sent twice is one proposal. Sent again with other answers before the address is proven, it
    corrects them (the address too: the earlier letter then opens nothing).
    """
    seed = new_token()
    values: dict[str, Any] = {
        "edition_id": edition.id,
        "email": email,
        "state": ProposalState.DRAFT,
        "reason": "",
        "link_seed": seed,
        "link_hash": hash_token(_token(seed)),
        "form_token": hash_token(form_token) if form_token else None,
        "created_at": now,
        "updated_at": now,
        **_said(content, territory, picture),
    }
    number = db.session.connection().scalar(_NEW[db.engine.dialect.name], values)
    if number is None:
        return _sent_again(values, content, now=now)
    proposal = _with_lock(Proposal.id == number)
    _note(proposal, None, ProposalState.DRAFT, author=PROPOSER, now=now)
    proposal_letters.ask_verification(proposal, link_token(proposal), now=now)
    return proposal, link_token(proposal)


def _sent_again(values: dict[str, Any], content: ActivityContent, *, now: datetime) -> tuple[Proposal, str]:
    proposal = _with_lock(Proposal.form_token == values["form_token"])
    same_address = proposal.email == values["email"]
    if same_address and proposal.content == content.to_json() and proposal.picture_id == values["picture_id"]:
        return proposal, link_token(proposal)
    _check(
        proposal,
        ProposalState.DRAFT,
        refusal=_("Cette proposition est déjà soumise. Ouvrez le lien reçu par courriel pour la modifier."),
    )
    for name in ("title", "content", "territory_id", "region_code", "picture_id"):
        setattr(proposal, name, values[name])
    proposal.updated_at = now
    if not same_address:
        proposal.email = values["email"]
        token = reissue_link(proposal, now=now)
        proposal_letters.ask_verification(proposal, token, now=now)
    return proposal, link_token(proposal)


def _said(content: ActivityContent, territory: Territory | None, picture: Picture | None) -> dict[str, Any]:
    return {
        "title": content.title,
        "content": content.to_json(),
        "territory_id": territory.id if territory else None,
        "region_code": None if territory else content.region_code or None,
        "picture_id": picture.id if picture else None,
    }


def verify(proposal: Proposal, *, now: datetime) -> None:
    """Its address is proven: what a trusted organizer proposes is published, the rest waits for the team.

    Done twice, it changes nothing.
    """
    _lock(proposal)
    if proposal.verified_at is not None:
        return
    _check(
        proposal, ProposalState.DRAFT, refusal=_("Cette proposition a été retirée. Faites-en une nouvelle.")
    )
    proposal.verified_at = now
    organizer = _meet_organizer(proposal, now=now)
    _move(proposal, ProposalState.SUBMITTED, author=PROPOSER, now=now)
    if organizer.is_trusted:
        _publish(proposal, author=organizer.name, now=now)
    else:
        proposal_letters.receive(proposal, link_token(proposal), now=now)


def edit(
    proposal: Proposal,
    content: ActivityContent,
    *,
    picture: Picture | None,
    author: str,
    now: datetime,
    seen: str | None = None,
) -> bool:
    """Say it otherwise; say whether anything changed. Once published, the calendar keeps what was approved
    until the team has read the change, unless the organizer is trusted."""
    _lock(proposal)
    _check_seen(proposal, seen)
    _check_editable(proposal)
    said = _said(content, _territory_of(content), picture)
    if all(getattr(proposal, name) == value for name, value in said.items()) and (
        proposal.state is not ProposalState.TO_CORRECT
    ):
        return False
    for name, value in said.items():
        setattr(proposal, name, value)
    proposal.updated_at = now
    if proposal.state is ProposalState.DRAFT:
        return True
    organizer = _meet_organizer(proposal, now=now)
    waiting = ProposalState.REVISED if proposal.event_id else ProposalState.SUBMITTED
    _move(proposal, waiting, author=author, now=now)
    if organizer.is_trusted:
        _publish(proposal, author=organizer.name, now=now)
    return True


def withdraw(proposal: Proposal, *, author: str, now: datetime, reason: str = "") -> None:
    """Given up before it was published. What is published is called off instead: see `cancel`."""
    _lock(proposal)
    if proposal.event_id is not None:
        raise Conflict(_("Cette activité est dans le calendrier. Annulez-la plutôt, en disant pourquoi."))
    if proposal.state is not ProposalState.WITHDRAWN:
        _move(proposal, ProposalState.WITHDRAWN, author=author, reason=reason, now=now)


def drop_revision(proposal: Proposal, *, author: str, now: datetime) -> None:
    """Give up the change that waits: the calendar already says what is meant."""
    _lock(proposal)
    _check(
        proposal,
        *(ProposalState.REVISED, ProposalState.TO_CORRECT),
        refusal=_("Aucune modification n’attend d’être publiée."),
    )
    event = _event_of(proposal)
    if event is None:
        raise Conflict(_("Cette activité n’est pas encore dans le calendrier. Retirez-la plutôt."))
    _say_as_published(proposal, event)
    _move(proposal, ProposalState.PUBLISHED, author=author, now=now)


def cancel(proposal: Proposal, *, reason: str, author: str, now: datetime) -> None:
    """The published activity is called off, with a reason: it stays in the calendar as « ANNULÉ », and
    whoever asked to be told is written to."""
    _lock(proposal)
    event = _event_of(proposal)
    if event is None:
        raise Conflict(_("Cette activité n’est pas encore dans le calendrier. Retirez-la plutôt."))
    if event.state is EventState.CANCELLED:
        return
    if event.state is EventState.HELD:
        raise Conflict(_("Cette activité a déjà eu lieu. Écrivez-nous si c’est une erreur."))
    _call_off(event, reason=reason, author=author, now=now)
    if proposal.state is not ProposalState.PUBLISHED:
        _say_as_published(proposal, event)
    _move(proposal, ProposalState.PUBLISHED, author=author, reason=reason, now=now)


def _call_off(event: Event, *, reason: str, author: str, now: datetime) -> None:
    (locked,) = changes.list_locked([event.id])
    wanted = changes.Change(action=EventAction.CANCEL, reason=reason)
    around = changes.read_around([locked], wanted)
    done = changes.apply(locked, wanted, author=author, now=now, around=around)
    post = announcing.Post()
    post.announce(done, around, tells=True)
    post.send(now=now)


def give_up(proposal: Proposal, *, reason: str, author: str, now: datetime) -> None:
    """`cancel` what is in the calendar, `withdraw` what is not."""
    _lock(proposal)
    if proposal.event_id is None:
        withdraw(proposal, reason=reason, author=author, now=now)
    else:
        cancel(proposal, reason=reason, author=author, now=now)


# --- steps of the team --------------------------------------------------------------------------------


class Outrun(Conflict):
    """Somebody else decided, or its author changed it, since it was read."""


def version_of(proposal: Proposal) -> str:
    """What was read, as one mark: whoever decides decides of that."""
    read = json.dumps([proposal.state, proposal.content, proposal.picture_id], sort_keys=True)
    return hashlib.sha256(read.encode()).hexdigest()[:16]


def _check_seen(proposal: Proposal, seen: str | None) -> None:
    if seen is not None and seen != version_of(proposal):
        raise Outrun(
            _("Cette proposition a changé depuis que vous l’avez ouverte. Relisez-la, puis décidez.")
        )


def approve(proposal: Proposal, *, author: str, now: datetime, seen: str | None = None) -> Event:
    """Into the calendar: a new event, or the published one brought up to date. `seen` is the `version_of`
    what was read; another one is refused."""
    _lock(proposal)
    _check_seen(proposal, seen)
    _check(
        proposal,
        *(ProposalState.SUBMITTED, ProposalState.TO_CORRECT, ProposalState.REVISED),
        refusal=_("Cette proposition n’attend plus d’être publiée."),
    )
    return _publish(proposal, author=author, now=now)


def _publish(proposal: Proposal, *, author: str, now: datetime) -> Event:
    event = _event_of(proposal)
    known = corrections.remember(event) if event else None
    content, picture = written(proposal), _picture_of(proposal)
    territory, organizer = _territory_of(content), db.session.get(Organizer, proposal.organizer_id or 0)
    if event is None:
        event = activities.create(
            content,
            edition=db.session.get_one(Edition, proposal.edition_id),
            territory=territory,
            organizer=organizer,
            picture=picture,
            now=now,
        )
    else:
        activities.update(event, content, territory=territory, organizer=organizer, picture=picture, now=now)
    services.publish(event, now=now)
    proposal.event, proposal.reason, proposal.decided_at = event, "", now
    _move(proposal, ProposalState.PUBLISHED, author=author, now=now)
    db.session.flush()
    if known is None:
        proposal_letters.announce_published(proposal, event, link_token(proposal), now=now)
        return event
    proposal_letters.announce_revised(proposal, event, link_token(proposal), now=now)
    corrections.announce(known, event, author=author, now=now, besides=proposal.email)
    return event


def send_back(
    proposal: Proposal, *, reason: str, author: str, now: datetime, seen: str | None = None
) -> None:
    """« À corriger », and why; its author is written to. What is published stays as it is."""
    _lock(proposal)
    _check_seen(proposal, seen)
    _check(proposal, *WAITING, refusal=_("Cette proposition n’attend plus d’être lue."))
    proposal.reason, proposal.decided_at = reason, now
    _move(proposal, ProposalState.TO_CORRECT, author=author, reason=reason, now=now)
    proposal_letters.send_back(proposal, link_token(proposal), now=now)


def follow_calendar(event: Event, *, author: str, now: datetime) -> None:
    """The team corrected the event: its author reads it so from now on. A change that waits to be read stays
    as its author wrote it. The event is loaded with its territory, sessions and details."""
    found = db.session.scalar(sa.select(Proposal.id).where(Proposal.event_id == event.id))
    if found is None:
        return
    proposal = _with_lock(Proposal.id == found)
    if proposal.state is ProposalState.PUBLISHED:
        _say_as_published(proposal, event)
        _move(proposal, ProposalState.PUBLISHED, author=author, now=now)


# --- what time does -----------------------------------------------------------------------------------


def forget_drafts(now: datetime) -> int:
    """Forget what was written under an address that nobody proved; gives how many."""
    result = db.session.execute(
        sa.delete(Proposal)
        .where(Proposal.state == ProposalState.DRAFT, Proposal.updated_at < now - DRAFT_LIFE)
        .execution_options(synchronize_session=False)
    )
    return int(result.rowcount)  # type: ignore[attr-defined]  # a DELETE gives a CursorResult


# --- what the steps share -----------------------------------------------------------------------------


def _with_lock(condition: sa.ColumnElement[bool]) -> Proposal:
    return db.session.scalars(
        sa.select(Proposal)
        .where(condition)
        .options(selectinload(Proposal.moves))
        .with_for_update(of=Proposal)
    ).one()


def _lock(proposal: Proposal) -> None:
    """Two people at once: the second sees what the first did."""
    db.session.flush()
    db.session.refresh(proposal, _COLUMNS, with_for_update=True)


_COLUMNS = [
    "state", "event_id", "organizer_id", "territory_id", "region_code", "picture_id", "title", "content",
    "reason", "email", "link_seed", "link_hash", "verified_at", "submitted_at",
]  # fmt: skip


def _check(proposal: Proposal, *allowed: ProposalState, refusal: str) -> None:
    if proposal.state not in allowed:
        raise Conflict(refusal)


def _check_editable(proposal: Proposal) -> None:
    if proposal.state is ProposalState.WITHDRAWN:
        raise Conflict(_("Cette proposition a été retirée. Faites-en une nouvelle."))
    event = _event_of(proposal)
    if event is not None and event.state is EventState.CANCELLED:
        raise Conflict(_("Cette activité est annulée. Écrivez-nous pour la rétablir."))


def _move(proposal: Proposal, state: ProposalState, *, author: str, now: datetime, reason: str = "") -> None:
    before, proposal.state, proposal.updated_at = proposal.state, state, now
    if state in WAITING:
        proposal.submitted_at, proposal.reason = now, ""
    _note(proposal, before, state, author=author, reason=reason, now=now)


def _note(
    proposal: Proposal,
    before: ProposalState | None,
    after: ProposalState,
    *,
    author: str,
    now: datetime,
    reason: str = "",
) -> None:
    db.session.add(
        ProposalMove(
            proposal_id=proposal.id, at=now, author=author, from_state=before, to_state=after, reason=reason
        )
    )


def _meet_organizer(proposal: Proposal, *, now: datetime) -> Organizer:
    """Who offers it, known by its name and by the address that was proven."""
    content = written(proposal)
    territory = _territory_of(content)
    organizer = organizers.find_or_create(
        content.organizer_name,
        content.organizer_kind,
        email=proposal.email,
        region_code=territory.region_code if territory else content.region_code or None,
        now=now,
    )
    proposal.organizer, proposal.organizer_id = organizer, organizer.id
    return organizer


def _territory_of(content: ActivityContent) -> Territory | None:
    return territories.get_territory(content.geo_code) if content.geo_code else None


def _picture_of(proposal: Proposal) -> Picture | None:
    return db.session.get(Picture, proposal.picture_id) if proposal.picture_id else None


def _event_of(proposal: Proposal) -> Event | None:
    if proposal.event_id is None:
        return None
    return db.session.scalars(
        sa.select(Event)
        .where(Event.id == proposal.event_id)
        .options(
            joinedload(Event.edition),
            joinedload(Event.territory),
            selectinload(Event.sessions),
            joinedload(Event.details).joinedload(EventDetails.organizer),
            joinedload(Event.details).joinedload(EventDetails.picture),
        )
    ).one()


def _say_as_published(proposal: Proposal, event: Event) -> None:
    said = as_published(event, written(proposal))
    proposal.title, proposal.content = said.title, said.to_json()
    proposal.territory_id, proposal.region_code = event.territory_id, event.region_code
    proposal.picture_id = event.details.picture_id if event.details else None
