"""The form of a gathering (domain §3.3), and the short answers of the links that follow it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from werkzeug.datastructures import FileStorage, MultiDict
from wtforms import (
    BooleanField,
    Field,
    FieldList,
    Form,
    FormField,
    HiddenField,
    RadioField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length
from wtforms.widgets import CheckboxInput, ListWidget

from campaign.i18n import _
from campaign.identifiers import hash_token
from campaign.outbox.addresses import normalize
from campaign.registrations.answers import (
    ACCESS,
    DIET,
    TICKED,
    GivenFile,
    PersonAnswers,
    RegistrationAnswers,
)
from campaign.registrations.capacity import PoolKey
from campaign.registrations.file_forms import FileAnswerField
from campaign.registrations.full import Full
from campaign.registrations.models import Attendee, PoolKind, Question, QuestionKind
from campaign.registrations.offering import NO_WORKSHOP, Block, Choice, Offer, Standing
from campaign.territory import queries as territories
from campaign.territory import search
from campaign.territory.names import fold, search_words
from campaign.territory.search import Suggestion
from campaign.web import typed
from campaign.web.forms import CountField, EmailField, Needed, PageForm, TelephoneField

ON_SITE, ONLINE = "sur-place", "en-ligne"

TOO_MANY = "personnes-en-trop"
"""The part of the page that says so."""

MOST_CANDIDATES = 8
"""How many municipalities a vague name is answered with."""


def _short(limit: int) -> Length:
    return Length(max=limit, message=_("Ce texte est trop long : %(max)d caractères au plus.", max=limit))


class Boxes(SelectMultipleField):
    """Boxes to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class ChoiceField(RadioField):
    """One of some choices, of which those that are full may be closed."""

    def __init__(self, label: str, offered: Sequence[Choice], **kwargs: object) -> None:
        self.offered = offered
        choices = [SelectChoice(one.value, one.label) for one in offered]
        super().__init__(label, choices=choices, validate_choice=False, **kwargs)

    @property
    def chosen(self) -> Choice | None:
        return next((one for one in self.offered if one.value == self.data), None)

    def check(self, missing: str, full: str) -> None:
        """Refuse what is not offered, and what is closed."""
        if self.chosen is None:
            refuse(self, missing)
        elif self.chosen.is_closed:
            refuse(self, f"{full} {missing}")


class Choosing(Form):
    """Part of a form: the group and the workshops of one person."""

    offer: Offer
    cohort: ChoiceField
    """Where the event has groups."""

    @property
    def workshop_fields(self) -> list[tuple[Block, ChoiceField]]:
        """One for each block of workshops."""
        return [(block, self[f"atelier_{place}"]) for place, block in enumerate(self.offer.blocks)]

    @property
    def cohort_id(self) -> int | None:
        return int(self.cohort.data) if self.offer.cohorts else None

    @property
    def session_ids(self) -> tuple[int, ...]:
        chosen = [field.chosen for _block, field in self.workshop_fields]
        return tuple(int(one.value) for one in chosen if one is not None)

    def check_choices(self) -> None:
        if self.offer.cohorts:
            self.cohort.check(_("Choisissez un groupe."), _("Ce groupe est complet."))
        for _block, field in self.workshop_fields:
            if field.data != NO_WORKSHOP:
                field.check(_("Choisissez un atelier."), _("Cet atelier est complet."))


def _choice_fields(offer: Offer) -> dict[str, object]:
    fields: dict[str, object] = {"cohort": ChoiceField(_("Groupe"), offer.cohorts)} if offer.cohorts else {}
    for place, block in enumerate(offer.blocks):
        fields[f"atelier_{place}"] = ChoiceField(block.name, block.choices)
    return fields


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A question of the organizer with its field, and the questions that its answers open."""

    question: Question
    field: Field
    is_required: bool
    shows: Mapping[object, str]
    """The part of the page that each answer opens."""
    parts: Sequence[tuple[str, Sequence[Asked]]]


class PersonRow(Choosing):
    """One person; `row_for` adds what the event asks."""

    class Meta(PageForm.Meta):
        """Trimmed and drawn as the fields of the page."""

    first_name = StringField(_("Prénom"), validators=[Needed(_("Inscrivez le prénom.")), _short(80)])
    last_name = StringField(_("Nom"), validators=[Needed(_("Inscrivez le nom.")), _short(80)])
    email = EmailField(_("Courriel"), validators=[_short(254)])
    organization = StringField(_("Organisation"), validators=[_short(200)])
    role = StringField(_("Fonction"), validators=[_short(160)])
    municipality = StringField(_("Municipalité"), validators=[_short(200)])
    municipality_choice = StringField(_("Laquelle?"), validators=[_short(200)])
    may_be_contacted = BooleanField(_("Les autres personnes inscrites peuvent me joindre par courriel."))
    accepts_photos = BooleanField(_("J’accepte de paraître sur les photos et les vidéos de l’événement."))

    territory_id: int | None = None
    candidates: Sequence[Suggestion] = ()
    """Municipalities that the name may mean, when it means several."""

    def question_field(self, question: Question) -> Field:
        return self[f"q{question.id}"]

    @property
    def file_fields(self) -> list[FileAnswerField]:
        return [self.question_field(one) for one in self.offer.documents]

    def applies(self, question: Question) -> bool:
        """Whether the answers given ask for that one."""
        if question.condition_id is None:
            return True
        parent = next((one for one in self.offer.questions if one.id == question.condition_id), None)
        if parent is None or not self.applies(parent):
            return False
        return question.condition_value in _words_of(self.question_field(parent))

    def asked(self, questions: Sequence[Question], parent: Question | None = None) -> list[Asked]:
        """These questions in their order, each followed by those that its answers open."""
        numbers = {one.id for one in questions}
        if parent is None:
            first = [one for one in questions if one.condition_id not in numbers]
        else:
            first = [one for one in questions if one.condition_id == parent.id]
        return [self._asked(one, questions) for one in first]

    def _asked(self, question: Question, questions: Sequence[Question]) -> Asked:
        field = self.question_field(question)
        dependents = self.asked(questions, question)
        values = list(dict.fromkeys(one.question.condition_value for one in dependents))
        names = {value: f"{field.id}-suite-{place}" for place, value in enumerate(values, 1)}
        is_box = question.kind is QuestionKind.CONSENT
        return Asked(
            question=question,
            field=field,
            is_required=self.offer.requires(question),
            shows={is_box or value: name for value, name in names.items()},
            parts=[
                (name, [one for one in dependents if one.question.condition_value == value])
                for value, name in names.items()
            ],
        )

    @property
    def has_sensitive(self) -> bool:
        """Something was written there."""
        return bool(self.sensitive_consent.data or self._sensitive())

    def asking(self, pool: PoolKey) -> Field | None:
        """The field by which this person asks for a seat of that limit."""
        if pool.kind is PoolKind.COHORT:
            return self.cohort if self.offer.cohorts and self.cohort.data == pool.target else None
        if pool.kind is PoolKind.SESSION:
            return next((field for _block, field in self.workshop_fields if field.data == pool.target), None)
        is_theirs = pool.kind is PoolKind.ORGANIZATION and fold(self.organization.data or "") == pool.target
        return self.organization if is_theirs else None

    # --- checking -----------------------------------------------------------------------------------

    def check(self, *, needs_email: bool) -> None:
        """The answers together; each alone was looked at before."""
        if needs_email and not self.email.data:
            refuse(self.email, _("Inscrivez l’adresse courriel."))
        self._check_municipality()
        if self.offer.is_hybrid and self.presence.data not in (ON_SITE, ONLINE):
            refuse(self.presence, _("Dites si vous participez sur place ou en ligne."))
        self.check_choices()
        for question in self.offer.plain_questions:
            self._check_question(question)
        for field in self.file_fields:
            if not self.applies(field.question):
                field.errors = []
        self._check_consent()

    def _check_municipality(self) -> None:
        name = self.municipality.data or ""
        if not name:
            return
        found = _suggestions(name)
        if (chosen := self.municipality_choice.data) in {one.label for one in found}:
            name = self.municipality.data = chosen
        same = [one for one in found if name == one.label or name.startswith(f"{one.label},")]
        same = same or [one for one in found if search_words(one.name) == search_words(name)]
        choice = same if len(same) == 1 else found
        if len(choice) == 1:
            self.territory_id = territories.get_territory(choice[0].geo_code).id
            return
        self.candidates = (same or found)[:MOST_CANDIDATES]
        if self.candidates:
            refuse(self.municipality, _("Plusieurs municipalités répondent à ce nom. Choisissez la vôtre."))
        else:
            refuse(self.municipality, _("Aucune municipalité de ce nom. Corrigez-le, ou effacez-le."))

    def _check_question(self, question: Question) -> None:
        field = self.question_field(question)
        if not self.applies(question):
            field.errors = ()
        elif self.offer.requires(question) and not _words_of(field):
            if question.kind is QuestionKind.FILE:
                refuse(field, _("Joignez le fichier « %(label)s ».", label=question.label))
            refuse(field, _("Répondez à la question « %(label)s ».", label=question.label))

    def _check_consent(self) -> None:
        """Nothing sensitive is kept without an express consent."""
        if self.offer.asks_sensitive and self._sensitive() and not self.sensitive_consent.data:
            refuse(
                self.sensitive_consent,
                _("Cochez l’autorisation, ou effacez ces réponses : sans elle, elles ne sont pas gardées."),
            )

    # --- what was answered --------------------------------------------------------------------------

    def to_person(self) -> PersonAnswers:
        """After `check`. What nobody said yes to is no."""
        return PersonAnswers(
            first_name=self.first_name.data,
            last_name=self.last_name.data,
            email=normalize(self.email.data) if self.email.data else "",
            organization=self.organization.data or "",
            role=self.role.data or "",
            territory_id=self.territory_id,
            cohort_id=self.cohort_id,
            session_ids=self.session_ids,
            attends_online=self.offer.is_hybrid and self.presence.data == ONLINE,
            children=(self.children.data or 0) if self.offer.takes_children else 0,
            may_be_contacted=bool(self.may_be_contacted.data),
            accepts_photos=bool(self.accepts_photos.data),
            answers={
                question.id: value
                for question in self.offer.plain_questions
                if self.applies(question) and (value := _answer(question, self)) not in (None, "", [], False)
            },
            sensitive=self._sensitive(),
            files={
                field.question.id: field.data
                for field in self.file_fields
                if field.data is not None and self.applies(field.question)
            },
        )

    def _sensitive(self) -> Mapping[int | str, str]:
        told: dict[int | str, str] = {}
        if self.offer.asks_diet and self.diet.data:
            told[DIET] = self.diet.data
        if self.offer.asks_access and self.access.data:
            told[ACCESS] = self.access.data
        for question in self.offer.sensitive_questions:
            if self.applies(question) and (words := _words_of(self.question_field(question))):
                told[question.id] = ", ".join(words)
        return told


def row_for(offer: Offer) -> type[PersonRow]:
    """The questions of that event about one person."""
    fields: dict[str, object] = {"offer": offer}
    if offer.is_hybrid:
        ways = [(ON_SITE, _("Sur place")), (ONLINE, _("En ligne"))]
        choices = [SelectChoice(value, word) for value, word in ways]
        fields["presence"] = RadioField(_("Je participe"), choices=choices, validate_choice=False)
    fields |= _choice_fields(offer)
    if offer.takes_children:
        fields["children"] = CountField(_("Nombre d’enfants qui vous accompagnent"))
    for question in offer.questions:
        fields[f"q{question.id}"] = _question_field(question)
    if offer.asks_diet:
        fields["diet"] = StringField(_("Allergies ou restrictions alimentaires"), validators=[_short(500)])
    if offer.asks_access:
        fields["access"] = StringField(_("Besoins d’adaptation"), validators=[_short(500)])
    if offer.asks_sensitive:
        fields["sensitive_consent"] = BooleanField(
            _("J’accepte expressément que ces renseignements soient gardés pour m’accueillir.")
        )
    return type("PersonRowOfEvent", (PersonRow,), fields)


def _question_field(question: Question) -> Field:
    options = [SelectChoice(option, option) for option in question.options]
    flags = {"description": question.help}
    match question.kind:
        case QuestionKind.CHOICE:
            return RadioField(question.label, choices=options, validate_choice=False, **flags)
        case QuestionKind.CHOICES:
            return Boxes(question.label, choices=options, validate_choice=False, **flags)
        case QuestionKind.NUMBER:
            return CountField(question.label, **flags)
        case QuestionKind.CONSENT:
            return BooleanField(question.label, **flags)
        case QuestionKind.FILE:
            return FileAnswerField(question.label, question, **flags)
        case _:
            return TextAreaField(question.label, validators=[_short(2000)], **flags)


def _answer(question: Question, row: PersonRow) -> object:
    field = row.question_field(question)
    if question.kind is QuestionKind.FILE:
        return field.data.name if field.data else None
    known = {choice.value for choice in getattr(field, "choices", None) or ()}
    if question.kind is QuestionKind.CHOICE:
        return field.data if field.data in known else None
    if question.kind is QuestionKind.CHOICES:
        return [value for value in field.data or () if value in known]
    return " ".join((field.data or "").split("\0")).strip() if isinstance(field.data, str) else field.data


def _words_of(field: Field) -> list[str]:
    """What was answered, as the conditions of other questions name it."""
    value = field.data
    if value is True:
        return [TICKED]
    if value in (None, "", False, []):
        return []
    if isinstance(value, GivenFile):
        return [value.name]
    if isinstance(value, list):
        known = {choice.value for choice in field.choices}
        return [one for one in value if one in known]
    if isinstance(field, RadioField):
        return [value] if value in {choice.value for choice in field.choices} else []
    return [str(value).strip()] if str(value).strip() else []


def _suggestions(name: str) -> list[Suggestion]:
    found = search.search(name, limit=30).suggestions
    return list(found or search.search(name.partition(" (")[0], limit=30).suggestions)


def refuse(field: Field, message: str) -> None:
    """Add a sentence beside the field, unless one is already there."""
    if not field.errors:
        field.errors = [message]


class RegistrationForm(PageForm):
    """Who comes, one after the other; `form_for` makes it for an event."""

    phone = TelephoneField(_("Téléphone"))
    sender_name = StringField(_("Votre nom"), validators=[_short(160)])
    sender_email = EmailField(_("Votre courriel"), validators=[_short(254)])
    site_web = StringField(_("Laissez ce champ vide"))
    """The trap: people never see it, robots fill it."""
    cle = HiddenField()
    """One sheet of the form: sent twice with the same answers, it is one registration."""
    courriel_garde = HiddenField()
    """The address that the person was asked about and kept."""

    offer: Offer
    too_many = ""
    """More people than there are seats: said beside the people, with what to do."""
    is_by_team: bool = False
    """Filled in by the team, for people who telephone: they may have no address."""

    @property
    def is_robot(self) -> bool:
        return bool(self.site_web.data)

    @property
    def rows(self) -> list[PersonRow]:
        return [entry.form for entry in self.people]

    @property
    def file_fields(self) -> list[FileAnswerField]:
        """Those of all its people."""
        return [field for row in self.rows for field in row.file_fields] if self.offer.documents else []

    def take_files(
        self, typed: MultiDict[str, str], sent: MultiDict[str, FileStorage], *, now: datetime
    ) -> None:
        """Read the files that came, and those that an earlier sending left."""
        for field in self.file_fields:
            field.take(typed, sent, now=now)

    @property
    def has_new_files(self) -> bool:
        """Some came with this sending."""
        return any(field.is_new for field in self.file_fields)

    def keep_files(self, *, now: datetime) -> None:
        """Before the form is shown again: nobody chooses twice the same file."""
        for field in self.file_fields:
            field.keep_aside(now=now)

    @property
    def has_room(self) -> bool:
        """Another person may be added."""
        return len(self.people) < self.offer.party_max

    def add_person(self) -> None:
        """One more to fill, from the same organization as the first."""
        if self.has_room:
            first = self.rows[0]
            self.people.append_entry(
                {"organization": first.organization.data, "municipality": first.municipality.data}
            )

    def remove_person(self, name: str) -> None:
        """Take that one away; the last one stays."""
        kept = [entry for entry in self.people.entries if entry.name != name]
        if kept:
            self.people.entries = kept

    def validate(self, extra_validators: object = None) -> bool:
        """Each answer alone, then the answers together."""
        super().validate()
        needs_email = not (self.is_by_team or self.sender_email.data or self.sender_name.data)
        for place, row in enumerate(self.rows):
            row.check(needs_email=needs_email and place == 0)
        self._check_sender()
        self._check_addresses()
        self._check_slip()
        return not self.all_errors()

    def _check_sender(self) -> None:
        if self.sender_name.data and not self.sender_email.data:
            refuse(self.sender_email, _("Inscrivez votre courriel : nous y enverrons les billets."))
        if self.sender_email.data and not self.sender_name.data:
            refuse(self.sender_name, _("Inscrivez votre nom."))

    def _check_addresses(self) -> None:
        seen: set[str] = set()
        for row in self.rows:
            address = normalize(row.email.data) if row.email.data else ""
            if address and address in seen:
                refuse(
                    row.email,
                    _("Une autre personne a la même adresse. Corrigez celle-ci, ou effacez-la."),
                )
            seen.add(address)

    def _check_slip(self) -> None:
        """A likely slip (« hotmial ») is asked about once, before anything is sent there; never refused."""
        field = self.sender_email if self.sender_email.data else self.rows[0].email
        meant = typed.likely_email(field.data or "")
        if meant is None or field.errors or self.courriel_garde.data == field.data:
            return
        self.courriel_garde.data = field.data
        refuse(
            field,
            _(
                "Avez-vous voulu écrire « %(email)s »? "
                "Corrigez l’adresse, ou envoyez de nouveau pour la garder.",
                email=meant,
            ),
        )

    def tell_full(self, refusal: Full) -> None:
        """Say what is full beside what has to change: the group or the workshop of those for whom there is no
        seat, their organization, or the number of people."""
        if refusal.pool.kind is PoolKind.EVENT:
            self.too_many = refusal.message
        asking = [field for row in self.rows if (field := row.asking(refusal.pool)) is not None]
        for field in asking[refusal.left :]:
            refuse(field, refusal.message)

    def all_errors(self) -> list[tuple[str, str]]:
        """(field id, sentence), in the order of the page."""
        rows = [(field.id, str(field.errors[0])) for row in self.rows for field in row if field.errors]
        rows += [(TOO_MANY, self.too_many)] if self.too_many else []
        own = [
            (field.id, str(field.errors[0]))
            for field in self
            if field.errors and not isinstance(field, FieldList)
        ]
        return [*rows, *own]

    @property
    def receipt(self) -> str:
        """What makes a sending the same as another: the same sheet, the same answers. After `validate()`."""
        return hash_token(f"{self.cle.data} {self.to_answers()!r}") if self.cle.data else ""

    def to_answers(self, *, invitation_token: str = "") -> RegistrationAnswers:
        """After `validate()`."""
        sent_for_others = bool(self.sender_email.data)
        people = tuple(row.to_person() for row in self.rows)
        first = people[0]
        return RegistrationAnswers(
            name=self.sender_name.data if sent_for_others else f"{first.first_name} {first.last_name}",
            email=normalize(self.sender_email.data) if sent_for_others else first.email,
            phone=self.phone.data or "",
            people=people,
            invitation_token=invitation_token,
        )


def form_for(
    offer: Offer, formdata: MultiDict[str, str] | None = None, *, by_team: bool = False, **values: object
) -> RegistrationForm:
    """The form of an event, empty or as it was sent."""
    asked = replace(offer, standing=Standing.OPEN, sentence="", seats_left=None)
    form = _class_for(asked, by_team)(formdata=formdata, data=values)
    form.offer = offer
    return form


@lru_cache(maxsize=64)
def _class_for(asked: Offer, by_team: bool) -> type[RegistrationForm]:
    """Kept for all that is asked alike: its questions and its choices, with what is said of the seats left.

    Questions are those of one reading of the gathering: read again, they are others, and so is the class.
    """
    people = FieldList(FormField(row_for(asked)), min_entries=1, max_entries=asked.party_max)
    parts = {"people": people, "offer": asked, "is_by_team": by_team}
    return type("RegistrationFormOfEvent", (RegistrationForm,), parts)


# --- the link of a registration -----------------------------------------------------------------------


class ReplaceForm(PageForm):
    """A colleague comes instead: three answers."""

    first_name = StringField(_("Prénom"), validators=[Needed(_("Inscrivez le prénom.")), _short(80)])
    last_name = StringField(_("Nom"), validators=[Needed(_("Inscrivez le nom.")), _short(80)])
    email = EmailField(_("Courriel"), validators=[_short(254)])

    def to_person(self) -> PersonAnswers:
        return PersonAnswers(
            first_name=self.first_name.data,
            last_name=self.last_name.data,
            email=normalize(self.email.data) if self.email.data else "",
        )


class ChooseForm(Choosing, PageForm):
    """The group and the workshops of one person; `choose_form_for` makes it."""

    def validate(self, extra_validators: object = None) -> bool:
        super().validate()
        self.check_choices()
        return not any(field.errors for field in self)


def choose_form_for(
    offer: Offer, attendee: Attendee, formdata: MultiDict[str, str] | None = None
) -> ChooseForm:
    """Filled with what the person chose. Nobody waits for a change: what is full is closed, but their own."""
    mine = {str(choice.session_id) for choice in attendee.choices}
    offer = replace(
        offer,
        cohorts=_without_waiting(offer.cohorts, {str(attendee.cohort_id)}),
        blocks=tuple(replace(one, choices=_without_waiting(one.choices, mine)) for one in offer.blocks),
    )
    values = {"cohort": str(attendee.cohort_id)}
    for place, block in enumerate(offer.blocks):
        held = [one.value for one in block.choices if one.value in mine]
        values[f"atelier_{place}"] = held[0] if held else NO_WORKSHOP
    fields = _choice_fields(offer) | {"offer": offer}
    return type("ChooseFormOfPerson", (ChooseForm,), fields)(formdata=formdata, data=values)


def _without_waiting(choices: Sequence[Choice], held: set[str]) -> tuple[Choice, ...]:
    return tuple(
        replace(
            one,
            is_closed=one.is_full and one.value not in held,
            note=_("Complet") if one.is_full else one.note,
        )
        for one in choices
    )


class NewLinkForm(PageForm):
    """A lost link: where to send it again."""

    email = EmailField(_("Votre courriel"), validators=[Needed(_("Inscrivez l’adresse courriel."))])
