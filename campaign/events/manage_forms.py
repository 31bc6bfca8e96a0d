"""The forms of the team: why a proposal comes back, and an event in the team's own words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from wtforms import RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice

from campaign.events.content import ActivityContent
from campaign.events.forms import (
    EVERYWHERE,
    MOST_IN_DESCRIPTION,
    MOST_IN_TITLE,
    MUNICIPALITY,
    REGION,
    ActivityForm,
    Boxes,
    _choices,
    _paragraphs,
    _short,
    refuse,
)
from campaign.events.models import EventKind, Opening, Picture
from campaign.events.vocabulary import (
    AUDIENCES,
    ORGANIZER_KINDS,
    TYPES,
    ActivityType,
    OrganizerKind,
)
from campaign.events.wording import KIND_TYPES
from campaign.i18n import _
from campaign.web.forms import EmailField, MonthField, Needed, PageForm

LONGEST_REASON = 500
OTHER_REASON = "autre"

READY_REASONS = {
    "doublon": _("elle est déjà dans le calendrier"),
    "hors-theme": _("elle ne s’adresse ni aux tout-petits, ni à leur famille, ni à ceux qui les entourent"),
    "hors-semaine": _("elle n’a pas lieu autour de la semaine"),
    "renseignement": _("il y manque un renseignement"),
    "commerciale": _("elle annonce surtout un produit ou un service à vendre"),
    "image": _("nous ne pouvons pas publier son image"),
}
"""As they follow « n’a pas été publiée, car »."""

NEEDS_WORDS = frozenset({OTHER_REASON, "renseignement"})
"""What says nothing without a few words more."""


class SendBackForm(PageForm):
    """« Votre activité n’a pas été publiée, car … »"""

    ready = RadioField(
        _("Votre activité n’a pas été publiée, car…"),
        choices=[
            *(SelectChoice(value, f"…{words}") for value, words in READY_REASONS.items()),
            SelectChoice(OTHER_REASON, _("…autre raison")),
        ],
        validators=[Needed(_("Choisissez la raison que l’organisme lira."))],
        validate_choice=False,
    )
    words = TextAreaField(
        _("Précision, ou autre raison"),
        validators=[_short(LONGEST_REASON)],
    )

    def validate(self, extra_validators: object = None) -> bool:
        """Some reasons need words of their own."""
        is_right = bool(super().validate())
        if self.ready.data in NEEDS_WORDS and not (self.words.data or "").strip():
            refuse(self.words, _("Écrivez ce qui manque, ou la raison : l’organisme la lira telle quelle."))
            return False
        return is_right

    @property
    def reason(self) -> str:
        """As its author reads it after « car »."""
        ready = READY_REASONS.get(self.ready.data or "", "")
        typed = " ".join((self.words.data or "").split()).rstrip(" .")
        return f"{ready}\u00a0: {typed}" if ready and typed else ready or typed


PUBLIC, PRIVATE = "public", "prive"
_KINDS = {type_: kind for kind, type_ in KIND_TYPES.items() if kind is not EventKind.FLAG_RAISING}


class ProposalForm(ActivityForm):
    """The form of an activity, filled by the team: nobody puts one in regions that are not theirs."""

    most_in_title = MOST_IN_TITLE
    most_in_description = MOST_IN_DESCRIPTION

    def __init__(self, *args, allows: Callable[[str | None], bool], **kwargs) -> None:
        self.allows = allows
        """Whether a region is of whoever fills the form."""
        super().__init__(*args, **kwargs)
        if not allows(None):
            self.where.choices = [choice for choice in self.where.choices if choice.value != EVERYWHERE]
            self.region.choices = [
                choice for choice in self.region.choices if not choice.value or allows(choice.value)
            ]

    def _check_place(self) -> None:
        super()._check_place()
        if self.where.data == MUNICIPALITY:
            if self.territory is not None and not self.allows(self.territory.region_code):
                refuse(self.municipality, _("Cette municipalité n’est pas dans vos régions."))
        elif self.where.data != REGION and not self.allows(None):
            refuse(self.where, _("Choisissez une municipalité ou l’une de vos régions."))


class EventForm(ProposalForm):
    """An event of the team: a title is enough, what is not known yet may wait."""

    most_in_title = 200
    most_in_description = 5000

    title = StringField(
        _("Titre"),
        validators=[
            Needed(_("Inscrivez le titre.")),
            _short(most_in_title),
        ],
    )
    activity_type = SelectField(
        _("Type"),
        choices=[SelectChoice("", _("Choisissez")), *(SelectChoice(*pair) for pair in TYPES.items())],
        validators=[Needed(_("Choisissez le type."))],
        validate_choice=False,
    )
    visibility = RadioField(
        _("Qui peut le voir?"),
        choices=[
            SelectChoice(PUBLIC, _("Tout le monde : il est publié dans le calendrier")),
            SelectChoice(PRIVATE, _("L’équipe et les personnes invitées : il n’est jamais publié")),
        ],
        default=PUBLIC,
        validate_choice=False,
    )
    description = TextAreaField(
        _("Description"),
        filters=[_paragraphs],
        validators=[_short(most_in_description)],
    )
    month = MonthField(_("Mois prévu, si le jour n’est pas encore connu"))
    audiences = Boxes(_("Pour qui?"), choices=_choices(AUDIENCES))
    organizer_name = StringField(_("Organisme"), validators=[_short(200)])
    organizer_kind = SelectField(
        _("Type d’organisme"),
        choices=_choices(ORGANIZER_KINDS),
        default=OrganizerKind.OTHER.value,
        validate_choice=False,
    )
    email = EmailField(_("Courriel de la personne-ressource"), validators=[_short(254)])
    opening = RadioField(
        _("Qui peut venir?"),
        choices=[
            SelectChoice(Opening.PUBLIC.value, _("Tout le monde")),
            SelectChoice(Opening.INVITATION.value, _("Les personnes invitées")),
            SelectChoice(Opening.RESERVED.value, _("La clientèle de l’organisme seulement")),
        ],
        default=Opening.PUBLIC.value,
        validate_choice=False,
    )

    def _check_place(self) -> None:
        super()._check_place()
        for field in (self.place, self.online_url):
            if not field.data:
                field.errors = ()  # a room may be found later

    def _check_dates(self) -> None:
        if all(row.form.is_empty for row in self.dates):
            for row in self.dates:
                row.form.errors.clear()
            self.sittings = ()
            return
        super()._check_dates()

    @property
    def kind(self) -> EventKind:
        return _KINDS.get(self.activity_type.data or "", EventKind.ACTIVITY)

    @property
    def month_on(self) -> date | None:
        """The month to tell while no day is known."""
        month: date | None = self.month.data
        return None if self.sittings else month

    def to_content(self) -> ActivityContent:
        """After `validate()`."""
        content = super().to_content()
        is_activity = self.kind is EventKind.ACTIVITY
        return replace(
            content,
            kind=self.kind,
            activity_type=content.activity_type if is_activity else ActivityType.OTHER,
            is_private=self.visibility.data == PRIVATE,
            organizer_name=self.organizer_name.data or "",
            contact_email=self.email.data or "",
            description=self.description.data or "",
            place=content.place or "",
            online_url=content.online_url or "",
        )

    @staticmethod
    def filled_with(content: ActivityContent, picture: Picture | None = None) -> dict[str, object]:
        """The answers that say this, to start from."""
        told = ActivityForm.filled_with(content, picture)
        if content.kind in KIND_TYPES:
            told["activity_type"] = KIND_TYPES[content.kind]
        return told | {"visibility": PRIVATE if content.is_private else PUBLIC}
