"""The drafts of an edition: the standard calendar, the organizers' own mailings, their words, their plan."""

from __future__ import annotations

from datetime import datetime
from itertools import chain, count

from campaign.campaigns.models import Edition
from campaign.db import db
from campaign.errors import Conflict
from campaign.identifiers import slugify
from campaign.mailings import calendar, queries
from campaign.mailings.audiences import OF_TERRITORIES, UNASKED, Audience, Who
from campaign.mailings.models import Mailing, MailingState, MailingText, Nature
from campaign.mailings.schedule import PER_RECIPIENT, MailingClass, Rule
from campaign.mailings.wording import Text
from campaign.web.filters import NBSP

ENDED = (MailingState.DONE, MailingState.CANCELLED)

_FIELD_NAMES = {"subject": "Objet", "preheader": "Aperçu", "body": "Texte"}


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


def write_text(
    mailing: Mailing, text: Text, *, variant: str, language: str, author: str, now: datetime
) -> None:
    """Keep a new version of the words. Refused once letters have left with others."""
    _check_open(mailing)
    if problem := first_problem(text):
        raise Conflict(problem)
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


def first_problem(text: Text) -> str:
    """« Objet : … »; empty when the words may leave."""
    problems = text.check()
    if not problems:
        return ""
    field, found = next(iter(problems.items()))
    return f"{_FIELD_NAMES[field]}{NBSP}: {found[0]}"


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
