"""Scheduling a mailing, letting it leave, stopping it: the plan follows the answers at each tick.

A mailing leaves by small batches, each in a transaction of its own (`campaign.jobs` opens them): the ledger's
row and the letter are written together or not at all. Stopped anywhere and started again, it goes on with
those whom the ledger does not have; the unique keys of the ledger and of the queue forbid a second one.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from itertools import chain, count

import sqlalchemy as sa

from campaign import clock
from campaign.campaigns import queries as campaigns
from campaign.campaigns.holidays import municipal_election_on
from campaign.campaigns.models import Edition, Organization
from campaign.db import db
from campaign.errors import Conflict
from campaign.i18n import ngettext
from campaign.identifiers import slugify
from campaign.mailings import calendar, departure, hours, queries, resending
from campaign.mailings.audiences import OF_TERRITORIES, UNASKED, Audience, Case, Who
from campaign.mailings.departure import batch_of as batch_of  # asked of the services by the pages
from campaign.mailings.letters import Words
from campaign.mailings.models import (
    Mailing,
    MailingState,
    MailingText,
    Nature,
    Recipient,
)
from campaign.mailings.plan import Brief, Line, excluded_by_time, is_late, keys_due, lay_out, may_leave
from campaign.mailings.resending import Resent
from campaign.mailings.schedule import LATE_AFTER, PER_RECIPIENT, UNDO, MailingClass, Rule
from campaign.mailings.wording import Text
from campaign.outbox import queries as outbox_queries
from campaign.outbox import services as outbox
from campaign.outbox.models import Hold, Message, MessageState
from campaign.participations import services as participations
from campaign.participations.models import Channel
from campaign.participations.services import Author
from campaign.web.filters import NBSP, number

log = logging.getLogger(__name__)

BATCH = 200
"""Addresses decided in one transaction: a few tens of milliseconds during which others wait to write."""

AFTER_THE_WEEK = timedelta(days=120)
"""Mailings that follow each recipient's own moment end this long after the week."""

MAX_BOUNCES = 0.05
MAX_COMPLAINTS = 0.003
"""Above these shares of what left, a mailing stops by itself (domain §5.2 D3)."""

INCIDENTS_TOLD = timedelta(days=7)

FEWEST_TO_JUDGE = 20
"""One dead address among the first three letters says nothing of a list."""

ENDED = (MailingState.DONE, MailingState.CANCELLED)
MOVING = (MailingState.SCHEDULED, MailingState.LEAVING)


# --- the calendar ---------------------------------------------------------------------------------------


def open_calendar(edition: Edition) -> None:
    """The standard calendar as drafts, with last year's changes to it. Opening it twice adds nothing."""
    known = queries.titles_of(edition.id)
    for standard in calendar.STANDARD:
        if standard.key in known:
            continue
        db.session.add(
            Mailing(
                edition_id=edition.id,
                key=standard.key,
                line=standard.line,
                title=standard.title,
                mailing_class=standard.mailing_class.value,
                nature=Nature(standard.nature),
                rule=standard.rule.to_json(),
                audience=dict(standard.audience),
                groups_by_address=standard.group_by_address,
                signed_by_coordinator=standard.signed_by_coordinator,
                is_automatic=standard.is_automatic,
            )
        )
    db.session.flush()


def add_mailing(
    edition: Edition, *, title: str, mailing_class: MailingClass, nature: Nature, now: datetime
) -> Mailing:
    """A mailing of the organizers' own, a draft without words: on day J, to the usual list of its class."""
    _check_nature(mailing_class, nature)
    mailing = Mailing(
        edition_id=edition.id,
        key=_free_key(title, edition),
        title=title,
        mailing_class=mailing_class.value,
        nature=nature,
        rule=Rule().to_json(),
        audience=Audience(who=_USUAL_LISTS.get(mailing_class, Who.MUNICIPALITIES)).to_json(),
        updated_at=now,
    )
    db.session.add(mailing)
    db.session.flush()
    return mailing


_USUAL_LISTS = {
    MailingClass.SERVICE: Who.PARTICIPANTS,
    MailingClass.MEDIA: Who.MEDIA,
    MailingClass.TEAM: Who.TEAM,
}

_OTHER_ADDRESSES = {"ajouter", "tout-suspendre", "tout-reprendre"}
"""What stands beside the mailings in the addresses of the team's pages."""


def _free_key(title: str, edition: Edition) -> str:
    """« rentree-scolaire », then « rentree-scolaire-2 »: never the key of another, standard ones included."""
    taken = {*queries.titles_of(edition.id), *(each.key for each in calendar.STANDARD), *_OTHER_ADDRESSES}
    plain = slugify(title)[:50].strip("-") or "envoi"
    return next(key for key in chain([plain], (f"{plain}-{n}" for n in count(2))) if key not in taken)


def words_of(mailing: Mailing, edition: Edition) -> dict[str, Words]:
    """The words of each variant: those of this edition, else of the one before, else the standard ones."""
    texts = {
        (variant, language): text for (variant, language), text in calendar.texts_of(mailing.key).items()
    }
    previous = queries.find_previous(mailing, edition)
    for source in (previous, mailing):
        if source is not None:
            texts |= latest_texts(source)
    # An English version written empty is one withdrawn.
    texts = {key: text for key, text in texts.items() if text.body}
    variants = {variant for variant, language in texts if language == "fr"}
    return {
        variant: Words(
            french=texts[variant, "fr"], english=texts.get((variant, "en")) or texts.get(("", "en"))
        )
        for variant in sorted(variants)
    }


def latest_texts(mailing: Mailing) -> dict[tuple[str, str], Text]:
    """The last version written of each variant and language."""
    return {
        (each.variant, each.language): Text(subject=each.subject, preheader=each.preheader, body=each.body)
        for each in reversed(queries.list_texts(mailing))
    }


def write_text(
    mailing: Mailing, text: Text, *, variant: str, language: str, author: str, now: datetime
) -> None:
    """Keep a new version of the words. Refused once letters have left with others."""
    _check_open(mailing)
    problems = text.check()
    if problems:
        field, found = next(iter(problems.items()))
        raise Conflict(f"{_FIELD_NAMES[field]}{NBSP}: {found[0]}")
    db.session.add(
        MailingText(
            mailing_id=mailing.id,
            variant=variant,
            language=language,
            subject=text.subject,
            preheader=text.preheader,
            body=text.body,
            author=author,
            written_at=now,
        )
    )
    mailing.updated_at = now


_FIELD_NAMES = {"subject": "Objet", "preheader": "Aperçu", "body": "Texte"}


def change_plan(
    mailing: Mailing,
    *,
    rule: Rule,
    audience: Audience,
    nature: Nature,
    groups_by_address: bool,
    signed_by_coordinator: bool,
    now: datetime,
) -> None:
    """Another moment, audience or nature, as long as nothing has left."""
    _check_open(mailing)
    _check_nature(MailingClass(mailing.mailing_class), nature)
    _check_moment(rule, audience)
    mailing.rule = rule.to_json()
    mailing.audience = audience.to_json()
    mailing.nature = nature
    mailing.groups_by_address = groups_by_address
    mailing.signed_by_coordinator = signed_by_coordinator
    mailing.updated_at = now
    db.session.flush()


def _check_nature(mailing_class: MailingClass, nature: Nature) -> None:
    """What is sold leaves as a solicitation: only that class looks at consents and at who unsubscribed."""
    if nature is Nature.COMMERCIAL and mailing_class not in UNASKED:
        raise Conflict(
            f"Un message commercial est une sollicitation{NBSP}: la personne doit pouvoir s’en désabonner. "
            "Ajoutez un envoi de ce type, ou choisissez une autre nature."
        )


def _check_moment(rule: Rule, audience: Audience) -> None:
    """A ceremony, a registration, a council: only municipalities have one."""
    if rule.anchor in PER_RECIPIENT and audience.who not in OF_TERRITORIES:
        raise Conflict(
            "Cet envoi suit le moment de chaque municipalité. Choisissez une liste de municipalités, ou "
            "faites-le partir à partir du jour J ou à une date fixe."
        )


def is_open(mailing: Mailing) -> bool:
    """Whether its words and its plan may still change."""
    return not mailing.is_automatic and mailing.started_at is None and mailing.state not in ENDED


def _check_open(mailing: Mailing) -> None:
    if mailing.is_automatic:
        raise Conflict("Cet envoi part de lui-même avec chaque réponse. Il ne se modifie pas ici.")
    if not is_open(mailing):
        raise Conflict("Cet envoi a commencé à partir. Ses textes et son public ne changent plus.")


def brief_of(mailing: Mailing, edition: Edition) -> Brief:
    """What planning needs to know of a mailing."""
    return Brief(
        mailing_class=MailingClass(mailing.mailing_class),
        rule=Rule.from_json(mailing.rule),
        audience=Audience.from_json(mailing.audience),
        flag_on=edition.flag_on,
        groups_by_address=mailing.groups_by_address,
        has_variants=len(words_of(mailing, edition)) > 1,
        earliest_at=mailing.earliest_at,
    )


def applies(mailing: Mailing, edition: Edition) -> bool:
    """Whether this edition has the mailing at all: one leaves in years of municipal elections only."""
    return Rule.from_json(mailing.rule).applies_in(edition.year, municipal_election_on(edition.year))


# --- what a person does ---------------------------------------------------------------------------------


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
            problems = text.check() if text else {}
            if problems:
                field, found = next(iter(problems.items()))
                raise Conflict(f"Le texte est à corriger. {_FIELD_NAMES[field]}{NBSP}: {found[0]}")


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


def pause(mailing: Mailing, *, author: str, reason: str, now: datetime) -> None:
    """Hold what is queued and decide nothing more, without losing anything."""
    if mailing.state not in (*MOVING, MailingState.DONE):
        raise Conflict("Cet envoi n’est pas en route. Il n’y a rien à mettre en pause.")
    mailing.state = MailingState.PAUSED
    mailing.state_reason = reason[:300]
    outbox.hold(batch_of(mailing), author=author, reason=reason, now=now)
    db.session.flush()


def resume(mailing: Mailing, edition: Edition, *, author: str, now: datetime) -> None:
    """Go on where it stopped. Who answered in the meantime is taken out of the queue first.

    The refusals seen so far are accepted: only new ones stop it again.
    """
    if mailing.state is not MailingState.PAUSED:
        raise Conflict("Cet envoi n’est pas en pause. Rechargez la page pour voir où il en est.")
    incidents = outbox_queries.incident_rates(batch_of(mailing))
    mailing.accepted_bounces = incidents.hard_bounces + incidents.failed
    mailing.accepted_complaints = incidents.complaints
    mailing.state = MailingState.LEAVING if mailing.started_at else MailingState.SCHEDULED
    mailing.state_reason = f"Reprise demandée par {author}."[:300]
    brief = brief_of(mailing, edition)
    moment = departure.first_moment(brief)
    if moment is not None and now > moment + LATE_AFTER:
        mailing.earliest_at = now  # however late: the person who resumes it knows
    departure.take_out(mailing, edition, brief, now=now)
    hours.put_off(now=now)
    outbox.release(batch_of(mailing))
    db.session.flush()


def cancel(mailing: Mailing, *, author: str, now: datetime) -> int:
    """« Annuler l’envoi »: what has not left never will. Gives the number of letters taken back."""
    if mailing.state is MailingState.CANCELLED or mailing.state is MailingState.DRAFT:
        raise Conflict("Cet envoi n’est pas en route. Il n’y a rien à annuler.")
    withdrawn = outbox.withdraw(batch_of(mailing), now)
    outbox.release(batch_of(mailing))
    mailing.state = MailingState.CANCELLED
    mailing.state_reason = f"Annulé par {author}."[:300]
    mailing.finished_at = now
    db.session.flush()
    return withdrawn


def hold_everything(*, author: str, reason: str, now: datetime) -> None:
    """« Tout suspendre »: no mailing decides or leaves. Direct answers (a receipt, a key) still do."""
    outbox.hold(Hold.EVERYTHING, author=author, reason=reason, now=now)


def release_everything(*, now: datetime) -> None:
    """Let mailings go on. Who answered in the meantime is taken out of the queue first."""
    take_out_answered(now=now)
    hours.put_off(now=now)
    outbox.release(Hold.EVERYTHING)


def resend(
    mailing: Mailing, edition: Edition, recipient_ids: Collection[int], *, author: str, now: datetime
) -> Resent:
    """Write again to a chosen few whom a letter did not reach; gives who gets one, and who cannot and why.

    A letter that failed, or may not have left, leaves again as it is. An address that was refused, and has
    changed since, gets a new letter; so does one for which it was too late, or that was taken back. Nobody
    who answered meanwhile is asked again, and pressing twice sends once.
    """
    check_sender(campaigns.organization())
    return resending.resend(
        mailing,
        edition,
        brief_of(mailing, edition),
        words_of(mailing, edition),
        recipient_ids,
        author=author,
        now=now,
    )


# --- what happens by itself -----------------------------------------------------------------------------


def list_moving(now: datetime) -> list[int]:
    """The mailings that may have something to do at this instant; none while everything is held."""
    if outbox_queries.is_held(Hold.EVERYTHING):
        return []
    rows = db.session.execute(
        sa.select(Mailing, Edition)
        .join(Edition, Mailing.edition_id == Edition.id)
        .where(Mailing.state.in_(MOVING))
        .order_by(Mailing.id)
    )
    moments = _Moments(now)
    return [mailing.id for mailing, edition in rows if moments.have_come(mailing, edition)]


class _Moments:
    """Whether mailings have somebody to consider; the answers are read once for all of them."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self._participants: dict[int, list[Case]] = {}

    def have_come(self, mailing: Mailing, edition: Edition) -> bool:
        brief = Brief(
            mailing_class=MailingClass(mailing.mailing_class),
            rule=Rule.from_json(mailing.rule),
            audience=Audience.from_json(mailing.audience),
            flag_on=edition.flag_on,
            groups_by_address=mailing.groups_by_address,
            earliest_at=mailing.earliest_at,
        )
        if brief.rule.anchor not in PER_RECIPIENT:
            moment = departure.first_moment(brief)
            return moment is not None and moment <= self.now
        if _is_past(edition, self.now):
            return True
        states = brief.audience.states
        cases = (case for case in self._answers(edition) if not states or case.answers.state in states)
        due = keys_due(brief, cases, self.now)
        return bool(due) and not due <= queries.decided_keys(mailing)

    def _answers(self, edition: Edition) -> list[Case]:
        if edition.id not in self._participants:
            self._participants[edition.id] = queries.load_participants(edition)
        return self._participants[edition.id]


def _is_past(edition: Edition, now: datetime) -> bool:
    """So long after the week that nothing follows anybody's moment any more."""
    return edition.end_on is not None and clock.today(now) > edition.end_on + AFTER_THE_WEEK


def advance(mailing_id: int, *, now: datetime) -> int:
    """Decide the next addresses of a mailing and queue their letters; gives how many, none when it is over.

    The caller commits after each call. Two workers never decide together: the row of the mailing is locked,
    and whoever finds it taken goes elsewhere.
    """
    mailing = db.session.scalar(
        sa.select(Mailing)
        .where(Mailing.id == mailing_id, Mailing.state.in_(MOVING))
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    if mailing is None or outbox_queries.is_held(Hold.EVERYTHING):
        return 0
    edition = db.session.get_one(Edition, mailing.edition_id)
    try:
        check_sender(campaigns.organization())
    except Conflict as missing:
        _wait(mailing, str(missing))
        return 0
    brief = brief_of(mailing, edition)
    lines = _undecided(mailing, edition, brief, now=now)
    ready = [line for line in lines if may_leave(brief, line, now)]
    if brief.rule.anchor not in PER_RECIPIENT and any(is_late(brief, line, now) for line in ready):
        _wait(mailing, "En retard de plus de 48 heures : quelqu’un décide s’il part encore.")
        return 0
    if ready:
        if mailing.started_at is None:
            mailing.started_at = now
        mailing.state = MailingState.LEAVING
        departure.decide(mailing, edition, brief, ready[:BATCH], words_of(mailing, edition), now=now)
    elif _is_over(mailing, edition, brief, lines, now=now):
        mailing.state, mailing.finished_at = MailingState.DONE, now
        log.info("mailing decided", extra={"mailing": mailing.id})
    db.session.flush()
    return len(ready[:BATCH])


def _undecided(mailing: Mailing, edition: Edition, brief: Brief, *, now: datetime) -> list[Line]:
    """The lines that the ledger does not have yet; of a long list, the next ones."""
    titles = queries.titles_of(edition.id)
    if brief.audience.who in (Who.CONTACTS, Who.MEDIA):
        cases = queries.next_contacts(mailing, edition, brief.audience, now=now, limit=BATCH)
        return lay_out(brief, cases, titles=titles, now=now)
    # One that follows each recipient's moment considers those to whom it may apply, not the whole list.
    is_rolling = brief.rule.anchor in PER_RECIPIENT
    cases = queries.load_cases(mailing, edition, brief.audience, now=now, may_apply_only=is_rolling)
    if not is_rolling:
        # Once for a town, though its address may change while the others wait for their hour.
        written_to = queries.places_written_to(mailing)
        cases = [case for case in cases if case.place is None or case.place.id not in written_to]
    decided = queries.decided_keys(mailing)
    return [line for line in lay_out(brief, cases, titles=titles, now=now) if line.key not in decided]


def _is_over(
    mailing: Mailing, edition: Edition, brief: Brief, lines: Sequence[Line], *, now: datetime
) -> bool:
    return _is_past(edition, now) if brief.rule.anchor in PER_RECIPIENT else not lines


def set_aside(mailing_id: int) -> None:
    """An accident that nobody foresaw: the mailing waits for a person, and keeps no other waiting."""
    mailing = db.session.scalar(
        sa.select(Mailing).where(Mailing.id == mailing_id, Mailing.state.in_(MOVING)).with_for_update()
    )
    if mailing is not None:
        _wait(mailing, f"Un incident l’empêche de partir{NBSP}: le journal du planificateur dit lequel.")


def _wait(mailing: Mailing, reason: str) -> None:
    mailing.state = MailingState.WAITING
    mailing.state_reason = reason[:300]
    log.warning("mailing waits for a person", extra={"mailing": mailing.id})
    db.session.flush()


_QUEUED = Mailing.id.in_(
    sa.select(Recipient.mailing_id)
    .join(Message, Recipient.message_id == Message.id)
    .where(Message.state == MessageState.QUEUED)
)
"""From the queue, which is short, and not from the ledgers of all years."""


def has_queued() -> bool:
    """Whether letters of a mailing wait in the queue."""
    waiting = sa.exists().where(Message.batch != "", Message.state == MessageState.QUEUED)
    return bool(db.session.scalar(sa.select(waiting)))


def take_out_answered(*, now: datetime) -> int:
    """Take out of the queue those who answered, declined or unsubscribed since their letter was written.

    « Nobody who said no is asked again », even in the minutes that a long mailing takes to leave, or in the
    days that it was held.
    """
    rows = db.session.execute(
        sa.select(Mailing, Edition)
        .join(Edition, Mailing.edition_id == Edition.id)
        .where(Mailing.started_at.is_not(None), Mailing.state != MailingState.CANCELLED, _QUEUED)
    ).all()
    return sum(
        departure.take_out(mailing, edition, brief_of(mailing, edition), now=now) for mailing, edition in rows
    )


def is_above_limits(*, now: datetime) -> bool:
    """Whether a mailing has to be stopped."""
    return any(_why_stop(mailing) for mailing in _running(now))


def stop_above_limits(*, now: datetime) -> list[Mailing]:
    """Pause each mailing that too many addresses refuse, or that too many people call spam; gives those."""
    stopped = []
    for mailing in _running(now):
        reason = _why_stop(mailing)
        if reason:
            log.warning("mailing stopped by its incidents", extra={"mailing": mailing.id})
            pause(mailing, author="Pavois", reason=reason, now=now)
            stopped.append(mailing)
    return stopped


def _running(now: datetime) -> Sequence[Mailing]:
    """Those that leave, or left in the last days: providers tell of refusals and complaints afterwards."""
    return db.session.scalars(
        sa.select(Mailing).where(
            Mailing.started_at.is_not(None),
            sa.or_(
                Mailing.state.in_(MOVING),
                sa.and_(Mailing.state == MailingState.DONE, Mailing.finished_at > now - INCIDENTS_TOLD),
            ),
        )
    ).all()


def _why_stop(mailing: Mailing) -> str:
    incidents = outbox_queries.incident_rates(batch_of(mailing))
    refused = incidents.hard_bounces + incidents.failed
    bounces = refused - mailing.accepted_bounces
    complaints = incidents.complaints - mailing.accepted_complaints
    gone = incidents.sent + refused
    if bounces > 0 and gone >= FEWEST_TO_JUDGE and bounces / gone > MAX_BOUNCES:
        said = (
            ngettext("%(num)d message refusé", "%(num)d messages refusés", bounces)
            if incidents.failed
            else ngettext("%(num)d adresse refusée", "%(num)d adresses refusées", bounces)
        )
        return f"Arrêté de lui-même{NBSP}: {said} sur {number(gone)}."
    if complaints > 0 and complaints / gone > MAX_COMPLAINTS:
        said = ngettext("%(num)d plainte", "%(num)d plaintes", complaints)
        return f"Arrêté de lui-même{NBSP}: {said} pour {number(gone)} messages."
    return ""


def has_newly_invited() -> bool:
    """Whether a solicitation reached a municipality whose participation does not say so yet."""
    return bool(queries.list_newly_invited(limit=1))


def mark_invited(*, now: datetime) -> int:
    """« Invitée »: the first letter that asks a municipality to take part has left. Some at a time; gives how
    many, none when all are marked."""
    rows = queries.list_newly_invited(limit=BATCH)
    editions = {edition.id: edition for edition, _, _ in rows}
    for edition, territory, title in rows:
        author = Author(name=f"Envoi «{NBSP}{title}{NBSP}»", channel=Channel.MAIL)
        participations.invite(editions[edition.id], territory, author=author, now=now)
    db.session.flush()
    return len(rows)


# --- previews -------------------------------------------------------------------------------------------


def preview(mailing: Mailing, edition: Edition, *, now: datetime) -> list[Line]:
    """Every address that the mailing would consider at that instant, with what it would get and why.

    What the ledger holds already is not read: it is the mailing as if nothing of it had left.
    """
    brief = brief_of(mailing, edition)
    cases = queries.load_cases(mailing, edition, brief.audience, now=now)
    lines = lay_out(brief, cases, titles=queries.titles_of(edition.id), now=now)
    return [_told_in_time(brief, line, now) for line in lines]


def _told_in_time(brief: Brief, line: Line, now: datetime) -> Line:
    """A mailing of one moment is previewed as if it had come; the others tell who is to wait."""
    if brief.rule.anchor not in PER_RECIPIENT or not line.included:
        return line
    exclusion = excluded_by_time(brief, line, now)
    return line if exclusion is None else line.without(exclusion)
