"""The moment of leaving: the ledger's rows and the letters of a few addresses, written together."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from campaign import clock
from campaign.campaigns import queries as campaigns
from campaign.campaigns.models import Edition
from campaign.contacts.models import Contact
from campaign.db import db
from campaign.mailings import queries
from campaign.mailings.audiences import (
    LABELS,
    OF_TERRITORIES,
    UNASKED,
    Case,
    Ceremony,
    Exclusion,
    Reason,
    judge,
)
from campaign.mailings.letters import Desk, Setting, Words, personal_values
from campaign.mailings.models import Decision, Mailing, Recipient, RecipientTerritory
from campaign.mailings.plan import Brief, Line, excluded_by_time
from campaign.mailings.schedule import PER_RECIPIENT, Anchor, MailingClass, due_at, next_allowed
from campaign.outbox import services as outbox
from campaign.outbox.models import Message, MessageState, Stream
from campaign.outbox.rendering import public_link
from campaign.participations import figures, links

ZONES = ("America/Halifax", "America/Blanc-Sablon", clock.EASTERN)
"""The zones of Québec, from east to west: an hour on the clocks comes first in the east."""

LONGEST_DEDUPE_KEY = 200


def batch_of(mailing: Mailing) -> str:
    """The name under which the post office knows the letters of a mailing."""
    return f"envoi:{mailing.id}"


def first_moment(brief: Brief) -> datetime | None:
    """When the first recipient's moment comes, for a mailing of one moment; None when it has no day."""
    rule = brief.rule
    if rule.anchor in PER_RECIPIENT or (rule.anchor is Anchor.DAY_J and brief.flag_on is None):
        return None
    anchor_day = brief.flag_on if rule.anchor is Anchor.DAY_J else None
    moment = min(
        due_at(rule, brief.mailing_class, anchor_day=anchor_day, zone_name=zone).instant for zone in ZONES
    )
    return max(moment, brief.earliest_at) if brief.earliest_at else moment


def decide(
    mailing: Mailing,
    edition: Edition,
    brief: Brief,
    lines: Sequence[Line],
    words: Mapping[str, Words],
    *,
    now: datetime,
) -> None:
    """Write what becomes of these addresses, and the letters of those included."""
    late = {line.key: excluded_by_time(brief, line, now) for line in lines if line.included}
    leaving = [line for line in lines if line.included and late[line.key] is None]
    message_ids = queue(mailing, edition, brief, leaving, words, now=now)
    recipients = [
        {
            "mailing_id": mailing.id,
            "key": line.key,
            "email": line.email,
            "name": line.name[:200],
            "contact_id": line.cases[0].contact_id,
            "variant": line.variant,
            "due_at": line.due.instant,
            "decided_at": now,
            "message_id": message_ids.get(line.key),
            **_decision(line, late.get(line.key)),
        }
        for line in lines
    ]
    ids = dict(
        db.session.execute(
            sa.insert(Recipient).returning(Recipient.key, Recipient.id, sort_by_parameter_order=True),
            recipients,
        ).all()
    )
    places = [
        {"recipient_id": ids[line.key], "territory_id": case.place.id}
        for line in lines
        for case in (line.included or line.left_out)
        if case.place is not None
    ]
    if places:
        db.session.execute(sa.insert(RecipientTerritory), places)


def _decision(line: Line, late: Exclusion | None) -> dict[str, object]:
    exclusion = late or line.exclusion
    if exclusion is None:
        return {"decision": Decision.INCLUDED, "reason": "", "detail": line.note[:300]}
    return {
        "decision": Decision.EXCLUDED,
        "reason": exclusion.reason.value,
        "detail": exclusion.detail[:300],
    }


def queue(
    mailing: Mailing,
    edition: Edition,
    brief: Brief,
    lines: Sequence[Line],
    words: Mapping[str, Words],
    *,
    now: datetime,
) -> dict[str, int]:
    """Write and queue the letters of these lines; gives the message of each line's key."""
    if not lines:
        return {}
    desk = Desk(setting_of(mailing, edition, now=now), now=now)
    links_of = _Links(edition, lines, words, now=now)
    batch = batch_of(mailing)
    is_unasked = brief.mailing_class in UNASKED
    drafts = []
    for line in lines:
        leave = links_of.leave(line.email)
        composed = desk.compose(words[line.variant], links_of.members(line), line.included[0], leave)
        first = line.included[0].place
        drafts.append(
            outbox.Draft(
                to=line.email,
                to_name=line.name,
                subject=composed.subject,
                stencil_id=composed.stencil_id,
                values=composed.values,
                headers=_headers(leave, desk.setting.organization.contact, is_unasked=is_unasked),
                dedupe_key=_dedupe_key(batch, line.key),
                not_before=next_allowed(brief.mailing_class, now, line.zone),
                regarding=first.geo_code if first else "",
                stream=Stream.SOLICITATION if is_unasked else Stream.SERVICE,
                campaign=str(edition.number),
                batch=batch,
            )
        )
    written = outbox.enqueue_many(drafts, now=now)
    return {
        line.key: written[draft.dedupe_key]
        for line, draft in zip(lines, drafts, strict=True)
        if draft.dedupe_key in written
    }


def _dedupe_key(batch: str, key: str) -> str:
    """Two long addresses that begin alike are two people; the end is kept, which counts the letters of a row
    (`resending`)."""
    whole = f"{batch}:{key}"
    if len(whole) <= LONGEST_DEDUPE_KEY:
        return whole
    return f"{batch}:{hashlib.sha256(key.encode()).hexdigest()}:{key[-60:]}"


def _headers(leave: str, contact: str, *, is_unasked: bool) -> dict[str, str]:
    """A person answers replies; one click is enough to unsubscribe (RFC 8058)."""
    headers = {"Reply-To": contact} if "@" in contact and contact.isascii() else {}
    if is_unasked:
        headers |= {
            "List-Unsubscribe": f"<{leave}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
    return headers


def setting_of(mailing: Mailing, edition: Edition, *, now: datetime) -> Setting:
    """What all letters of the mailing share."""
    return Setting(
        edition=edition,
        organization=campaigns.organization(),
        figures=figures.compute(edition.id, now=now),
        mailing_class=MailingClass(mailing.mailing_class),
        coordinators=queries.coordinators() if mailing.signed_by_coordinator else {},
    )


class _Links:
    """The addresses that only one reader gets, made for all lines in a few statements."""

    def __init__(
        self, edition: Edition, lines: Sequence[Line], words: Mapping[str, Words], *, now: datetime
    ) -> None:
        used = set().union(*(each.holes() for each in words.values()))
        ids = [case.place.id for line in lines for case in line.included if case.place]
        self._tokens = links.issue_many(edition, ids, now=now) if "lien" in used else {}
        self._past: Mapping[int, Ceremony] = (
            queries.past_ceremonies(edition, ids) if "ceremonie_passee" in used else {}
        )
        self._leave = outbox.unsubscribe_tokens([line.email for line in lines], str(edition.number), now=now)

    def members(self, line: Line) -> list[dict[str, str]]:
        """The values of each municipality that the letter is about."""
        return [
            personal_values(case, link=self._link(case), past=self._past_of(case)) for case in line.included
        ]

    def leave(self, email: str) -> str:
        return public_link("unsubscribe.show", token=self._leave[email])

    def _link(self, case: Case) -> str:
        if case.place is None or case.place.id not in self._tokens:
            return public_link("public.home")
        return public_link("participations.personal", token=self._tokens[case.place.id])

    def _past_of(self, case: Case) -> Ceremony | None:
        return self._past.get(case.place.id) if case.place else None


def take_out(mailing: Mailing, edition: Edition, brief: Brief, *, now: datetime) -> int:
    """Withdraw the queued letters of those who would no longer be included, and say why in the ledger."""
    if brief.audience.who not in OF_TERRITORIES:
        return _take_out_barred(mailing, now=now) if brief.mailing_class in UNASKED else 0
    queued = db.session.execute(
        sa.select(Recipient, RecipientTerritory.territory_id)
        .join(Message, Recipient.message_id == Message.id)
        .join(RecipientTerritory, RecipientTerritory.recipient_id == Recipient.id)
        .where(Recipient.mailing_id == mailing.id, Message.state == MessageState.QUEUED)
    ).all()
    if not queued:
        return 0
    # By the place, not by the address: whoever registers may give another one.
    exclusions = _exclusions_by_place(mailing, edition, brief, now=now)
    places: dict[Recipient, list[int]] = {}
    for recipient, territory_id in queued:
        places.setdefault(recipient, []).append(territory_id)
    gone = {
        recipient.message_id: (recipient, exclusions[ids[0]])
        for recipient, ids in places.items()
        if recipient.message_id is not None and all(exclusions.get(each) for each in ids)
    }
    return _withdraw(gone, now=now)


def _take_out_barred(mailing: Mailing, *, now: datetime) -> int:
    """Of a list of contacts the post office checks suppressions and unsubscribes itself as it sends; « ne pas
    solliciter » it does not know."""
    barred = db.session.scalars(
        sa.select(Recipient)
        .join(Message, Recipient.message_id == Message.id)
        .where(
            Recipient.mailing_id == mailing.id,
            Message.state == MessageState.QUEUED,
            Recipient.email.in_(sa.select(sa.func.lower(Contact.email)).where(Contact.do_not_solicit)),
        )
    )
    exclusion = Exclusion(reason=Reason.DO_NOT_SOLICIT, detail=LABELS[Reason.DO_NOT_SOLICIT])
    return _withdraw({each.message_id: (each, exclusion) for each in barred if each.message_id}, now=now)


def _withdraw(gone: Mapping[int, tuple[Recipient, Exclusion]], *, now: datetime) -> int:
    withdrawn = outbox.withdraw_some(list(gone), now=now)
    for message_id in withdrawn:
        recipient, exclusion = gone[message_id]
        recipient.decision = Decision.EXCLUDED
        recipient.reason = exclusion.reason.value
        recipient.detail = f"{exclusion.detail} (entre-temps)"[:300]
    db.session.flush()
    return len(withdrawn)


def _exclusions_by_place(
    mailing: Mailing, edition: Edition, brief: Brief, *, now: datetime
) -> dict[int, Exclusion]:
    """Why each municipality that would get nothing any more is left out."""
    titles = queries.titles_of(edition.id)
    found = {}
    for case in queries.load_cases(mailing, edition, brief.audience, now=now):
        exclusion = judge(brief.audience, case, mailing_class=brief.mailing_class, titles=titles, now=now)
        if exclusion is not None and case.place is not None:
            found[case.place.id] = exclusion
    return found
