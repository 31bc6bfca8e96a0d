"""What phones send, read with suspicion; what they are answered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from campaign.checkin.models import ScanAction
from campaign.checkin.services import AT_ONCE, MAX_CHILDREN, Outcome, PhoneScan
from campaign.errors import CampaignError
from campaign.i18n import _
from campaign.web.typed import printable

LONGEST = 300


class Unreadable(CampaignError):
    """No page of ours sends this."""

    status = 422


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a phone tells at once: its own hour, what it did, and up to where it knows what others did."""

    phone_now: datetime
    scans: list[PhoneScan]
    since: datetime | None


def read_report(body: object) -> Report:
    """The message of a phone; `Unreadable` when it is not one."""
    try:
        if not isinstance(body, Mapping):
            raise TypeError
        told = body.get("lectures", [])
        if not isinstance(told, list) or len(told) > AT_ONCE:
            raise ValueError
        return Report(
            phone_now=_instant(body["maintenant"]),
            scans=[_scan(one) for one in told],
            since=_instant(body["depuis"]) if body.get("depuis") else None,
        )
    except (KeyError, TypeError, ValueError, OverflowError):
        raise Unreadable(_("Ce message n’est pas celui d’un téléphone de la porte.")) from None


def _scan(one: object) -> PhoneScan:
    if not isinstance(one, Mapping):
        raise TypeError
    return PhoneScan(
        id=str(UUID(_text(one, "id"))),
        session_id=_number(one["seance"]),
        action=ScanAction(one["action"]),
        at=_instant(one["a"]),
        code=_text(one, "code"),
        children=max(0, min(_number(one.get("enfants", 0)), MAX_CHILDREN)),
        undoes=str(UUID(_text(one, "annule"))) if one.get("annule") else "",
        first_name=_text(one, "prenom"),
        last_name=_text(one, "nom"),
        organization=_text(one, "organisation"),
        is_forced=one.get("force") is True,
    )


def _text(one: Mapping[str, Any], name: str) -> str:
    value = one.get(name, "")
    if not isinstance(value, str):
        raise TypeError
    return " ".join(printable(value[:LONGEST]).split())


def _number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > 2**31 - 1:
        raise TypeError
    return value


def _instant(value: object) -> datetime:
    if not isinstance(value, str):
        raise TypeError
    instant = datetime.fromisoformat(value)
    if instant.tzinfo is None or not 2000 < instant.year < 2200:
        raise ValueError
    return instant.astimezone(UTC)


def told(outcomes: Iterable[Outcome]) -> list[dict[str, Any]]:
    """What became of each scan, for the phone that sent it."""
    return [
        {
            "id": outcome.id,
            "resultat": outcome.result.value,
            "personne": outcome.attendee_id,
            "a": outcome.admitted_at.isoformat() if outcome.admitted_at else None,
            "porte": outcome.door,
        }
        for outcome in outcomes
    ]
