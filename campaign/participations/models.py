"""What a municipality does in an edition, how it got there, and the links by which it speaks to us."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from enum import StrEnum
from itertools import chain
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from campaign.campaigns.models import Edition
from campaign.contacts.models import Contact, Language
from campaign.db import Model, PublicMixin, value_before, value_now
from campaign.events.models import Event
from campaign.territory.models import Territory


class State(StrEnum):
    """The main state of a participation."""

    NOT_INVITED = "non_sollicitee"
    INVITED = "sollicitee"
    UNDECIDED = "en_reflexion"
    REGISTERED = "inscrite"
    CONFIRMED = "confirmee"
    DONE = "realisee"
    CANCELLED = "annulee"
    DECLINED = "declinee"
    DISCARDED = "ecartee"


class ResolutionState(StrEnum):
    NONE = "aucune"
    ON_AGENDA = "a_l_ordre_du_jour"
    ADOPTED = "adoptee"
    REFUSED = "refusee"


class KitState(StrEnum):
    NOT_REQUESTED = "non_demandee"
    REQUESTED = "demandee"
    IN_PREPARATION = "en_preparation"
    SHIPPED = "expediee"
    RECEIVED = "recue"
    RETURNING = "en_retour"
    ALREADY_OWNED = "drapeau_deja_en_main"


class ReportState(StrEnum):
    NOT_EXPECTED = "non_attendu"
    EXPECTED = "attendu"
    RECEIVED = "recu"
    REMINDED = "relance"
    CLOSED = "clos_sans_bilan"


class Mode(StrEnum):
    """The ways to take part; at least one is needed."""

    FLAG = "lever_drapeau"
    MAE_FLAG = "lever_drapeau_mae"
    RESOLUTION = "resolution"
    ACTIVITY = "activite"
    DISPLAY = "affichage"
    BLANKET = "carre_doudou"
    OTHER = "autre"


class Mast(StrEnum):
    """Is a mast free? One flag per mast, and the Québec flag keeps its own."""

    YES = "oui"
    ONLY_ONE = "un_seul"
    UNKNOWN = "inconnu"


class Presence(StrEnum):
    YES = "oui"
    NO = "non"
    TO_CONFIRM = "a_confirmer"


class PlanB(StrEnum):
    MAINTAINED = "maintenue"
    POSTPONED = "reportee"
    INDOORS = "interieur"


class Channel(StrEnum):
    """From where a move came."""

    WEB = "web"
    LINK = "lien_personnel"
    MAIL = "courriel"
    PHONE = "telephone"
    TEAM = "equipe"
    IMPORT = "import"
    SIMULATION = "simulation"


class Track(StrEnum):
    """What a recorded move was about."""

    STATE = "etat"
    CEREMONY = "ceremonie"
    RESOLUTION = "resolution"
    KIT = "trousse"
    REPORT = "bilan"
    DETAILS = "fiche"
    LINK = "lien"
    REVIEW = "verification"


HIDDEN = frozenset(
    {
        State.NOT_INVITED,
        State.INVITED,
        State.UNDECIDED,
        State.REGISTERED,
        State.DECLINED,
        State.DISCARDED,
    }
)
"""No public page tells that a municipality is there. One that called off is seen with its ceremony."""

PRIVATE = frozenset(
    {
        "number", "channel", "registered_at", "confirmed_at", "decides_on",
        "kit_state", "kit_flags", "kit_posters", "kit_stickers", "kit_blankets",
        "delivery_address", "delivery_hours", "delivery_attention", "report_state", "report_reminders",
        "contact_id", "contact", "second_contact_id", "second_contact", "media_may_call", "language",
        "notice_version", "created_at", "updated_at",
    }
)  # fmt: skip
"""What no public page tells of a participation that it shows."""


class Participation(PublicMixin, Model):
    """The single participation of a territory in an edition. « Non sollicitée » needs no row."""

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("edition.id"), index=True)
    territory_id: Mapped[int] = mapped_column(sa.ForeignKey("territory.id"), index=True)
    territory_name: Mapped[str] = mapped_column(sa.String(120), default="")
    """The name at the time: past years stay under the past name."""
    number: Mapped[int | None]
    state: Mapped[State] = mapped_column(default=State.NOT_INVITED, index=True)
    channel: Mapped[Channel] = mapped_column(default=Channel.WEB)
    needs_review: Mapped[bool] = mapped_column(default=False)
    """Came from an address that the directory does not know: the team looks before the public does."""
    registered_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    decides_on: Mapped[date | None]
    """« Prévenez-moi après la séance du conseil du … »"""

    modes: Mapped[list[str]] = mapped_column(default=list)
    other_mode: Mapped[str] = mapped_column(sa.String(200), default="")
    event_id: Mapped[int | None] = mapped_column(sa.ForeignKey("event.id"), unique=True)
    """The ceremony, when a flag is raised."""
    lowered_on: Mapped[date | None]
    mast: Mapped[Mast | None]
    children: Mapped[Presence | None]
    children_count: Mapped[int | None]
    childcare: Mapped[str] = mapped_column(sa.String(160), default="")
    elected_name: Mapped[str] = mapped_column(sa.String(160), default="")
    elected_role: Mapped[str] = mapped_column(sa.String(120), default="")
    plan_b: Mapped[PlanB | None]
    plan_b_on: Mapped[date | None]
    plan_b_place: Mapped[str] = mapped_column(sa.String(300), default="")

    resolution_state: Mapped[ResolutionState] = mapped_column(default=ResolutionState.NONE, index=True)
    resolution_on: Mapped[date | None]
    resolution_number: Mapped[str] = mapped_column(sa.String(60), default="")

    kit_state: Mapped[KitState] = mapped_column(default=KitState.NOT_REQUESTED, index=True)
    kit_flags: Mapped[int] = mapped_column(default=0)
    kit_posters: Mapped[int] = mapped_column(default=0)
    kit_stickers: Mapped[int] = mapped_column(default=0)
    kit_blankets: Mapped[int] = mapped_column(default=0)
    delivery_address: Mapped[str] = mapped_column(sa.String(300), default="")
    delivery_hours: Mapped[str] = mapped_column(sa.String(160), default="")
    delivery_attention: Mapped[str] = mapped_column(sa.String(160), default="")

    report_state: Mapped[ReportState] = mapped_column(default=ReportState.NOT_EXPECTED)
    report_reminders: Mapped[int] = mapped_column(default=0)

    contact_id: Mapped[int | None] = mapped_column(sa.ForeignKey("contact.id"), index=True)
    second_contact_id: Mapped[int | None] = mapped_column(sa.ForeignKey("contact.id"))
    media_may_call: Mapped[bool] = mapped_column(default=False)
    language: Mapped[Language] = mapped_column(default=Language.FRENCH)
    is_child_friendly: Mapped[bool] = mapped_column(default=False)
    """Reconnue « Municipalité amie des enfants »."""
    notice_version: Mapped[str] = mapped_column(sa.String(20), default="")
    merged_into_id: Mapped[int | None] = mapped_column(sa.ForeignKey("participation.id"))
    source_url: Mapped[str] = mapped_column(sa.String(500), default="")
    """Where a past participation was published."""
    source_note: Mapped[str] = mapped_column(sa.Text, default="")
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    edition: Mapped[Edition] = relationship(lazy="raise_on_sql")
    territory: Mapped[Territory] = relationship(lazy="raise_on_sql")
    event: Mapped[Event | None] = relationship(lazy="raise_on_sql")
    contact: Mapped[Contact | None] = relationship(foreign_keys=[contact_id], lazy="raise_on_sql")
    second_contact: Mapped[Contact | None] = relationship(
        foreign_keys=[second_contact_id], lazy="raise_on_sql"
    )
    merged_into: Mapped[Participation | None] = relationship(
        foreign_keys=[merged_into_id], remote_side=[id], lazy="raise_on_sql"
    )

    @property
    def raises_flag(self) -> bool:
        """A flag is among the ways to take part."""
        return bool({Mode.FLAG.value, Mode.MAE_FLAG.value} & set(self.modes))

    def changes_public_pages(self) -> bool:
        """What the public does not see, before nor after, grows old no page: most of all a registration."""
        if self._is_hidden(value_before) and self._is_hidden(value_now):
            return self._may_show_ceremony()
        state = sa.inspect(self)
        told = {attribute.key for attribute in state.mapper.attrs} - PRIVATE - state.unmodified
        is_gone = state.session is not None and self in state.session.deleted
        is_new_or_gone = is_gone or not state.has_identity
        return is_new_or_gone or any(state.attrs[key].history.has_changes() for key in told)

    def _is_hidden(self, value_at: Callable[[Model, str], Any]) -> bool:
        state = value_at(self, "state")
        return state is None or state in HIDDEN or value_at(self, "needs_review") is True

    def _may_show_ceremony(self) -> bool:
        """The list tells the published ceremony of those who do not count any more."""
        events = [each for each in chain.from_iterable(sa.inspect(self).attrs["event"].history) if each]
        if not events:
            return any(value_at(self, "event_id") is not None for value_at in (value_before, value_now))
        return any(event.changes_public_pages() for event in events)

    __table_args__ = (
        sa.UniqueConstraint("edition_id", "territory_id", name="uq_participation_edition_territory"),
        sa.UniqueConstraint("edition_id", "number", name="uq_participation_edition_number"),
    )


class ParticipationMove(Model):
    """One recorded change: who, when, from where, why. Never edited."""

    id: Mapped[int] = mapped_column(primary_key=True)
    participation_id: Mapped[int] = mapped_column(sa.ForeignKey("participation.id"), index=True)
    track: Mapped[Track]
    before: Mapped[str] = mapped_column(sa.String(200), default="")
    after: Mapped[str] = mapped_column(sa.String(200), default="")
    author: Mapped[str] = mapped_column(sa.String(200))
    """A name or a role as the team reads it: « Personne-ressource », « jeanne@… », « Importation »."""
    channel: Mapped[Channel]
    reason: Mapped[str] = mapped_column(sa.String(500), default="")
    moved_at: Mapped[datetime] = mapped_column(index=True)


class PersonalLink(Model):
    """A municipality's key to its own participation in one edition; the token itself is never kept."""

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("edition.id"))
    territory_id: Mapped[int] = mapped_column(sa.ForeignKey("territory.id"), index=True)
    contact_id: Mapped[int | None] = mapped_column(sa.ForeignKey("contact.id"))
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revoked_because: Mapped[str] = mapped_column(sa.String(200), default="")

    edition: Mapped[Edition] = relationship(lazy="raise_on_sql")
    territory: Mapped[Territory] = relationship(lazy="raise_on_sql")


class EmailVerification(Model):
    """Proof asked that the address given in the public form is read by the person who gave it."""

    id: Mapped[int] = mapped_column(primary_key=True)
    participation_id: Mapped[int] = mapped_column(sa.ForeignKey("participation.id"), index=True)
    email: Mapped[str] = mapped_column(sa.String(254))
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class SubmissionReceipt(Model):
    """A form already received: sending it again (double click, slow phone) leads to the same answer."""

    key: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    participation_id: Mapped[int] = mapped_column(sa.ForeignKey("participation.id"), index=True)
    received_at: Mapped[datetime]


class FrozenFigure(Model):
    """The figures as announced at one moment, with the territories then counted. Never edited."""

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("edition.id"), index=True)
    as_of: Mapped[datetime]
    label: Mapped[str] = mapped_column(sa.String(160))
    author: Mapped[str] = mapped_column(sa.String(200))
    municipalities: Mapped[int]
    """F1"""
    flags: Mapped[int]
    """F2"""
    resolutions: Mapped[int]
    """F3"""
    activities: Mapped[int]
    """F4"""
    geo_codes: Mapped[list[str]]
    """The territories counted in F1."""
