"""The forms of the team: rules, somebody registered by telephone, programme, questions, invitations."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from wtforms import (
    BooleanField,
    FileField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length

from campaign import clock
from campaign.db import key_of
from campaign.events.models import Cohort, Event, ItemKind, ProgrammeItem, Session
from campaign.events.planning import ItemPlan, SittingPlan
from campaign.events.programme import ITEM_KINDS, in_order
from campaign.i18n import _
from campaign.registrations.answers import PersonAnswers
from campaign.registrations.models import Attendee, AttestationRule, Question, QuestionKind
from campaign.registrations.organizing import RulesTold, sitting_name
from campaign.registrations.questions import CHOOSING, KINDS, QuestionPlan, possible_answers
from campaign.territory.names import fold
from campaign.web.forms import (
    CountField,
    DayField,
    EmailField,
    HourField,
    MonthField,
    Needed,
    PageForm,
)
from campaign.web.typed import Unreadable

ATTESTATIONS = {
    AttestationRule.NONE: _("Aucune attestation"),
    AttestationRule.ALL: _("Avoir assisté à toutes ses séances"),
    AttestationRule.ANY: _("Avoir assisté à au moins une séance"),
}
_HOUR_ALONE = _("Inscrivez aussi la date.")


def _short(limit: int) -> Length:
    return Length(max=limit, message=_("Ce texte est trop long : %(max)d caractères au plus.", max=limit))


def _refuse(field, sentence: str) -> None:
    if not field.errors:
        field.errors = [sentence]


class LimitField(CountField):
    """A number of seats; nothing typed is no limit."""

    @staticmethod
    def read(text: str) -> int:
        seats = CountField.read(text)
        if seats == 0:
            raise Unreadable(_("Inscrivez au moins 1, ou ne mettez rien s’il n’y a pas de limite."))
        return seats


class RulesForm(PageForm):
    """How people register."""

    seats = LimitField(_("Places pour tout l’événement"))
    organization_limit = LimitField(_("Places pour une même organisation"))
    opens_on = DayField(_("Ouverture des inscriptions"))
    opens_hour = HourField(_("Heure d’ouverture"))
    closes_on = DayField(_("Fermeture des inscriptions"))
    closes_hour = HourField(_("Heure de fermeture"))
    party_max = CountField(_("Personnes par formulaire, au plus"), default=6)
    needs_verification = BooleanField(
        _("Demander à chaque personne de confirmer son adresse courriel"), default=True
    )
    is_invitation_only = BooleanField(_("Seules les personnes invitées s’inscrivent"))
    has_waiting_list = BooleanField(_("Tenir une liste d’attente quand c’est complet"), default=True)
    offer_hours = CountField(_("Heures pour répondre à une place offerte"), default=48)
    asks_diet = BooleanField(_("Demander les besoins alimentaires"))
    asks_access = BooleanField(_("Demander les besoins d’adaptation et d’accessibilité"), default=True)
    takes_children = BooleanField(_("Demander combien d’enfants viennent"))
    attestation = RadioField(
        _("Attestation de présence"),
        choices=[SelectChoice(value.value, label) for value, label in ATTESTATIONS.items()],
        default=AttestationRule.NONE.value,
    )
    message = TextAreaField(_("Renseignements pratiques"), validators=[_short(4000)])
    contact_email = EmailField(_("Courriel pour les questions"), validators=[_short(254)])

    def __init__(self, *args, zone: str, **kwargs) -> None:
        self.zone = zone
        super().__init__(*args, **kwargs)

    @staticmethod
    def filled_with(told: RulesTold, zone: str) -> dict[str, object]:
        """The answers that say this."""
        names = set(RulesTold.__dataclass_fields__) - {"opens_at", "closes_at"}
        filled = {name: getattr(told, name) for name in names}
        for name, instant in (("opens", told.opens_at), ("closes", told.closes_at)):
            if instant is not None:
                local = clock.to_local(instant, zone)
                filled |= {f"{name}_on": local.date(), f"{name}_hour": local.time()}
        return filled | {"attestation": told.attestation.value}

    def validate(self, extra_validators: object = None) -> bool:
        """What the answers say together."""
        super().validate()
        for day, hour in ((self.opens_on, self.opens_hour), (self.closes_on, self.closes_hour)):
            if hour.data is not None and day.data is None:
                _refuse(day, _HOUR_ALONE)
        if not 1 <= (self.party_max.data or 0) <= 50:
            _refuse(self.party_max, _("Inscrivez un nombre de personnes, de 1 à 50."))
        if not 1 <= (self.offer_hours.data or 0) <= 720:
            _refuse(self.offer_hours, _("Inscrivez un nombre d’heures, de 1 à 720."))
        opens, closes = self._opens_at(), self._closes_at()
        if opens and closes and closes <= opens:
            _refuse(self.closes_on, _("La fermeture doit venir après l’ouverture."))
        return not any(field.errors for field in self)

    def _opens_at(self) -> datetime | None:
        return _instant(self.opens_on.data, self.opens_hour.data or time(0), self.zone)

    def _closes_at(self) -> datetime | None:
        """Without an hour, at the end of that day."""
        if self.closes_on.data is not None and self.closes_hour.data is None:
            return _instant(self.closes_on.data + timedelta(days=1), time(0), self.zone)
        return _instant(self.closes_on.data, self.closes_hour.data or time(0), self.zone)

    def to_rules(self) -> RulesTold:
        """After `validate()`."""
        return RulesTold(
            opens_at=self._opens_at(),
            closes_at=self._closes_at(),
            seats=self.seats.data,
            organization_limit=self.organization_limit.data,
            needs_verification=bool(self.needs_verification.data),
            party_max=self.party_max.data or 6,
            is_invitation_only=bool(self.is_invitation_only.data),
            has_waiting_list=bool(self.has_waiting_list.data),
            offer_hours=self.offer_hours.data or 48,
            attestation=AttestationRule(self.attestation.data),
            asks_diet=bool(self.asks_diet.data),
            asks_access=bool(self.asks_access.data),
            takes_children=bool(self.takes_children.data),
            message=self.message.data or "",
            contact_email=self.contact_email.data or "",
        )


def _instant(day: date | None, at: time, zone: str) -> datetime | None:
    return None if day is None else clock.to_utc(day, at, zone)


# --- people -------------------------------------------------------------------------------------------


class ChoicesForm(PageForm):
    """The group, and one workshop of each block."""

    cohort = SelectField(_("Groupe"), validate_choice=False)
    workshops = SelectMultipleField(_("Ateliers"), validate_choice=False)

    def __init__(self, *args, event: Event, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.blocks = {str(one.id): one.block for one in event.sessions if one.block}
        self.has_groups = bool(event.cohorts)
        self.cohort.choices = [
            SelectChoice("", _("Choisissez un groupe")),
            *(SelectChoice(str(one.id), one.name) for one in event.cohorts),
        ]
        self.workshops.choices = [
            SelectChoice(str(one.id), f"{one.block} – {sitting_name(event, one)}")
            for one in in_order(event.sessions)
            if one.block
        ]

    @staticmethod
    def filled_with(person: Attendee) -> dict[str, object]:
        return {
            "cohort": str(person.cohort_id or ""),
            "workshops": [str(choice.session_id) for choice in person.choices],
        }

    def validate(self, extra_validators: object = None) -> bool:
        """Only what is offered, one of what takes place at the same time."""
        super().validate()
        if self.has_groups and self.cohort.data not in {one.value for one in self.cohort.choices[1:]}:
            _refuse(self.cohort, _("Choisissez le groupe."))
        chosen = self.workshops.data or []
        if not set(chosen) <= set(self.blocks):
            _refuse(self.workshops, _("Un de ces ateliers n’existe plus. Choisissez de nouveau."))
        elif len({self.blocks[one] for one in chosen}) < len(chosen):
            _refuse(self.workshops, _("Choisissez un seul atelier parmi ceux qui ont lieu en même temps."))
        return not any(field.errors for field in self)

    @property
    def cohort_id(self) -> int | None:
        return int(self.cohort.data) if self.has_groups else None

    @property
    def session_ids(self) -> tuple[int, ...]:
        return tuple(int(one) for one in self.workshops.data or ())


class PersonForm(PageForm):
    """Who comes."""

    first_name = StringField(_("Prénom"), validators=[Needed(_("Inscrivez le prénom.")), _short(80)])
    last_name = StringField(_("Nom"), validators=[Needed(_("Inscrivez le nom.")), _short(80)])
    email = EmailField(_("Courriel"), validators=[_short(254)])
    role = StringField(_("Fonction"), validators=[_short(160)])

    def to_person(self) -> PersonAnswers:
        """After `validate()`."""
        return PersonAnswers(
            first_name=self.first_name.data or "",
            last_name=self.last_name.data or "",
            email=self.email.data or "",
            role=self.role.data or "",
        )


class CancelForm(PageForm):
    """Why nobody comes; the person reads it."""

    reason = StringField(
        _("Raison, telle que la personne la lira"),
        validators=[Needed(_("Inscrivez la raison : la personne la lira.")), _short(300)],
    )


# --- programme ----------------------------------------------------------------------------------------


class SittingForm(PageForm):
    """One sitting or workshop."""

    title = StringField(_("Titre"), validators=[_short(200)])
    day = DayField(_("Jour"))
    starts = HourField(_("Début"))
    ends = HourField(_("Fin"))
    month = MonthField(_("Mois prévu, si le jour n’est pas encore connu"))
    place = StringField(_("Salle ou lieu"), validators=[_short(300)])
    online_url = StringField(_("Lien pour se joindre en ligne"), validators=[_short(500)])
    capacity = LimitField(_("Places"))
    block = StringField(_("Bloc d’ateliers"), validators=[_short(60)])
    cohort = SelectField(_("Groupe"), validate_choice=False)

    def __init__(self, *args, cohorts: Sequence[Cohort], keeps_date: bool = False, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.keeps_date = keeps_date
        self.cohort.choices = [
            SelectChoice("", _("Tout le monde")),
            *(SelectChoice(str(one.id), one.name) for one in cohorts),
        ]

    @staticmethod
    def filled_with(row: Session, zone: str) -> dict[str, object]:
        return {
            "title": row.title,
            "day": row.starts_on,
            "starts": clock.to_local(row.starts_at, zone).time() if row.starts_at else None,
            "ends": clock.to_local(row.ends_at, zone).time() if row.ends_at else None,
            "month": row.month_on,
            "place": row.place,
            "online_url": row.online_url,
            "capacity": row.capacity,
            "block": row.block,
            "cohort": str(row.cohort_id or ""),
        }

    def validate(self, extra_validators: object = None) -> bool:
        """A date is whole, or not there."""
        super().validate()
        if not self.keeps_date:
            if self.day.data is None and (self.starts.data or self.ends.data):
                _refuse(self.day, _("Inscrivez le jour de cette heure."))
            if self.ends.data is not None and self.starts.data is None:
                _refuse(self.starts, _("Inscrivez l’heure du début."))
        address = self.online_url.data or ""
        if address and not address.startswith(("https://", "http://")):
            _refuse(self.online_url, _("Inscrivez une adresse qui commence par « https:// »."))
        if (self.cohort.data or "") not in {one.value for one in self.cohort.choices}:
            _refuse(self.cohort, _("Ce groupe n’existe plus. Choisissez de nouveau."))
        if self.block.data and self.cohort.data:
            _refuse(
                self.block, _("Un atelier au choix n’appartient pas à un groupe. Gardez l’un ou l’autre.")
            )
        return not any(field.errors for field in self)

    def to_plan(self) -> SittingPlan:
        """After `validate()`."""
        return SittingPlan(
            title=self.title.data or "",
            day=self.day.data,
            starts=self.starts.data,
            ends=self.ends.data,
            month_on=self.month.data if self.day.data is None else None,
            place=self.place.data or "",
            online_url=self.online_url.data or "",
            capacity=self.capacity.data,
            block=self.block.data or "",
            cohort_id=int(self.cohort.data) if self.cohort.data else None,
        )


class ItemForm(PageForm):
    """One part of the programme."""

    kind = SelectField(
        _("Genre"), choices=[SelectChoice(value.value, label) for value, label in ITEM_KINDS.items()]
    )
    title = StringField(_("Titre"), validators=[Needed(_("Inscrivez le titre.")), _short(300)])
    at = HourField(_("Heure"))
    speaker = StringField(_("Personne qui intervient"), validators=[_short(200)])
    speaker_title = StringField(_("Son titre"), validators=[_short(300)])
    institution = StringField(_("Son organisation"), validators=[_short(300)])
    to_confirm = BooleanField(_("À confirmer"))

    @staticmethod
    def filled_with(item: ProgrammeItem, zone: str) -> dict[str, object]:
        return {
            "kind": item.kind.value,
            "title": item.title,
            "at": clock.to_local(item.starts_at, zone).time() if item.starts_at else None,
            "speaker": item.speaker,
            "speaker_title": item.speaker_title,
            "institution": item.institution,
            "to_confirm": not item.is_confirmed,
        }

    def to_plan(self) -> ItemPlan:
        """After `validate()`."""
        return ItemPlan(
            kind=ItemKind(self.kind.data),
            title=self.title.data or "",
            at=self.at.data,
            speaker=self.speaker.data or "",
            speaker_title=self.speaker_title.data or "",
            institution=self.institution.data or "",
            is_confirmed=not self.to_confirm.data,
        )


class CohortForm(PageForm):
    """A group, and the dates that it takes together."""

    name = StringField(_("Nom du groupe"), validators=[Needed(_("Inscrivez le nom du groupe.")), _short(120)])
    capacity = LimitField(_("Places"))
    sittings = SelectMultipleField(_("Ses dates"), validate_choice=False)

    def __init__(self, *args, event: Event, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.sittings.choices = [
            SelectChoice(str(one.id), sitting_name(event, one))
            for one in in_order(event.sessions)
            if not one.block
        ]

    @staticmethod
    def filled_with(cohort: Cohort, event: Event) -> dict[str, object]:
        return {
            "name": cohort.name,
            "capacity": cohort.capacity,
            "sittings": [str(one.id) for one in event.sessions if one.cohort_id == cohort.id],
        }

    @property
    def sitting_ids(self) -> frozenset[int]:
        known = {one.value for one in self.sittings.choices}
        return frozenset(int(one) for one in self.sittings.data or () if one in known)


class CloneForm(PageForm):
    """Another one like it, on another date."""

    title = StringField(_("Titre"), validators=[Needed(_("Inscrivez le titre.")), _short(200)])
    day = DayField(_("Premier jour"), validators=[Needed(_("Inscrivez le premier jour."))])


# --- questions ----------------------------------------------------------------------------------------


class QuestionForm(PageForm):
    """A question of the organizer."""

    label = StringField(_("Question"), validators=[Needed(_("Inscrivez la question.")), _short(300)])
    help = StringField(_("Aide sous la question"), validators=[_short(300)])
    kind = RadioField(
        _("Genre de réponse"),
        choices=[SelectChoice(value.value, label) for value, label in KINDS.items()],
        default=QuestionKind.TEXT.value,
        validate_choice=False,
    )
    options = TextAreaField(_("Choix offerts, un par ligne"), validators=[_short(4000)])
    is_required = BooleanField(_("La réponse est obligatoire"))
    condition = SelectField(_("La poser seulement si l’on a répondu à"), validate_choice=False)
    condition_value = StringField(_("… par cette réponse"), validators=[_short(200)])
    is_sensitive = BooleanField(_("C’est un renseignement sensible (santé, alimentation, croyances)"))
    purpose = StringField(_("À quoi la réponse servira"), validators=[_short(300)])
    kept_days = CountField(_("Jours où la garder après l’événement"), default=30)

    def __init__(self, *args, others: Sequence[Question], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.others = {str(key_of(one)): one for one in others}
        self.condition.choices = [
            SelectChoice("", _("Toujours la poser")),
            *(SelectChoice(number, one.label) for number, one in self.others.items()),
        ]

    @staticmethod
    def filled_with(question: Question) -> dict[str, object]:
        names = ("label", "help", "is_required", "condition_value", "is_sensitive", "purpose", "kept_days")
        return {name: getattr(question, name) for name in names} | {
            "kind": question.kind.value,
            "options": "\n".join(question.options),
            "condition": str(question.condition_id or ""),
        }

    def validate(self, extra_validators: object = None) -> bool:
        """Each kind of answer needs its own."""
        super().validate()
        if self.kind.data not in {value.value for value in KINDS}:
            _refuse(self.kind, _("Choisissez le genre de réponse."))
        elif QuestionKind(self.kind.data) in CHOOSING and len(self.read_options()) < 2:
            _refuse(self.options, _("Inscrivez au moins deux choix, un par ligne."))
        if self.is_sensitive.data and not self.purpose.data:
            _refuse(
                self.purpose, _("Dites à quoi la réponse servira : la personne le lit avant de consentir.")
            )
        if not 1 <= (self.kept_days.data or 0) <= 365:
            _refuse(self.kept_days, _("Inscrivez un nombre de jours, de 1 à 365."))
        self._check_condition()
        return not any(field.errors for field in self)

    def _check_condition(self) -> None:
        if not self.condition.data:
            return
        other = self.others.get(self.condition.data)
        if other is None:
            _refuse(self.condition, _("Cette question n’existe plus. Choisissez de nouveau."))
        elif not self.condition_value.data:
            _refuse(self.condition_value, _("Inscrivez la réponse attendue."))
        elif known := possible_answers(other):
            self._check_answer(other, known)

    def _check_answer(self, other: Question, known: Sequence[str]) -> None:
        """One of its choices, whatever the capitals and the accents with which it was typed."""
        by_key = {fold(answer): answer for answer in known}
        typed = self.condition_value.data
        chosen = typed if typed in known else by_key.get(fold(" ".join(typed.split())))
        if chosen is not None:
            self.condition_value.data = chosen
            return
        _refuse(
            self.condition_value,
            _(
                "« %(typed)s » n’est pas une réponse à « %(question)s ». Choisissez parmi : %(answers)s.",
                typed=typed,
                question=other.label,
                answers=", ".join(known),
            ),
        )

    @property
    def offered_answers(self) -> list[tuple[str, str]]:
        """What the other questions may have for answer, with what says whose it is when several may."""
        choosing = [(one, known) for one in self.others.values() if (known := possible_answers(one))]
        if len(choosing) == 1:
            return [(answer, answer) for answer in choosing[0][1]]
        return [(answer, f"{answer} ({one.label})") for one, known in choosing for answer in known]

    def read_options(self) -> list[str]:
        lines = (" ".join(line.split()) for line in (self.options.data or "").splitlines())
        return list(dict.fromkeys(line[:200] for line in lines if line))

    def to_plan(self) -> QuestionPlan:
        """After `validate()`."""
        kind = QuestionKind(self.kind.data)
        return QuestionPlan(
            kind=kind,
            label=self.label.data or "",
            help=self.help.data or "",
            options=tuple(self.read_options()) if kind in CHOOSING else (),
            is_required=bool(self.is_required.data),
            condition_id=int(self.condition.data) if self.condition.data else None,
            condition_value=(self.condition_value.data or "") if self.condition.data else "",
            is_sensitive=bool(self.is_sensitive.data),
            purpose=(self.purpose.data or "") if self.is_sensitive.data else "",
            kept_days=self.kept_days.data or 30,
        )


# --- invitations --------------------------------------------------------------------------------------


class InviteForm(PageForm):
    """A list of people, pasted or in a file, and what they are invited as."""

    role = StringField(
        _("À quel titre?"),
        validators=[Needed(_("Inscrivez à quel titre ces personnes sont invitées.")), _short(120)],
    )
    people = TextAreaField(_("Personnes, une par ligne"), validators=[_short(200_000)])
    file = FileField(_("Ou un fichier CSV"))
    most_bytes = 900_000
    """The list pasted beside it weighs too."""
    too_heavy = _("Ce fichier est trop lourd. Divisez la liste : 900 ko au plus par fichier.")
