"""The last examination of the sending domain, kept a few minutes for whoever opens the page next."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from campaign.config import MailTransport, Settings
from campaign.db import Model, db
from campaign.outbox.domain import DomainHealth, Finding, Record, Status, Subject, domain_of

KEPT = timedelta(minutes=10)
"""A record that was just published may already be there: what is older is asked anew."""


class DomainExamination(Model):
    """What the DNS answered at that instant; in the database, for the next page may come from elsewhere."""

    id: Mapped[int] = mapped_column(primary_key=True)
    domain: Mapped[str] = mapped_column(sa.String(255))
    transport: Mapped[MailTransport]
    """The same records are judged otherwise for another way out."""
    findings: Mapped[list[dict[str, Any]]] = mapped_column(sa.JSON)
    examined_at: Mapped[datetime] = mapped_column(index=True)


@dataclass(frozen=True)
class Examination:
    """What was found, and when."""

    health: DomainHealth
    examined_at: datetime


def keep(health: DomainHealth, settings: Settings, *, now: datetime) -> None:
    """Remember what was just found, and forget what is too old to be shown."""
    session = db.session
    session.execute(sa.delete(DomainExamination).where(DomainExamination.examined_at <= now - KEPT))
    session.add(
        DomainExamination(
            domain=health.domain,
            transport=settings.mail_transport,
            findings=[asdict(found) for found in health.findings],
            examined_at=now,
        )
    )


def find_last(settings: Settings, *, now: datetime) -> Examination | None:
    """The last examination of this domain, when it is recent enough to be shown."""
    row = db.session.scalar(
        sa.select(DomainExamination)
        .where(
            DomainExamination.domain == domain_of(settings.mail_from),
            DomainExamination.transport == settings.mail_transport,
            DomainExamination.examined_at > now - KEPT,
        )
        .order_by(DomainExamination.examined_at.desc(), DomainExamination.id.desc())
        .limit(1)
    )
    if row is None:
        return None
    findings = tuple(_finding(**each) for each in row.findings)
    return Examination(DomainHealth(domain=row.domain, findings=findings), row.examined_at)


def _finding(
    *, subject: str, status: str, found: list[str], record: dict[str, str] | None, **words: str
) -> Finding:
    return Finding(
        subject=Subject(subject),
        status=Status(status),
        found=tuple(found),
        record=Record(**record) if record else None,
        **words,
    )
