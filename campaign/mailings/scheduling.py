"""A person puts a mailing on schedule, takes it back, or lets it leave."""

from __future__ import annotations

import logging
from datetime import datetime

from campaign.campaigns import queries as campaigns
from campaign.campaigns.models import Edition, Organization
from campaign.db import db
from campaign.errors import Conflict
from campaign.mailings import departure
from campaign.mailings.briefs import applies, brief_of, words_of
from campaign.mailings.drafting import first_problem
from campaign.mailings.letters import Words
from campaign.mailings.models import Mailing, MailingState
from campaign.mailings.schedule import LATE_AFTER, UNDO
from campaign.web.filters import NBSP

log = logging.getLogger(__name__)


def schedule(mailing: Mailing, edition: Edition, *, author: str, now: datetime) -> None:
    """Put a draft on schedule. When its moment is past or near, ten minutes are left to change one's mind."""
    if mailing.is_automatic:
        raise Conflict("Cet envoi part de lui-même avec chaque réponse. Il n’y a rien à planifier.")
    if mailing.state not in (MailingState.DRAFT, MailingState.CANCELLED):
        raise Conflict("Cet envoi est déjà planifié. Rechargez la page pour voir où il en est.")
    if not applies(mailing, edition):
        raise Conflict("Cet envoi ne part que les années d’élections municipales.")
    check_sender(campaigns.organization())
    _check_words(words_of(mailing, edition))
    mailing.earliest_at = None
    moment = departure.first_moment(brief_of(mailing, edition))
    if moment is not None and moment - UNDO <= now <= moment + LATE_AFTER:
        mailing.earliest_at = now + UNDO
    mailing.state = MailingState.SCHEDULED
    mailing.state_reason = ""
    mailing.scheduled_at, mailing.scheduled_by = now, author
    log.info("mailing scheduled", extra={"mailing": mailing.id})
    db.session.flush()


def check_sender(organization: Organization) -> None:
    """Nothing leaves without the sender's name, postal address and way to be reached (LCAP art. 6(2))."""
    missing = [
        name
        for name, value in (
            ("le nom de l’organisme", organization.name),
            ("son adresse postale", organization.postal_address),
            ("un courriel ou un téléphone pour le joindre", organization.contact),
        )
        if not value.strip()
    ]
    if missing:
        raise Conflict(
            f"La loi demande que chaque envoi dise qui écrit. Il manque{NBSP}: {', '.join(missing)}. "
            "Inscrivez-les à la page « Organisme », puis recommencez."
        )


def _check_words(words: dict[str, Words]) -> None:
    if not words:
        raise Conflict("Cet envoi n’a pas encore de texte. Écrivez-le, puis planifiez l’envoi.")
    for each in words.values():
        for text in (each.french, each.english):
            if text and (problem := first_problem(text)):
                raise Conflict(f"Le texte est à corriger. {problem}")


def unschedule(mailing: Mailing, *, now: datetime) -> None:
    """Back to a draft, before anything has left."""
    if mailing.state not in (MailingState.SCHEDULED, MailingState.WAITING) or mailing.started_at is not None:
        raise Conflict("Cet envoi a commencé à partir. Vous pouvez le mettre en pause ou l’annuler.")
    mailing.state = MailingState.DRAFT
    mailing.state_reason = ""
    mailing.earliest_at = None
    mailing.updated_at = now
    db.session.flush()


def release(mailing: Mailing, *, author: str, now: datetime) -> None:
    """A person lets a mailing leave that waited for one; ten minutes are left to change one's mind."""
    if mailing.state is not MailingState.WAITING:
        raise Conflict("Cet envoi n’attend personne. Rechargez la page pour voir où il en est.")
    check_sender(campaigns.organization())
    mailing.earliest_at = now + UNDO
    mailing.state = MailingState.LEAVING if mailing.started_at else MailingState.SCHEDULED
    mailing.state_reason = f"Départ demandé par {author}."[:300]
    db.session.flush()
