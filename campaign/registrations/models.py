"""Who comes to what: the rules of a registration, the people, the seats they hold, what they answered."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from campaign.contacts.models import Language
from campaign.db import GatheringMixin, Model, PublicMixin
from campaign.events.models import Cohort, Event, Session
from campaign.territory.models import Territory


class AttestationRule(StrEnum):
    """When an attestation may be given."""

    NONE = "aucune"
    ALL = "toutes"
    """All the sittings that the person chose."""
    ANY = "une"


class RegistrationRules(PublicMixin, GatheringMixin, Model):
    """How people register to an event; an event without rules takes no registration."""

    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id", ondelete="CASCADE"), primary_key=True)
    opens_at: Mapped[datetime | None]
    closes_at: Mapped[datetime | None]
    organization_limit: Mapped[int | None]
    """How many people one organization may send."""
    needs_verification: Mapped[bool] = mapped_column(default=True)
    """Seats are given once the address was proven."""
    party_max: Mapped[int] = mapped_column(default=6)
    """How many people one form may register."""
    is_invitation_only: Mapped[bool] = mapped_column(default=False)
    has_waiting_list: Mapped[bool] = mapped_column(default=True)
    offer_hours: Mapped[int] = mapped_column(default=48)
    """How long a seat that frees is kept for the next in line."""
    attestation: Mapped[AttestationRule] = mapped_column(default=AttestationRule.NONE)
    asks_diet: Mapped[bool] = mapped_column(default=False)
    asks_access: Mapped[bool] = mapped_column(default=True)
    takes_children: Mapped[bool] = mapped_column(default=False)
    message: Mapped[str] = mapped_column(sa.Text, default="")
    """Practical information of the organizer, in the confirmation and the reminders."""
    contact_email: Mapped[str] = mapped_column(sa.String(254), default="")

    event: Mapped[Event] = relationship(lazy="raise_on_sql")


class PoolKind(StrEnum):
    """What seats are counted in."""

    EVENT = "evenement"
    COHORT = "groupe"
    SESSION = "seance"
    ORGANIZATION = "organisation"


class SeatPool(Model):
    """Seats of one kind and how many are taken; the database itself refuses one too many.

    Confirmed people and offers hold seats. `campaign.registrations.capacity` is the only writer.
    """

    __table_args__ = (
        sa.UniqueConstraint("event_id", "kind", "target", name="uq_seat_pool_event_id_kind_target"),
        sa.CheckConstraint("taken >= 0", name="taken_is_counted"),
        sa.CheckConstraint("capacity IS NULL OR taken <= capacity", name="never_oversold"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id", ondelete="CASCADE"), index=True)
    kind: Mapped[PoolKind]
    target: Mapped[str] = mapped_column(sa.String(120), default="")
    """The number of the cohort or sitting, or the folded name of the organization."""
    capacity: Mapped[int | None]
    """None when it has no limit."""
    taken: Mapped[int] = mapped_column(default=0)
    last_rank: Mapped[int] = mapped_column(default=0)
    """Of the waiting list, in the pool of the event."""
    sittings: Mapped[list[str]] = mapped_column(default=list)
    """Of a group, or of the event for everybody: its sittings that have a limit. Whoever holds a seat here
    holds one in each of them too."""


class RegistrationState(StrEnum):
    PENDING = "en_attente"
    """Its address is not proven yet: it holds no seat."""
    CONFIRMED = "confirmee"
    WAITING = "liste_attente"
    OFFERED = "promue"
    """A seat is kept for it until `offer_expires_at`."""
    CANCELLED = "annulee_personne"
    CANCELLED_BY_TEAM = "annulee_organisation"
    EXPIRED = "expiree"
    """Never proven, or its offer was not taken in time."""


class Registration(Model):
    """One form: a person, alone or with colleagues who are kept together."""

    __table_args__ = (sa.Index("ix_registration_event_id_state_rank", "event_id", "state", "rank"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id"))
    state: Mapped[RegistrationState]
    rank: Mapped[int | None]
    """Its place in the order of the waiting list; people are told how many are before them."""
    name: Mapped[str] = mapped_column(sa.String(160))
    email: Mapped[str] = mapped_column(sa.String(254), index=True)
    phone: Mapped[str] = mapped_column(sa.String(20), default="")
    language: Mapped[Language] = mapped_column(default=Language.FRENCH)
    link_generation: Mapped[int] = mapped_column(default=1)
    """Of the link by which it is verified, changed and cancelled; another number revokes the earlier ones."""
    form_token: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    """Of the form that it came from: sent twice, it is one registration."""
    created_at: Mapped[datetime]
    verified_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    offered_at: Mapped[datetime | None]
    offer_expires_at: Mapped[datetime | None] = mapped_column(index=True)
    cancelled_at: Mapped[datetime | None]
    updated_at: Mapped[datetime]

    event: Mapped[Event] = relationship(lazy="raise_on_sql")
    attendees: Mapped[list[Attendee]] = relationship(
        lazy="raise_on_sql",
        back_populates="registration",
        order_by="Attendee.position",
        cascade="all, delete-orphan",
    )


class Attendee(Model):
    """One person who comes: a ticket, choices, and a code to say aloud."""

    __table_args__ = (
        sa.UniqueConstraint("event_id", "short_code", name="uq_attendee_event_id_short_code"),
        sa.Index(
            "uq_attendee_event_id_email",
            "event_id",
            "email",
            unique=True,
            sqlite_where=sa.text("is_active AND email <> ''"),
            postgresql_where=sa.text("is_active AND email <> ''"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(
        sa.ForeignKey("registration.id", ondelete="CASCADE"), index=True
    )
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    first_name: Mapped[str] = mapped_column(sa.String(80))
    last_name: Mapped[str] = mapped_column(sa.String(80))
    name_key: Mapped[str] = mapped_column(sa.String(170), index=True)
    """Folded, family name first: for search and alphabetical lists."""
    email: Mapped[str] = mapped_column(sa.String(254), default="")
    organization: Mapped[str] = mapped_column(sa.String(200), default="")
    organization_key: Mapped[str] = mapped_column(sa.String(120), default="")
    role: Mapped[str] = mapped_column(sa.String(160), default="")
    territory_id: Mapped[int | None] = mapped_column(sa.ForeignKey("territory.id"))
    cohort_id: Mapped[int | None] = mapped_column(sa.ForeignKey("cohort.id"), index=True)
    attends_online: Mapped[bool] = mapped_column(default=False)
    children: Mapped[int] = mapped_column(default=0)
    may_be_contacted: Mapped[bool] = mapped_column(default=False)
    accepts_photos: Mapped[bool] = mapped_column(default=False)
    ticket_code: Mapped[str] = mapped_column(sa.String(10), unique=True)
    """What the QR code holds: opaque, nothing personal."""
    short_code: Mapped[str] = mapped_column(sa.String(6))
    link_generation: Mapped[int] = mapped_column(default=1)
    """Of the link to the ticket; another number revokes the earlier ones."""
    is_active: Mapped[bool] = mapped_column(default=True)
    """False once replaced or cancelled alone."""
    replaced_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("attendee.id"))
    is_walk_in: Mapped[bool] = mapped_column(default=False)
    """Registered at the door."""
    created_at: Mapped[datetime]

    registration: Mapped[Registration] = relationship(lazy="raise_on_sql", back_populates="attendees")
    territory: Mapped[Territory | None] = relationship(lazy="raise_on_sql")
    cohort: Mapped[Cohort | None] = relationship(lazy="raise_on_sql")
    choices: Mapped[list[AttendeeChoice]] = relationship(lazy="raise_on_sql", cascade="all, delete-orphan")
    answers: Mapped[list[Answer]] = relationship(lazy="raise_on_sql", cascade="all, delete-orphan")


class AttendeeChoice(Model):
    """A sitting that somebody chose; those of a cohort, or that everybody attends, need no choice."""

    attendee_id: Mapped[int] = mapped_column(
        sa.ForeignKey("attendee.id", ondelete="CASCADE"), primary_key=True
    )
    session_id: Mapped[int] = mapped_column(sa.ForeignKey("session.id"), primary_key=True, index=True)

    session: Mapped[Session] = relationship(lazy="raise_on_sql")


class RegistrationMove(Model):
    """One step of a registration or of one of its people: who, when, from where to where, why."""

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(
        sa.ForeignKey("registration.id", ondelete="CASCADE"), index=True
    )
    attendee_id: Mapped[int | None] = mapped_column(sa.ForeignKey("attendee.id", ondelete="SET NULL"))
    at: Mapped[datetime]
    author: Mapped[str] = mapped_column(sa.String(200))
    from_state: Mapped[RegistrationState | None]
    to_state: Mapped[RegistrationState]
    reason: Mapped[str] = mapped_column(sa.String(300), default="")


class QuestionKind(StrEnum):
    TEXT = "texte"
    CHOICE = "choix"
    CHOICES = "choix_multiples"
    NUMBER = "nombre"
    FILE = "fichier"
    CONSENT = "consentement"


class Question(GatheringMixin, Model):
    """A question of the organizer, asked for each person; a sensitive one has a consent and an end of its
    own."""

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id", ondelete="CASCADE"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    kind: Mapped[QuestionKind]
    label: Mapped[str] = mapped_column(sa.String(300))
    help: Mapped[str] = mapped_column(sa.String(300), default="")
    options: Mapped[list[str]] = mapped_column(default=list)
    is_required: Mapped[bool] = mapped_column(default=False)
    condition_id: Mapped[int | None] = mapped_column(sa.ForeignKey("question.id"))
    """Asked only when that other question was answered by `condition_value`."""
    condition_value: Mapped[str] = mapped_column(sa.String(200), default="")
    is_sensitive: Mapped[bool] = mapped_column(default=False)
    purpose: Mapped[str] = mapped_column(sa.String(300), default="")
    """What a sensitive answer will serve for, as the person reads it before consenting."""
    kept_days: Mapped[int] = mapped_column(default=30)
    """How long after the event a sensitive answer is kept."""


class Answer(Model):
    """What a person answered; a sensitive answer is with the others of its kind only."""

    id: Mapped[int] = mapped_column(primary_key=True)
    attendee_id: Mapped[int] = mapped_column(sa.ForeignKey("attendee.id", ondelete="CASCADE"), index=True)
    question_id: Mapped[int] = mapped_column(sa.ForeignKey("question.id"), index=True)
    value: Mapped[dict[str, Any]]

    question: Mapped[Question] = relationship(lazy="raise_on_sql")


class SensitiveAnswer(Model):
    """An answer on health, food or needs: given with an express consent, seen by few, erased in time."""

    id: Mapped[int] = mapped_column(primary_key=True)
    attendee_id: Mapped[int] = mapped_column(sa.ForeignKey("attendee.id", ondelete="CASCADE"), index=True)
    question_id: Mapped[int | None] = mapped_column(sa.ForeignKey("question.id"), index=True)
    topic: Mapped[str] = mapped_column(sa.String(40), default="")
    """« alimentation » or « adaptation » for the two usual ones."""
    value: Mapped[str] = mapped_column(sa.Text)
    consented_at: Mapped[datetime]
    purge_on: Mapped[date] = mapped_column(index=True)


class AnswerFile(Model):
    """The file that somebody sent to a question, erased with the answer that names it.

    Its bytes are in the database: every web process sees them, whatever erases the answer erases them, and a
    backup has both. Sent with a form that came back, it waits for the next sending under a handle that only
    this form knows.
    """

    __table_args__ = (
        sa.CheckConstraint("answer_id IS NULL OR sensitive_answer_id IS NULL", name="one_answer"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[int] = mapped_column(sa.ForeignKey("question.id", ondelete="CASCADE"), index=True)
    answer_id: Mapped[int | None] = mapped_column(sa.ForeignKey("answer.id", ondelete="CASCADE"), unique=True)
    sensitive_answer_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("sensitive_answer.id", ondelete="CASCADE"), unique=True
    )
    handle_hash: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    """Of the word by which a form keeps it; the same form sent twice still knows it by that word."""
    name: Mapped[str] = mapped_column(sa.String(120))
    """As the person named it, cleaned."""
    media_type: Mapped[str] = mapped_column(sa.String(100))
    size_bytes: Mapped[int]
    digest: Mapped[str] = mapped_column(sa.String(64))
    """SHA-256 of what was sent: the same file sent twice is one."""
    created_at: Mapped[datetime] = mapped_column(index=True)
    content: Mapped[bytes] = mapped_column(sa.LargeBinary, deferred=True, deferred_raiseload=True)
    """Asked for alone, by `campaign.registrations.files`."""


class InvitationState(StrEnum):
    SENT = "envoyee"
    ACCEPTED = "acceptee"
    DECLINED = "declinee"


class Invitation(Model):
    """Somebody asked to come, in a role; only the invited register to what is by invitation."""

    __table_args__ = (sa.UniqueConstraint("event_id", "email", name="uq_invitation_event_id_email"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(sa.String(160))
    email: Mapped[str] = mapped_column(sa.String(254))
    role: Mapped[str] = mapped_column(sa.String(120), default="")
    """« partenaire », « élue provinciale », « invitée d’honneur »"""
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    state: Mapped[InvitationState] = mapped_column(default=InvitationState.SENT)
    registration_id: Mapped[int | None] = mapped_column(sa.ForeignKey("registration.id"))
    created_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]


class Survey(Model):
    """The questionnaire sent to one person: only that it was answered is kept with the person."""

    attendee_id: Mapped[int] = mapped_column(
        sa.ForeignKey("attendee.id", ondelete="CASCADE"), primary_key=True
    )
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    answered_on: Mapped[date | None]


class SurveyAnswer(Model):
    """What somebody answered, without a trace of who."""

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id", ondelete="CASCADE"), index=True)
    score: Mapped[int]
    """From 1 to 5."""
    liked: Mapped[str] = mapped_column(sa.Text, default="")
    improve: Mapped[str] = mapped_column(sa.Text, default="")
