"""The letters to whoever proposes an activity. Each is written inside the transaction that causes it."""

from __future__ import annotations

from datetime import datetime

from campaign.campaigns import queries as campaigns
from campaign.campaigns.models import Edition
from campaign.db import db
from campaign.events import wording
from campaign.events.content import ActivityContent
from campaign.events.models import Event, Proposal
from campaign.outbox import services as outbox
from campaign.outbox.rendering import public_link


def ask_verification(proposal: Proposal, token: str, *, now: datetime) -> None:
    """« Confirmez votre adresse »: nothing goes on before."""
    _write("proposal_verification", proposal, token, now=now)


def receive(proposal: Proposal, token: str, *, now: datetime) -> None:
    """« Nous avons bien reçu votre activité »: when it will be read, and what comes next."""
    _write("proposal_received", proposal, token, now=now)


def announce_published(proposal: Proposal, event: Event, token: str, *, now: datetime) -> None:
    """« Votre activité est dans le calendrier »: its address, its poster, its QR code."""
    _write("proposal_published", proposal, token, now=now, **_shown(event))


def announce_revised(proposal: Proposal, event: Event, token: str, *, now: datetime) -> None:
    """« Votre modification est publiée »"""
    _write("proposal_revised", proposal, token, now=now, **_shown(event))


def send_back(proposal: Proposal, token: str, *, now: datetime) -> None:
    """« Votre activité n’a pas été publiée, car … Vous pouvez la corriger ici. »"""
    _write(
        "proposal_sent_back",
        proposal,
        token,
        now=now,
        reason=as_sentence(proposal.reason),
        is_published=proposal.event_id is not None,
    )


def as_sentence(reason: str) -> str:
    """What follows « car », with its full stop, whether or not the team typed one."""
    return f"{reason.rstrip(' .')}." if reason else ""


def send_links(proposals: list[tuple[Proposal, str]], *, now: datetime) -> None:
    """The links of all that an address proposed, asked for by it."""
    first, _token = proposals[0]
    outbox.enqueue(
        "proposal_links",
        to=first.email,
        context={
            **_common(first),
            "links": [
                (proposal.title, public_link("proposals.show", token=token)) for proposal, token in proposals
            ],
        },
        now=now,
        dedupe_key=f"proposal-links:{first.email}:{now.isoformat(timespec='minutes')}",
        regarding=_regarding(first),
    )


def _write(template: str, proposal: Proposal, token: str, *, now: datetime, **more: object) -> None:
    outbox.enqueue(
        template,
        to=proposal.email,
        to_name=ActivityContent.from_json(proposal.content).contact_name,
        context={
            **_common(proposal),
            "proposal_url": public_link("proposals.show", token=token),
            **more,
        },
        now=now,
        dedupe_key=f"{template}:{proposal.id}:{now.isoformat()}",
        regarding=_regarding(proposal),
    )


def _common(proposal: Proposal) -> dict[str, object]:
    edition = db.session.get_one(Edition, proposal.edition_id)
    return {
        "activity": proposal.title,
        "edition": edition,
        "organization": campaigns.organization(),
        "edition_is_simulated": edition.is_simulated,
    }


def _shown(event: Event) -> dict[str, object]:
    occasions = [wording.Occasion.of(event, sitting) for sitting in event.sessions]
    return {
        "event_url": public_link("events.show", slug=event.slug),
        "calendar_url": public_link("events.calendar_file", slug=event.slug),
        "poster_url": public_link("events.poster", slug=event.slug) if event.territory_id else "",
        "qr_url": public_link("events.qr", slug=event.slug),
        "dates": [
            ", ".join(part for part in (wording.day_text(one), wording.hour_text(one)) if part)
            for one in occasions
            if not one.is_cancelled
        ],
        "place": event.place,
    }


def _regarding(proposal: Proposal) -> str:
    """How the outbox names it: `outbox.queries.list_regarding` gives its letters."""
    return f"proposition-{proposal.id}"
