"""Whom an event invites, in which role: reading a list, writing to them, and what they answered."""

from __future__ import annotations

import hmac
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

import sqlalchemy as sa
from flask import current_app

from campaign.campaigns import queries as campaigns
from campaign.config import Settings
from campaign.db import db, key_of
from campaign.errors import Conflict, NotFound
from campaign.events.models import Event
from campaign.events.programme import in_order
from campaign.i18n import _
from campaign.identifiers import hash_token
from campaign.outbox import services as outbox
from campaign.outbox.rendering import public_link
from campaign.registrations import tickets
from campaign.registrations.models import (
    Invitation,
    InvitationState,
    Registration,
    RegistrationRules,
    RegistrationState,
)
from campaign.territory.names import fold
from campaign.web import typed
from campaign.web.spreadsheets import typed as written
from campaign.web.tables import csv_rows

MOST_GUESTS = 2_000

STATES = {
    InvitationState.SENT: (_("sans réponse"), "waiting"),
    InvitationState.ACCEPTED: (_("vient"), "confirmed"),
    InvitationState.DECLINED: (_("ne vient pas"), "off"),
}
"""Each with the mark that the component `state` draws."""

_OVER = (RegistrationState.CANCELLED, RegistrationState.CANCELLED_BY_TEAM, RegistrationState.EXPIRED)
_ADDRESS = re.compile(r"[^\s<>;,\"]+@[^\s<>;,\"]+")
_COLUMNS = {"nom": "name", "name": "name", "courriel": "email", "email": "email", "role": "role"}


@dataclass(frozen=True, kw_only=True)
class Guest:
    """Somebody to invite."""

    name: str
    email: str
    role: str


@dataclass(frozen=True, kw_only=True)
class GuestList:
    """What a pasted list says: whom to invite, once each, and the lines that nobody can read."""

    guests: tuple[Guest, ...]
    unreadable: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class RoleCount:
    """« partenaire » : how many were asked, come, do not, have not answered."""

    role: str
    invited: int
    accepted: int
    declined: int

    @property
    def silent(self) -> int:
        return self.invited - self.accepted - self.declined


# --- reading a list -----------------------------------------------------------------------------------


def read_guests(text: str, role: str) -> GuestList:
    """Lines as people paste them: « Nom <courriel> », « Nom; courriel; rôle », an address alone, or a CSV
    whose first line names the columns nom, courriel and rôle. A role of its own comes before the common one;
    an address said twice is invited once."""
    lines = [line for line in text.splitlines() if line.strip()]
    if lines and "courriel" in fold(lines[0]) and "@" not in lines[0]:
        found = list(_of_table(text, role))
    else:
        found = [_of_line(line, role) for line in lines]
    guests: dict[str, Guest] = {}
    for guest in found:
        if isinstance(guest, Guest):
            guests.setdefault(guest.email, guest)
    unreadable = [line for line in found if isinstance(line, str)]
    return GuestList(guests=tuple(guests.values()), unreadable=tuple(unreadable))


def _of_table(text: str, role: str) -> Iterator[Guest | str]:
    rows = csv_rows(text)
    _line, header = next(rows)
    names = [_COLUMNS.get(fold(cell), "") for cell in header]
    for _line, cells in rows:
        told = dict(zip(names, cells, strict=False))
        yield _guest(told.get("name", ""), told.get("email", ""), told.get("role", "") or role) or "; ".join(
            cells
        )


def _of_line(line: str, role: str) -> Guest | str:
    found = _ADDRESS.search(line)
    if found is None:
        return line.strip()
    name = line[: found.start()].strip(' \t<>;,"')
    rest = line[found.end() :].strip(' \t<>;,"')
    return _guest(name, found[0], rest or role) or line.strip()


def _guest(name: str, email: str, role: str) -> Guest | None:
    try:
        address = typed.read_email(email)
    except typed.Unreadable:
        return None
    name = " ".join(typed.printable(name).split())[:160]
    return Guest(name=name or address, email=address, role=" ".join(typed.printable(role).split())[:120])


# --- inviting -----------------------------------------------------------------------------------------


def list_invitations(event_id: int) -> Sequence[Invitation]:
    """Everybody invited, by role, then by name."""
    return db.session.scalars(
        sa.select(Invitation)
        .where(Invitation.event_id == event_id)
        .order_by(Invitation.role, Invitation.name, Invitation.id)
    ).all()


def count_by_role(invitations: Sequence[Invitation]) -> list[RoleCount]:
    """One line for each role, in the order of the list."""
    states = Counter((one.role, one.state) for one in invitations)
    return [
        RoleCount(
            role=role,
            invited=sum(states[role, state] for state in InvitationState),
            accepted=states[role, InvitationState.ACCEPTED],
            declined=states[role, InvitationState.DECLINED],
        )
        for role in dict.fromkeys(one.role for one in invitations)
    ]


def list_known(event_id: int, guests: Sequence[Guest]) -> list[Guest]:
    """Those of the list who are invited already."""
    known = set(db.session.scalars(sa.select(Invitation.email).where(Invitation.event_id == event_id)))
    return [guest for guest in guests if guest.email in known]


def invite(event: Event, guests: Sequence[Guest], *, now: datetime) -> int:
    """Invite those who are not yet, and write to them; gives how many."""
    known = {guest.email for guest in list_known(key_of(event), guests)}
    invitations = [
        Invitation(
            event_id=event.id,
            name=guest.name,
            email=guest.email,
            role=guest.role,
            token_hash=hash_token(_token(key_of(event), guest.email)),
            state=InvitationState.SENT,
            created_at=now,
        )
        for guest in guests
        if guest.email not in known
    ]
    db.session.add_all(invitations)
    db.session.flush()
    for invitation in invitations:
        _write(event, invitation, now=now, key="first")
    return len(invitations)


def remind(event: Event, *, now: datetime) -> int:
    """Write once more to those who have not answered; gives how many. Twice in a day is once."""
    silent = [one for one in list_invitations(key_of(event)) if one.state is InvitationState.SENT]
    for invitation in silent:
        _write(event, invitation, now=now, key=f"again:{now.date().isoformat()}", is_reminder=True)
    return len(silent)


def token_of(invitation: Invitation) -> str:
    """The token of its link: the same in each letter, so that the first one still opens."""
    return _token(invitation.event_id, invitation.email)


def _token(event_id: int, email: str) -> str:
    settings: Settings = current_app.extensions["settings"]
    told = f"pavois.invitation:{event_id}:{email}"
    return hmac.new(settings.secret_key.encode(), told.encode(), sha256).hexdigest()[:40]


def _write(
    event: Event, invitation: Invitation, *, now: datetime, key: str, is_reminder: bool = False
) -> None:
    outbox.enqueue(
        "registration_invitation",
        to=invitation.email,
        to_name=invitation.name,
        context={
            "event": event,
            "name": invitation.name if invitation.name != invitation.email else "",
            "role": invitation.role,
            "is_reminder": is_reminder,
            "sittings": [
                ", ".join(filter(None, (told.title, told.day, told.hour, told.place)))
                for told in (
                    tickets.told(event, sitting) for sitting in in_order(event.sessions) if not sitting.block
                )
            ],
            "answer_url": public_link("registrations.invitation", token=token_of(invitation)),
            "organization": campaigns.organization(),
            "edition_is_simulated": event.edition.is_simulated,
        },
        now=now,
        dedupe_key=f"invitation:{key_of(invitation)}:{key}",
        regarding=f"evenement:{event.id}",
    )


# --- answers ------------------------------------------------------------------------------------------


def get_invitation(token: str) -> Invitation:
    """The invitation of that link."""
    found = db.session.scalar(sa.select(Invitation).where(Invitation.token_hash == hash_token(token)))
    if found is None:
        raise NotFound("Ce lien n’est pas reconnu.")
    return found


def find_invitation(rules: RegistrationRules, token: str, *, by_team: bool = False) -> Invitation | None:
    """The invitation by which somebody registers. Raises `Conflict` without one where only the invited
    come, and for one that has served already."""
    if not token:
        if rules.is_invitation_only and not by_team:
            raise Conflict("Cet événement est sur invitation. Passez par le lien de la lettre reçue.")
        return None
    invitation = db.session.scalar(
        sa.select(Invitation)
        .where(Invitation.token_hash == hash_token(token), Invitation.event_id == rules.event_id)
        .with_for_update()
    )
    if invitation is None:
        raise Conflict("Cette invitation n’est pas reconnue. Passez par le lien de la lettre reçue.")
    if invitation.registration_id is not None:
        used = db.session.get_one(Registration, invitation.registration_id)
        if used.state not in _OVER:
            raise Conflict("Cette invitation a déjà servi. Votre inscription se modifie par son propre lien.")
    return invitation


def accept(invitation: Invitation, registration: Registration, *, now: datetime) -> None:
    """Whoever was invited registers."""
    invitation.state = InvitationState.ACCEPTED
    invitation.registration_id, invitation.answered_at = registration.id, now


def decline(invitation: Invitation, *, now: datetime) -> None:
    """« Je ne pourrai pas venir ». Who is registered cancels the registration instead."""
    if invitation.state is InvitationState.ACCEPTED:
        raise Conflict("Vous êtes inscrit. Annulez plutôt votre inscription, par le lien de votre billet.")
    invitation.state, invitation.answered_at = InvitationState.DECLINED, now


def withdraw(invitation: Invitation) -> None:
    """Take a name off the list; its link opens nothing any more."""
    if invitation.registration_id is not None:
        raise Conflict(_("Cette personne est inscrite. Annulez d’abord son inscription."))
    db.session.delete(invitation)


# --- the answers as a file ----------------------------------------------------------------------------

HEADER = ("rôle", "nom", "courriel", "réponse", "invitée le (ISO)", "répondu le (ISO)", "inscription")


def rows(invitations: Sequence[Invitation]) -> Iterator[tuple[str, ...]]:
    """One line each, by role."""
    for one in invitations:
        yield (
            written(one.role),
            written(one.name),
            written(one.email),
            STATES[one.state][0],
            one.created_at.date().isoformat(),
            one.answered_at.date().isoformat() if one.answered_at else "",
            f"I{one.registration_id}" if one.registration_id else "",
        )
