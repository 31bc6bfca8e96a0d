"""Leaving the solicitations by the link of a letter, and coming back: at once, and without a reason."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from campaign.contacts import services as contacts
from campaign.contacts.models import Change
from campaign.db import db
from campaign.outbox import services as outbox
from campaign.outbox.models import Scope, UnsubscribeLink, Unsubscription
from campaign.web.filters import ordinal, stamp

ONE_CLICK = "En un clic, depuis la messagerie (RFC 8058)"
PAGE = "Page de désabonnement"
THEMSELVES = "La personne, par le lien d’un courriel"


def leave(link: UnsubscribeLink, scope: Scope, *, origin: str, now: datetime) -> bool:
    """Its owner wants no more solicitations of that scope; False when that was so already.

    A link that belongs to no campaign leaves them all: nobody who asks to leave stays for a missing word.
    """
    if scope is Scope.CAMPAIGN and not link.campaign:
        scope = Scope.ORGANIZATION
    campaign = link.campaign if scope is Scope.CAMPAIGN else ""
    return outbox.unsubscribe(link.email, scope=scope, campaign=campaign, origin=origin, now=now)


def come_back(link: UnsubscribeLink, *, now: datetime) -> bool:
    """Its owner wants solicitations again; what they had refused stays in the story of the address."""
    refused = list_unsubscriptions(link.email)
    for each in refused:
        contacts.note(
            link.email,
            Change.RESUBSCRIBED,
            author=THEMSELVES,
            now=now,
            contact=None,
            detail=f"Avait quitté {scope_words(each)} le {stamp(each.since)} ({each.origin})",
        )
    return outbox.resubscribe(link.email)


def list_unsubscriptions(email: str) -> Sequence[Unsubscription]:
    """What that address has left, the widest first."""
    return sorted(
        db.session.scalars(sa.select(Unsubscription).where(Unsubscription.email == email)),
        key=lambda each: (list(Scope).index(each.scope), each.since),
        reverse=True,
    )


def scope_words(left: Unsubscription) -> str:
    """« les envois de la 12e édition », « tous les envois de l’organisme »"""
    if left.scope is Scope.CAMPAIGN:
        return (
            f"les envois de la {ordinal(int(left.campaign))} édition"
            if left.campaign.isdecimal()
            else "une campagne"
        )
    return {
        Scope.ORGANIZATION: "tous les envois de l’organisme",
        Scope.ALL: "tous les envois, d’où qu’ils viennent",
    }[left.scope]


def masked(email: str) -> str:
    """« m•••n@exemple.quebec »: enough for its owner to recognize it, and for nobody else to use."""
    name, _, domain = email.partition("@")
    shown = f"{name[0]}•••{name[-1]}" if len(name) > 2 else f"{name[:1]}•••"
    return f"{shown}@{domain}"
