"""Who is to be called, and why: the few whom no message will reach, or for whom messages were not enough."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from campaign.campaigns.models import Edition
from campaign.participations import states
from campaign.participations.models import Participation, State
from campaign.participations.reach import address, is_refused
from campaign.territory.models import Territory

UNCONFIRMED_FOR = timedelta(days=7)
"""The verification letter was sent again on the third day: after a week, someone calls (domain §4, no 8)."""

SECOND_REMINDER = timedelta(days=45)
"""Before day J: the invitation and two reminders have left (domain §4, nos 2, 3 and 6)."""


class Call(StrEnum):
    """Why this municipality is on the list of calls; the first reason that holds."""

    UNCONFIRMED = "inscription_sans_confirmation"
    NOBODY = "sans_personne_ressource"
    COUNCIL_MET = "conseil_a_siege"
    REFUSED = "adresse_refusee"
    NO_ADDRESS = "sans_adresse"
    CAME_BEFORE = "participante_precedente"


LABELS = {
    Call.UNCONFIRMED: "Inscrite depuis plus d’une semaine, sans confirmation",
    Call.NOBODY: "Plus de personne-ressource",
    Call.COUNCIL_MET: "Le conseil a siégé, pas encore de réponse",
    Call.REFUSED: "Son adresse courriel refuse nos messages",
    Call.NO_ADDRESS: "Aucune adresse courriel",
    Call.CAME_BEFORE: "A participé à l’édition précédente, pas encore de réponse",
}

SILENT_STATES = (State.NOT_INVITED, State.INVITED)


def is_silent() -> sa.ColumnElement[bool]:
    """No answer of any kind in the edition joined. A territory never written to has no row."""
    return sa.or_(Participation.id.is_(None), Participation.state.in_(SILENT_STATES))


def reason(edition: Edition, *, now: datetime, today: date) -> sa.ColumnElement[str | None]:
    """Why to call, or NULL. Nobody is called about an edition that is over.

    Works on a statement where `Territory` is joined to its `Participation` and that one to its `Contact`.
    """
    if edition.source_url or (edition.end_on is not None and edition.end_on < today):
        return sa.cast(sa.null(), sa.String)
    email = address()
    is_expected = sa.or_(
        is_silent(), Participation.state.in_((State.UNDECIDED, State.REGISTERED, State.CONFIRMED))
    )
    has_answered = Participation.state.in_((State.REGISTERED, State.CONFIRMED))
    reasons = [
        (
            sa.and_(
                Participation.state == State.REGISTERED, Participation.registered_at <= now - UNCONFIRMED_FOR
            ),
            Call.UNCONFIRMED,
        ),
        (sa.and_(has_answered, Participation.contact_id.is_(None)), Call.NOBODY),
        (
            sa.and_(Participation.state == State.UNDECIDED, Participation.decides_on < today),
            Call.COUNCIL_MET,
        ),
        (sa.and_(is_expected, is_refused(email)), Call.REFUSED),
        (sa.and_(is_expected, email.is_(None)), Call.NO_ADDRESS),
    ]
    if edition.flag_on is not None and today >= edition.flag_on - SECOND_REMINDER:
        reasons.append((sa.and_(is_silent(), _came_before(edition)), Call.CAME_BEFORE))
    return sa.case(
        *((sa.and_(_may_be_called(), condition), call.value) for condition, call in reasons), else_=None
    )


def _may_be_called() -> sa.ColumnElement[bool]:
    """A municipality that exists today, or whoever has answered (a borough, a community)."""
    return sa.or_(
        sa.and_(Territory.is_local.is_(True), Territory.valid_to.is_(None)), Participation.id.is_not(None)
    )


def _came_before(edition: Edition) -> sa.ColumnElement[bool]:
    past, past_edition = aliased(Participation), aliased(Edition)
    return (
        sa.exists()
        .where(
            past.territory_id == Territory.id,
            past.state.in_(states.COUNTED),
            past.edition_id == past_edition.id,
            past_edition.number == edition.number - 1,
        )
        .correlate(Territory)
    )
