"""How the team reads a mailing: what it is for its reader, and where it stands."""

from __future__ import annotations

from datetime import timedelta

from campaign.i18n import _
from campaign.mailings.models import Decision, MailingState, Nature
from campaign.mailings.schedule import MailingClass
from campaign.web.filters import NBSP, number

STATES = {
    MailingState.DRAFT: "Brouillon",
    MailingState.SCHEDULED: "Planifié",
    MailingState.LEAVING: "En cours de départ",
    MailingState.PAUSED: "En pause",
    MailingState.WAITING: "Attend une décision",
    MailingState.DONE: "Terminé",
    MailingState.CANCELLED: "Annulé",
}

_MARKS = {
    MailingState.SCHEDULED: "waiting",
    MailingState.LEAVING: "waiting",
    MailingState.PAUSED: "waiting",
    MailingState.WAITING: "waiting",
    MailingState.DONE: "confirmed",
    MailingState.DRAFT: "none",
}

CLASSES = {
    MailingClass.SERVICE: "Message de service",
    MailingClass.SOLICITATION: "Sollicitation",
    MailingClass.MEDIA: "Avis aux médias",
    MailingClass.TEAM: "Message à l’équipe",
}

NATURES = {
    Nature.SERVICE: "Répond à ce que la personne a demandé",
    Nature.INFORMATIONAL: "Information, sans rien à vendre",
    Nature.COMMERCIAL: f"Commercial{NBSP}: demande un consentement (LCAP)",
}

DECISIONS = {Decision.INCLUDED: "Incluse", Decision.EXCLUDED: "Exclue"}


def ago(length: timedelta) -> str:
    """« il y a 12 secondes », « il y a 3 minutes », « il y a 2 jours »"""
    seconds = max(0, round(length.total_seconds()))
    for unit, size in (("jour", 86400), ("heure", 3600), ("minute", 60), ("seconde", 1)):
        count = seconds // size
        if count or size == 1:
            return f"il y a {number(count)}{NBSP}{unit}" + ("s" if count > 1 else "")
    return ""  # pragma: no cover - seconds are always told


def state_mark(state: MailingState) -> str:
    """The small pennant beside a mailing's state: filled, half, hollow, crossed."""
    return _MARKS.get(state, "off")


def letters(count: int) -> str:
    """« aucun message », « 1 message », « 1 250 messages »"""
    if not count:
        return str(_("aucun message"))
    return f"{number(count)}{NBSP}{_('messages') if count > 1 else _('message')}"


def addresses(count: int) -> str:
    """« aucune adresse », « 1 adresse », « 1 250 adresses »"""
    if not count:
        return str(_("aucune adresse"))
    return f"{number(count)}{NBSP}{_('adresses') if count > 1 else _('adresse')}"
