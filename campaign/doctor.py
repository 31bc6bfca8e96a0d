"""What is wrong with this installation, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from campaign import drift, schema
from campaign.config import MailTransport, Settings
from campaign.db import db
from campaign.outbox import domain
from campaign.outbox import queries as outbox
from campaign.outbox.models import HEARTBEAT
from campaign.outbox.resolving import Dns, open_resolver

STALE = timedelta(minutes=5)
PROGRAM_MADE_IN = 2026


@dataclass(frozen=True)
class Finding:
    """One thing looked at: fine, wrong (with what to do), or not known."""

    is_fine: bool | None
    sentence: str


def examine(settings: Settings, now: datetime) -> Iterator[Finding]:
    """Look at everything, in the order in which it should be mended."""
    yield from _configuration(settings)
    is_ready = False
    for finding in _database():
        is_ready = finding.is_fine is True
        yield finding
    yield from _clock(now, drift.measure(settings.instance_dir) if is_ready else None)
    if is_ready:
        yield from _worker(now)
    yield from _sending_domain(settings)


def _configuration(settings: Settings) -> Iterator[Finding]:
    yield Finding(True, f"Configuration : lue, adresse publique {settings.public_url}.")
    if not settings.is_secure:
        yield Finding(None, "Adresse publique : sans https, à réserver aux essais. Réglez PUBLIC_URL.")
    if not settings.redis_url:
        yield Finding(
            None, "Limites de débit : comptées par processus. Réglez REDIS_URL s’il y en a plusieurs."
        )
    if settings.mail_transport is MailTransport.CONSOLE:
        yield Finding(None, "Courriels : montrés à l’écran, rien ne part. Réglez MAIL_TRANSPORT.")
    if settings.mail_transport is MailTransport.SENDGRID and not settings.sendgrid_webhook_public_key:
        yield Finding(
            False,
            "SendGrid : ce qu’il dit des messages n’est pas cru. Les adresses mortes, les plaintes et les "
            "désabonnements se perdent, aucun envoi ne s’arrête de lui-même, et les messages incertains "
            "attendent quelqu’un. Réglez SENDGRID_WEBHOOK_PUBLIC_KEY.",
        )


def _database() -> Iterator[Finding]:
    try:
        present = schema.present_version()
    except sa.exc.SQLAlchemyError:
        yield Finding(
            False, "Base de données : elle ne répond pas. Vérifiez DATABASE_URL, puis qu’elle est démarrée."
        )
        return
    if present == schema.expected_version():
        yield Finding(True, f"Base de données : {db.engine.dialect.name}, à jour ({present}).")
    else:
        yield Finding(False, "Base de données : elle n’est pas à jour. Exécutez « python3 run.py init ».")


def _clock(now: datetime, ahead: timedelta | None) -> Iterator[Finding]:
    if now.year < PROGRAM_MADE_IN:
        yield Finding(False, f"Horloge : elle indique {now:%Y-%m-%d}. Activez la synchronisation de l’heure.")
    elif ahead is not None and not drift.is_right(ahead):
        yield Finding(
            False,
            f"Horloge : décalée de {abs(ahead).total_seconds():.0f} secondes, rien n’est envoyé. "
            "Activez la synchronisation de l’heure.",
        )
    else:
        yield Finding(True, f"Horloge : {now:%Y-%m-%d %H:%M} UTC.")


def _worker(now: datetime) -> Iterator[Finding]:
    beat = outbox.find_heartbeat(HEARTBEAT)
    if beat is None:
        yield Finding(False, "Planificateur : il n’a jamais tourné. Démarrez « python3 run.py worker ».")
    elif now - beat > STALE:
        yield Finding(
            False,
            f"Planificateur : muet depuis le {beat:%Y-%m-%d %H:%M} UTC. Relancez « python3 run.py worker ».",
        )
    else:
        yield Finding(True, "Planificateur : en marche.")
    waiting = len(outbox.list_needing_a_person())
    if waiting:
        yield Finding(
            None, f"Courriels : {waiting} attendent une décision de l’équipe (refusés ou incertains)."
        )


def _sending_domain(settings: Settings) -> Iterator[Finding]:
    health = domain.examine(settings, Dns(open_resolver(settings.dns_server)))
    if health.excuse:
        yield Finding(None, f"Domaine d’envoi : rien n’est examiné. {health.excuse}")
    elif health.is_silent:
        yield Finding(
            None,
            f"Domaine d’envoi {health.domain} : DNS injoignable, rien n’a pu être vérifié. "
            "Réessayez; si cela dure, vérifiez l’accès de ce serveur au DNS, ou réglez DNS_SERVER.",
        )
    else:
        yield from (_told(found, health.domain) for found in health.findings)


def _told(found: domain.Finding, name: str) -> Finding:
    """One of the four in a line: what it means, what to do, what to publish."""
    meaning = found.meaning[0].lower() + found.meaning[1:]
    words = [f"{found.subject} de {name} : {meaning}", found.advice]
    if found.record:
        words.append(f"À publier : {found.record.host} {found.record.kind} « {found.record.value} ».")
    return Finding(_FINE.get(found.status), " ".join(filter(None, words)))


_FINE = {
    domain.Status.RIGHT: True,
    domain.Status.MISSING: False,
    domain.Status.WRONG: False,
}
"""The others are worth knowing: what works and could be better, what could not be verified."""
