"""Giving up what is not published, calling off what is."""

from __future__ import annotations

from datetime import datetime

from campaign.errors import Conflict
from campaign.events import announcing, changes
from campaign.events.models import Event, EventAction, EventState, Proposal, ProposalState
from campaign.events.proposals.content import say_as_published
from campaign.events.proposals.moves import lock, move_to
from campaign.events.proposals.related import event_of
from campaign.i18n import _


def withdraw(proposal: Proposal, *, author: str, now: datetime, reason: str = "") -> None:
    """Given up before it was published. What is published is called off instead: see `cancel`."""
    lock(proposal)
    if proposal.event_id is not None:
        raise Conflict(_("Cette activité est dans le calendrier. Annulez-la plutôt, en disant pourquoi."))
    if proposal.state is not ProposalState.WITHDRAWN:
        move_to(proposal, ProposalState.WITHDRAWN, author=author, reason=reason, now=now)


def cancel(proposal: Proposal, *, reason: str, author: str, now: datetime) -> None:
    """The published activity is called off, with a reason: it stays in the calendar as « ANNULÉ », and
    whoever asked to be told is written to."""
    lock(proposal)
    event = event_of(proposal)
    if event is None:
        raise Conflict(_("Cette activité n’est pas encore dans le calendrier. Retirez-la plutôt."))
    if event.state is EventState.CANCELLED:
        return
    if event.state is EventState.HELD:
        raise Conflict(_("Cette activité a déjà eu lieu. Écrivez-nous si c’est une erreur."))
    _call_off(event, reason=reason, author=author, now=now)
    if proposal.state is not ProposalState.PUBLISHED:
        say_as_published(proposal, event)
    move_to(proposal, ProposalState.PUBLISHED, author=author, reason=reason, now=now)


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
    lock(proposal)
    if proposal.event_id is None:
        withdraw(proposal, reason=reason, author=author, now=now)
    else:
        cancel(proposal, reason=reason, author=author, now=now)
