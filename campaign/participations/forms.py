"""The form of the flag raising (domain §3.1) and the short answers of the personal link."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    Field,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length
from wtforms.widgets import CheckboxInput, ListWidget

from campaign import clock
from campaign.campaigns.models import Edition
from campaign.contacts.models import Language
from campaign.events.models import Opening
from campaign.i18n import _
from campaign.identifiers import hash_token
from campaign.participations.details import FLAG_MODES, ParticipationDetails, Person
from campaign.participations.models import Mast, Mode, PlanB, Presence, ResolutionState
from campaign.web import typed
from campaign.web.filters import hour
from campaign.web.forms import CountField, DayField, EmailField, HourField, Needed, PageForm, TelephoneField

MODE_CHOICES = [
    SelectChoice(Mode.FLAG.value, _("Lever du drapeau de la Grande semaine")),
    SelectChoice(Mode.MAE_FLAG.value, _("Lever du drapeau Municipalité amie des enfants")),
    SelectChoice(Mode.RESOLUTION.value, _("Résolution du conseil")),
    SelectChoice(Mode.ACTIVITY.value, _("Activité pour les tout-petits et leur famille")),
    SelectChoice(Mode.DISPLAY.value, _("Affichage ou illumination")),
    SelectChoice(Mode.BLANKET.value, _("Port du carré-doudou par le conseil")),
    SelectChoice(Mode.OTHER.value, _("Autre")),
]


def _short(limit: int) -> Length:
    return Length(max=limit, message=_("Ce texte est trop long : %(max)d caractères au plus.", max=limit))


def _with_tidy_postal_code(value: str | None) -> str | None:
    return typed.tidy_postal_code(value) if value else value


class Boxes(SelectMultipleField):
    """Boxes to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class ParticipationForm(PageForm):
    """Six answers by hand in the shortest case; the rare is folded, the usual is already filled."""

    modes = Boxes(
        _("Comment participerez-vous?"),
        choices=MODE_CHOICES,
        validators=[Needed(_("Cochez au moins une façon de participer."))],
    )
    other_mode = StringField(_("Précisez votre façon de participer"), validators=[_short(200)])
    flag_on = DayField(_("Date du lever"))
    flag_time = HourField(_("Heure"))
    place = StringField(_("Lieu"), filters=[_with_tidy_postal_code], validators=[_short(300)])
    opening = RadioField(
        _("La cérémonie est-elle ouverte au public?"),
        choices=[
            SelectChoice(Opening.PUBLIC.value, _("Oui")),
            SelectChoice(Opening.CLOSED.value, _("Non")),
            SelectChoice(Opening.INVITATION.value, _("Sur invitation")),
        ],
        default=Opening.PUBLIC.value,
        validate_choice=False,
    )
    mast = RadioField(
        _("Disposez-vous d’un mât libre?"),
        choices=[
            SelectChoice(Mast.YES.value, _("Oui")),
            SelectChoice(Mast.ONLY_ONE.value, _("Non, un seul mât (drapeau du Québec)")),
            SelectChoice(Mast.UNKNOWN.value, _("Je ne sais pas")),
        ],
        default=Mast.UNKNOWN.value,
        validate_choice=False,
    )
    lowered_on = DayField(_("Le drapeau sera retiré le"))
    children = RadioField(
        _("Des tout-petits seront-ils présents?"),
        choices=[
            SelectChoice(Presence.YES.value, _("Oui")),
            SelectChoice(Presence.NO.value, _("Non")),
            SelectChoice(Presence.TO_CONFIRM.value, _("À confirmer")),
        ],
        validate_choice=False,
    )
    children_count = CountField(_("Nombre approximatif de tout-petits"))
    childcare = StringField(_("Milieu de garde"), validators=[_short(160)])
    elected_name = StringField(_("Qui représentera le conseil?"), validators=[_short(160)])
    elected_role = StringField(_("Fonction de cette personne au conseil"), validators=[_short(120)])
    plan_b = RadioField(
        _("En cas de mauvais temps"),
        choices=[
            SelectChoice("", _("À décider")),
            SelectChoice(PlanB.MAINTAINED.value, _("La cérémonie est maintenue")),
            SelectChoice(PlanB.POSTPONED.value, _("Elle est reportée")),
            SelectChoice(PlanB.INDOORS.value, _("Elle a lieu à l’intérieur")),
        ],
        default="",
        validate_choice=False,
    )
    plan_b_on = DayField(_("Reportée au"))
    plan_b_place = StringField(_("Lieu à l’intérieur"), validators=[_short(300)])
    resolution = RadioField(
        _("Le conseil adoptera-t-il une résolution?"),
        choices=[
            SelectChoice("", _("À déterminer")),
            SelectChoice(ResolutionState.ADOPTED.value, _("Oui, elle est adoptée")),
            SelectChoice(ResolutionState.ON_AGENDA.value, _("Prévue à une séance du conseil")),
            SelectChoice(ResolutionState.NONE.value, _("Non")),
        ],
        default="",
        validate_choice=False,
    )
    resolution_on = DayField(_("Date de la séance du conseil"))
    resolution_number = StringField(_("Numéro de la résolution"), validators=[_short(60)])
    kit = RadioField(
        _("Souhaitez-vous recevoir la trousse?"),
        choices=[
            SelectChoice("oui", _("Oui")),
            SelectChoice("non", _("Non")),
            SelectChoice("deja", _("Non, j’ai encore le drapeau de l’an dernier")),
        ],
        default="non",
        validate_choice=False,
    )
    kit_flags = CountField(_("Drapeaux (3 pi × 6 pi)"))
    kit_posters = CountField(_("Affiches"))
    kit_stickers = CountField(_("Autocollants"))
    kit_blankets = CountField(_("Carrés-doudou"))
    delivery_address = StringField(
        _("Adresse de livraison"), filters=[_with_tidy_postal_code], validators=[_short(300)]
    )
    delivery_hours = StringField(_("Heures d’ouverture"), validators=[_short(160)])
    delivery_attention = StringField(_("À l’attention de"), validators=[_short(160)])
    first_name = StringField(
        _("Prénom"), validators=[Needed(_("Inscrivez le prénom de la personne-ressource.")), _short(80)]
    )
    last_name = StringField(
        _("Nom"), validators=[Needed(_("Inscrivez le nom de la personne-ressource.")), _short(80)]
    )
    role = StringField(_("Fonction"), validators=[_short(120)])
    email = EmailField(
        _("Courriel de la personne-ressource"),
        validators=[Needed(_("Inscrivez l’adresse courriel.")), _short(254)],
    )
    phone = TelephoneField(_("Téléphone"))
    extension = StringField(_("Poste"), validators=[_short(10)])
    second_name = StringField(_("Nom de l’autre personne à prévenir"), validators=[_short(80)])
    second_email = EmailField(_("Courriel de l’autre personne"))
    media = RadioField(
        _("Les médias peuvent joindre la personne-ressource"),
        choices=[SelectChoice("oui", _("Oui")), SelectChoice("non", _("Non"))],
        default="non",
        validate_choice=False,
    )
    language = SelectField(
        _("Langue de correspondance"),
        choices=[
            SelectChoice(Language.FRENCH.value, _("Français")),
            SelectChoice(Language.FRENCH_AND_ENGLISH.value, _("Français et anglais")),
        ],
        default=Language.FRENCH.value,
        validate_choice=False,
    )
    is_child_friendly = BooleanField(_("Notre municipalité est reconnue Municipalité amie des enfants."))
    newsletter = BooleanField(
        _(
            "J’accepte de recevoir l’infolettre du Collectif petite enfance (6 numéros par an). "
            "Je peux me désabonner en tout temps."
        )
    )
    authority = BooleanField(
        _("Je suis autorisée ou autorisé à inscrire la municipalité."),
        validators=[Needed(_("Cochez cette case pour confirmer que vous pouvez inscrire la municipalité."))],
    )
    site_web = StringField(_("Laissez ce champ vide"))
    """The trap: people never see it, robots fill it."""
    cle = HiddenField()
    """One sheet of the form: sent twice with the same answers, it is one registration."""
    courriel_garde = HiddenField()
    """The address that the person was asked about and kept."""
    fiche = HiddenField()
    """The version of the participation that the person had before their eyes."""

    def __init__(
        self, formdata: MultiDict[str, str] | None = None, *, edition: Edition, zone: str, **kwargs: object
    ) -> None:
        self.edition = edition
        self.zone = zone
        super().__init__(formdata=formdata, **kwargs)

    @property
    def raises_flag(self) -> bool:
        return bool({mode.value for mode in FLAG_MODES} & set(self.modes.data or ()))

    @property
    def is_robot(self) -> bool:
        return bool(self.site_web.data)

    @property
    def receipt(self) -> str:
        """What makes a sending the same as another: the same sheet, the same answers. After `validate()`."""
        return hash_token(f"{self.cle.data} {self.to_details()!r}") if self.cle.data else ""

    def validate(self, extra_validators: object = None) -> bool:
        """Each answer alone, then the answers together."""
        super().validate()
        for field in self._not_asked():
            field.errors = ()
        for check in (
            self._check_email,
            self._check_ceremony,
            self._check_plan_b,
            self._check_resolution,
            self._check_kit,
        ):
            check()
        if Mode.OTHER.value in (self.modes.data or ()) and not self.other_mode.data:
            _refuse(self.other_mode, _("Précisez votre façon de participer."))
        if self.second_name.data and not self.second_email.data:
            _refuse(
                self.second_email,
                _("Inscrivez le courriel de l’autre personne à prévenir, ou effacez son nom."),
            )
        return not (self.form_errors or any(field.errors for field in self))

    def _not_asked(self) -> tuple[Field, ...]:
        """What the choices made useless: the script hides it, so that nobody could mend it there."""
        parts = (
            (self.raises_flag, (self.flag_on, self.flag_time, self.place)),
            (Mode.OTHER.value in (self.modes.data or ()), (self.other_mode,)),
            (
                self.kit.data == "oui",
                (
                    *self._kit_counts,
                    self.delivery_address,
                    self.delivery_hours,
                    self.delivery_attention,
                ),
            ),
            (
                self.resolution.data in (ResolutionState.ADOPTED.value, ResolutionState.ON_AGENDA.value),
                (self.resolution_on, self.resolution_number),
            ),
            (self.plan_b.data == PlanB.POSTPONED.value, (self.plan_b_on,)),
            (self.plan_b.data == PlanB.INDOORS.value, (self.plan_b_place,)),
        )
        return tuple(field for is_asked, fields in parts if not is_asked for field in fields)

    @property
    def _kit_counts(self) -> tuple[Field, ...]:
        return (self.kit_flags, self.kit_posters, self.kit_stickers, self.kit_blankets)

    def _check_email(self) -> None:
        """A likely slip (« hotmial ») is asked about once, before anything is sent there; never refused."""
        meant = typed.likely_email(self.email.data or "")
        if meant is None or self.email.errors or self.courriel_garde.data == self.email.data:
            return
        self.courriel_garde.data = self.email.data
        _refuse(
            self.email,
            _(
                "Avez-vous voulu écrire « %(email)s »? "
                "Corrigez l’adresse, ou envoyez de nouveau pour la garder.",
                email=meant,
            ),
        )

    def _check_ceremony(self) -> None:
        if not self.raises_flag:
            return
        if not self.flag_on.data:
            _refuse(self.flag_on, _("Inscrivez la date du lever."))
        if not self.flag_time.data:
            _refuse(self.flag_time, _("Inscrivez l’heure, par exemple « 10 h »."))
        if not self.place.data:
            _refuse(self.place, _("Inscrivez le lieu du lever, par exemple « Hôtel de ville »."))
        if not (self.flag_on.data and self.flag_time.data):
            return
        if self.edition.year and abs(self.flag_on.data.year - self.edition.year) > 1:
            _refuse(
                self.flag_on,
                _(
                    "Inscrivez une date de l’édition %(year)s : celle-ci en est trop éloignée.",
                    year=str(self.edition.year),
                ),
            )
            return
        try:
            clock.to_utc(self.flag_on.data, self.flag_time.data, self.zone)
        except clock.NonexistentTime as error:
            _refuse(
                self.flag_time,
                _(
                    "Cette heure n’existe pas cette nuit-là : on avance l’heure. Inscrivez « %(hour)s ».",
                    hour=hour(error.suggestion),
                ),
            )
        if self.lowered_on.data and self.lowered_on.data < self.flag_on.data:
            _refuse(
                self.lowered_on, _("Le drapeau ne peut pas être retiré avant d’être levé. Corrigez la date.")
            )

    def _check_plan_b(self) -> None:
        if not self.raises_flag:
            return
        if self.plan_b.data == PlanB.POSTPONED.value and not self.plan_b_on.data:
            _refuse(self.plan_b_on, _("Inscrivez la date à laquelle la cérémonie serait reportée."))

    def _check_resolution(self) -> None:
        if self.resolution.data == ResolutionState.ON_AGENDA.value and not self.resolution_on.data:
            _refuse(self.resolution_on, _("Inscrivez la date de la séance du conseil."))

    def _check_kit(self) -> None:
        if self.kit.data != "oui":
            return
        address = self.delivery_address.data or ""
        if not address:
            _refuse(self.delivery_address, _("Inscrivez l’adresse de livraison de la trousse."))
        elif typed.is_post_office_box(address):
            _refuse(
                self.delivery_address,
                _(
                    "Le transporteur ne livre pas à une case postale. "
                    "Inscrivez une adresse avec un numéro et une rue."
                ),
            )
        counts = self._kit_counts
        if not any(count.errors for count in counts) and not any(count.data for count in counts):
            _refuse(
                self.kit_flags, _("Inscrivez combien de drapeaux, d’affiches ou d’autres articles envoyer.")
            )

    def to_details(self) -> ParticipationDetails:
        """The answers as plain values. Only after `validate()`; what the choices made useless is left out."""
        wants_kit = self.kit.data == "oui"
        second_first, _sep, second_last = (self.second_name.data or "").partition(" ")
        details = ParticipationDetails(
            modes=tuple(mode for mode in Mode if mode.value in self.modes.data),
            other_mode=self.other_mode.data or "",
            # Not asked (a browser always sends it): what the page proposes. Unreadable: publish least.
            opening=_member(Opening, self.opening.data or Opening.PUBLIC.value, Opening.CLOSED),
            resolution_state=_member(ResolutionState, self.resolution.data, ResolutionState.NONE),
            resolution_on=self.resolution_on.data,
            resolution_number=self.resolution_number.data or "",
            wants_kit=wants_kit,
            has_flag=self.kit.data == "deja",
            contact=Person(
                first_name=self.first_name.data,
                last_name=self.last_name.data,
                role=self.role.data or "",
                email=self.email.data or "",
                phone=self.phone.data or "",
                extension=self.extension.data or typed.split_extension(self.phone.typed)[1],
            ),
            second_contact=Person(
                first_name=second_first, last_name=second_last, email=self.second_email.data or ""
            ),
            media_may_call=self.media.data == "oui",
            language=_member(Language, self.language.data, Language.FRENCH),
            is_child_friendly=self.is_child_friendly.data,
            wants_newsletter=self.newsletter.data,
        )
        if self.raises_flag:
            details = replace(
                details,
                flag_on=self.flag_on.data,
                flag_time=self.flag_time.data,
                place=self.place.data or "",
                lowered_on=self.lowered_on.data,
                mast=_member(Mast, self.mast.data, Mast.UNKNOWN),
                children=_member(Presence, self.children.data, None),
                children_count=self.children_count.data,
                childcare=self.childcare.data or "",
                elected_name=self.elected_name.data or "",
                elected_role=self.elected_role.data or "",
                plan_b=_member(PlanB, self.plan_b.data, None),
                plan_b_on=self.plan_b_on.data,
                plan_b_place=self.plan_b_place.data or "",
            )
        if wants_kit:
            details = replace(
                details,
                kit_flags=self.kit_flags.data or 0,
                kit_posters=self.kit_posters.data or 0,
                kit_stickers=self.kit_stickers.data or 0,
                kit_blankets=self.kit_blankets.data or 0,
                delivery_address=self.delivery_address.data or "",
                delivery_hours=self.delivery_hours.data or "",
                delivery_attention=self.delivery_attention.data or "",
            )
        return details

    def is_outside_week(self) -> bool:
        """Accepted, with a notice."""
        day: date | None = self.flag_on.data
        start, end = self.edition.start_on, self.edition.end_on
        return bool(self.raises_flag and day and start and end and not start <= day <= end)

    @staticmethod
    def filled_with(details: ParticipationDetails) -> dict[str, object]:
        """Values that draw the form with these answers in it."""
        kit = "oui" if details.wants_kit else "deja" if details.has_flag else "non"
        second = details.second_contact
        resolution = (
            "" if details.resolution_state is ResolutionState.NONE else details.resolution_state.value
        )
        return {
            "modes": [mode.value for mode in details.modes],
            "other_mode": details.other_mode,
            "flag_on": details.flag_on,
            "flag_time": details.flag_time,
            "place": details.place,
            "opening": details.opening.value,
            "mast": details.mast.value if details.mast else Mast.UNKNOWN.value,
            "lowered_on": details.lowered_on,
            "children": details.children.value if details.children else None,
            "children_count": details.children_count,
            "childcare": details.childcare,
            "elected_name": details.elected_name,
            "elected_role": details.elected_role,
            "plan_b": details.plan_b.value if details.plan_b else "",
            "plan_b_on": details.plan_b_on,
            "plan_b_place": details.plan_b_place,
            "resolution": resolution,
            "resolution_on": details.resolution_on,
            "resolution_number": details.resolution_number,
            "kit": kit,
            "kit_flags": details.kit_flags or None,
            "kit_posters": details.kit_posters or None,
            "kit_stickers": details.kit_stickers or None,
            "kit_blankets": details.kit_blankets or None,
            "delivery_address": details.delivery_address,
            "delivery_hours": details.delivery_hours,
            "delivery_attention": details.delivery_attention,
            "first_name": details.contact.first_name,
            "last_name": details.contact.last_name,
            "role": details.contact.role,
            "email": details.contact.email,
            "phone": details.contact.phone,
            "extension": details.contact.extension,
            "second_name": f"{second.first_name} {second.last_name}".strip(),
            "second_email": second.email,
            "media": "oui" if details.media_may_call else "non",
            "language": details.language.value,
            "is_child_friendly": details.is_child_friendly,
        }


def _member(kind, value, default):
    """The member of that value; what a broken client sends becomes the default."""
    try:
        return kind(value)
    except ValueError:
        return default


def _refuse(field, message: str) -> None:
    """Add a sentence beside the field, unless one is already there."""
    if not field.errors:
        field.errors = [message]


class UndecidedForm(PageForm):
    """« Pas encore décidé »"""

    decides_on = DayField(_("Prévenez-moi après la séance du conseil du"))


class DeclineForm(PageForm):
    """« Pas cette année »"""

    reason = StringField(_("Pourquoi?"), validators=[_short(300)])


class HandOverForm(PageForm):
    """« Je ne suis plus la bonne personne »"""

    first_name = StringField(_("Prénom de la nouvelle personne"), validators=[_short(80)])
    last_name = StringField(_("Nom de la nouvelle personne"), validators=[_short(80)])
    role = StringField(_("Sa fonction"), validators=[_short(120)])
    email = EmailField(_("Son courriel"))

    def validate(self, extra_validators: object = None) -> bool:
        """A name alone would be lost: nothing reaches a person without an address."""
        is_right = bool(super().validate())
        if (self.first_name.data or self.last_name.data) and not self.email.data:
            _refuse(
                self.email, _("Inscrivez son courriel, ou laissez tout vide si vous ne le connaissez pas.")
            )
        return is_right and not self.email.errors

    def to_person(self) -> Person | None:
        """The successor, or None when the clerk does not know."""
        if not self.email.data:
            return None
        return Person(
            first_name=self.first_name.data or "",
            last_name=self.last_name.data or "",
            role=self.role.data or "",
            email=self.email.data,
        )


class PostponeForm(PageForm):
    """« Reportée au … »"""

    flag_on = DayField(_("Nouvelle date"), validators=[Needed(_("Inscrivez la nouvelle date."))])
    flag_time = HourField(
        _("Nouvelle heure"), validators=[Needed(_("Inscrivez l’heure, par exemple « 10 h »."))]
    )
    reason = StringField(_("Raison, telle que le public la lira"), validators=[_short(300)])


class IndoorsForm(PageForm):
    """« À l’intérieur »"""

    place = StringField(
        _("Lieu à l’intérieur"), validators=[Needed(_("Inscrivez le lieu à l’intérieur.")), _short(300)]
    )
    reason = StringField(_("Raison, telle que le public la lira"), validators=[_short(300)])


class CancelForm(PageForm):
    """Withdrawing asks why."""

    reason = StringField(
        _("Pourquoi annulez-vous?"),
        validators=[Needed(_("Indiquez la raison en quelques mots.")), _short(300)],
    )


class NewLinkForm(PageForm):
    """An expired link: where to send a new one."""

    municipality = StringField(
        _("Votre municipalité"),
        validators=[Needed(_("Inscrivez le nom de votre municipalité.")), _short(120)],
    )
    email = EmailField(_("Votre courriel"), validators=[Needed(_("Inscrivez l’adresse courriel."))])


class ResolutionForm(PageForm):
    """The number comes after the council has sat."""

    resolution_on = DayField(
        _("Adoptée le"), validators=[Needed(_("Inscrivez la date d’adoption de la résolution."))]
    )
    resolution_number = StringField(
        _("Numéro de la résolution"),
        validators=[Needed(_("Inscrivez le numéro de la résolution.")), _short(60)],
    )
