"""The team's forms: a person or a mailbox, a right to write to them, a list to import."""

from __future__ import annotations

from datetime import date, datetime, time

from flask_wtf.file import FileField
from wtforms import HiddenField, RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, ValidationError

from campaign import clock
from campaign.contacts.basis import BASIS_WORDS, PURPOSE_WORDS
from campaign.contacts.models import Basis, Contact, ContactKind, Language, Purpose
from campaign.contacts.places import UnknownPlace, read_places, write_places
from campaign.contacts.queries import Person, Regions
from campaign.contacts.services import ContactDetails, Proof
from campaign.contacts.words import KIND_WORDS, LANGUAGE_WORDS
from campaign.i18n import _
from campaign.territory.models import Territory
from campaign.web.forms import DayField, EmailField, Needed, PageForm, TelephoneField

CHOSEN_BASES = (Basis.EXPRESS, Basis.MEMBER, Basis.PUBLISHED)
"""A participation is known of itself."""

MOST_BYTES = 250_000
"""A list travels twice, once to be read and once to be written: it must fit in a form."""


def _short(limit: int) -> Length:
    return Length(max=limit, message=_("Ce texte est trop long : %(max)d caractères au plus.", max=limit))


class ContactForm(PageForm):
    """Who it is, where they work, and from where we have them."""

    kind = SelectField(
        _("Type"),
        choices=[SelectChoice(kind.value, words) for kind, words in KIND_WORDS.items()],
        default=ContactKind.ORGANIZATION.value,
        validators=[Needed(_("Choisissez un type."))],
    )
    email = EmailField(_("Adresse courriel"), validators=[Needed(_("Inscrivez l’adresse courriel."))])
    first_name = StringField(_("Prénom"), validators=[_short(80)])
    last_name = StringField(_("Nom"), validators=[_short(80)])
    role = StringField(_("Fonction"), validators=[_short(120)])
    organization = StringField(_("Organisme"), validators=[_short(160)])
    phone = TelephoneField(_("Téléphone"))
    extension = StringField(_("Poste"), validators=[_short(10)])
    language = SelectField(
        _("Langue de correspondance"),
        choices=[SelectChoice(language.value, words) for language, words in LANGUAGE_WORDS.items()],
        default=Language.FRENCH.value,
    )
    municipalities = StringField(
        _("Municipalités"),
        description=_(
            "Pour le type « Municipalité ». Noms ou codes, séparés par des points-virgules : "
            "une même personne peut répondre pour plusieurs."
        ),
    )
    region = SelectField(
        _("Région"), choices=[], description=_("Pour les autres types. Sans région, c’est tout le Québec.")
    )
    source = StringField(
        _("D’où vient ce contact?"),
        validators=[Needed(_("Indiquez d’où vient ce contact : il faut pouvoir le dire.")), _short(200)],
        description=_("Par exemple « Liste de presse du Bas-Saint-Laurent » ou « Appel du 3 mars »."),
    )

    def __init__(self, *args, regions: list[tuple[str, str]], scope: Regions, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.scope = scope
        everywhere = [("", _("Tout le Québec"))] if scope is None else []
        self.region.choices = [SelectChoice(code, name) for code, name in everywhere + regions]
        self.places: tuple[Territory, ...] = ()

    @property
    def is_municipal(self) -> bool:
        return self.kind.data == ContactKind.MUNICIPAL.value

    def validate_municipalities(self, field) -> None:
        if not self.is_municipal:
            return
        try:
            self.places = read_places(field.data or "")
        except UnknownPlace as error:
            raise ValidationError(str(error)) from error
        if not self.places:
            raise ValidationError(_("Inscrivez au moins une municipalité."))
        if self.scope is not None:
            for place in self.places:
                if place.region_code not in self.scope:
                    raise ValidationError(_("%(name)s n’est pas dans vos régions.", name=place.name))

    def to_details(self) -> ContactDetails:
        return ContactDetails(
            kind=ContactKind(self.kind.data),
            email=self.email.data or "",
            organization=self.organization.data or "",
            first_name=self.first_name.data or "",
            last_name=self.last_name.data or "",
            role=self.role.data or "",
            phone=self.phone.data or "",
            extension=self.extension.data or "",
            language=Language(self.language.data),
            region_code=None if self.is_municipal else self.region.data or None,
            territories=tuple(self.places),
            source=self.source.data or "",
        )

    @staticmethod
    def filled_with(row: Contact, person: Person) -> dict[str, object]:
        """The values of a person, for the first display."""
        ids = [each.territory_id for each in person.rows if each.territory_id and each.left_at is None]
        return {
            "kind": row.kind.value,
            "email": row.email,
            "first_name": row.first_name,
            "last_name": row.last_name,
            "role": row.role,
            "organization": row.organization,
            "phone": row.phone,
            "extension": row.extension,
            "language": row.language.value,
            "municipalities": write_places([person.places[each] for each in ids]),
            "region": row.region_code or "",
            "source": row.source,
        }


class ConsentForm(PageForm):
    """By what right a person is written to, and its proof."""

    purpose = RadioField(
        _("Pour quoi?"),
        choices=[SelectChoice(purpose.value, words) for purpose, words in PURPOSE_WORDS.items()],
        default=Purpose.NEWSLETTER.value,
        validators=[Needed(_("Choisissez à quoi ce droit sert."))],
    )
    basis = RadioField(
        _("De quel droit?"),
        choices=[SelectChoice(basis.value, BASIS_WORDS[basis]) for basis in CHOSEN_BASES],
        default=Basis.EXPRESS.value,
        validators=[Needed(_("Choisissez de quel droit."))],
    )
    given_on = DayField(
        _("Date"),
        description=_("Le jour où la personne a dit oui, a adhéré, ou celui de la publication."),
        validators=[Needed(_("Inscrivez la date : sans elle, il n’y a pas de preuve."))],
    )
    given_by = StringField(
        _("Où et comment?"),
        description=_("La page publiée, le formulaire papier, l’appel, la rencontre."),
        validators=[Needed(_("Indiquez où et comment : sans cela, il n’y a pas de preuve.")), _short(300)],
    )
    ended_on = DayField(
        _("Fin de l’adhésion"),
        description=_("Pour une adhésion terminée : elle vaut encore 24 mois après ce jour."),
    )

    def __init__(self, *args, today: date, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def validate_given_on(self, field) -> None:
        if field.data and field.data > self.today:
            raise ValidationError(_("Cette date n’est pas encore venue."))

    @property
    def since(self) -> datetime:
        return clock.to_utc(self.given_on.data, time(12), clock.EASTERN)

    def to_proof(self, *, author: str, language: Language) -> Proof:
        return Proof(form=_("Noté par l’équipe"), source=self.given_by.data, language=language, author=author)


class TooLong(ValueError):
    """A list that cannot travel in a form; the message says what to do."""


class ImportForm(PageForm):
    """A list chosen on this computer."""

    file = FileField(_("Fichier CSV"), validators=[Needed(_("Choisissez un fichier."))])
    most_bytes = MOST_BYTES
    too_heavy = _(
        "Ce fichier dépasse 250 ko. Divisez-le, ou demandez à la personne qui tient "
        "le serveur de l’importer par la commande « contacts import »."
    )

    def read(self) -> bytes:
        """What the file holds; raises `TooLong`."""
        content: bytes = self.file.data.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise TooLong(self.too_heavy)
        return content


class ApplyForm(PageForm):
    """The list that was shown, to be written now."""

    content = HiddenField(validators=[Needed(_("Choisissez de nouveau le fichier."))])
