"""The forms of the team: a registration by telephone, a reason, a track, a link, a figure to announce."""

from __future__ import annotations

from datetime import date
from typing import Any

from wtforms import BooleanField, RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length

from campaign.i18n import _
from campaign.participations import words
from campaign.participations.forms import ParticipationForm
from campaign.participations.models import Channel, KitState, ResolutionState
from campaign.web.forms import DayField, EmailField, HourField, Needed, PageForm

LONGEST_REASON = 500

CHANNELS = [
    SelectChoice(Channel.PHONE.value, _("Téléphone")),
    SelectChoice(Channel.MAIL.value, _("Courriel")),
    SelectChoice(Channel.TEAM.value, _("Autrement : papier, rencontre")),
]


def _short(limit: int) -> Length:
    return Length(max=limit, message=_("Ce texte est trop long : %(max)d caractères au plus.", max=limit))


def _channel() -> Any:
    return RadioField(
        _("Comment la municipalité vous l’a-t-elle dit?"),
        choices=CHANNELS,
        validators=[Needed(_("Dites comment la municipalité vous a répondu."))],
        default=Channel.PHONE.value,
    )


class TeamParticipationForm(ParticipationForm):
    """The same questions, answered for the municipality: nobody consents or vouches in its place."""

    authority = None
    channel = _channel()


class ReasonForm(PageForm):
    """A change that the history must explain."""

    channel = _channel()
    reason = StringField(
        _("Pourquoi? Qui vous l’a dit?"),
        validators=[Needed(_("Indiquez la raison en quelques mots.")), _short(LONGEST_REASON)],
    )


def _public_reason() -> Any:
    return StringField(
        _("Raison, telle que le public la lira"),
        validators=[Needed(_("Indiquez la raison en quelques mots.")), _short(300)],
    )


class PublicReasonForm(PageForm):
    """A change whose reason the public reads."""

    channel = _channel()
    reason = _public_reason()


class PostponedForm(PageForm):
    """« Reportée au … »"""

    flag_on = DayField(_("Nouvelle date"), validators=[Needed(_("Inscrivez la nouvelle date."))])
    flag_time = HourField(
        _("Nouvelle heure"), validators=[Needed(_("Inscrivez l’heure, par exemple « 10 h »."))]
    )
    channel = _channel()
    reason = _public_reason()


class IndoorsForm(PageForm):
    """« À l’intérieur »"""

    place = StringField(
        _("Lieu à l’intérieur"), validators=[Needed(_("Inscrivez le lieu à l’intérieur.")), _short(300)]
    )
    channel = _channel()
    reason = _public_reason()


class ResolutionForm(PageForm):
    """Where the council's resolution is; its number may come later."""

    channel = _channel()
    state = SelectField(
        _("Résolution du conseil"),
        choices=[SelectChoice(state.value, label) for state, label in words.RESOLUTION.items()],
    )
    on = DayField(_("Date de la séance"))
    number = StringField(_("Numéro de la résolution"), validators=[_short(60)])

    def validate(self, extra_validators: object = None) -> bool:
        """A council sits on a day."""
        is_right = bool(super().validate())
        dated = (ResolutionState.ON_AGENDA.value, ResolutionState.ADOPTED.value)
        if self.state.data in dated and self.on.data is None and not self.on.errors:
            self.on.errors = [_("Inscrivez la date de la séance du conseil.")]
            return False
        return is_right

    @property
    def day(self) -> date | None:
        day: date | None = self.on.data
        return day


class KitForm(PageForm):
    """Where the kit is."""

    state = SelectField(
        _("Trousse"), choices=[SelectChoice(state.value, label) for state, label in words.KIT.items()]
    )
    reason = StringField(_("Note : numéro de suivi, retour…"), validators=[_short(LONGEST_REASON)])

    @property
    def kit_state(self) -> KitState:
        return KitState(self.state.data)


class MergeForm(PageForm):
    """Which record stays, and why the other is set aside."""

    target = StringField(
        _("Code de la municipalité à garder"), validators=[Needed(_("Choisissez la fiche à garder."))]
    )
    reason = StringField(
        _("Pourquoi?"),
        validators=[Needed(_("Indiquez la raison en quelques mots.")), _short(LONGEST_REASON)],
    )


class LinkForm(PageForm):
    """A new key for the municipality."""

    revoke = BooleanField(_("Révoquer les liens donnés auparavant"))
    mail = BooleanField(_("Envoyer le lien par courriel"))
    email = EmailField(_("À cette adresse"))

    def validate(self, extra_validators: object = None) -> bool:
        """A letter needs an address."""
        is_right = bool(super().validate())
        if self.mail.data and not self.email.data and not self.email.errors:
            self.email.errors = [_("Inscrivez l’adresse courriel.")]
            return False
        return is_right


class FreezeForm(PageForm):
    """A figure to announce."""

    label = StringField(
        _("Où ce chiffre est-il annoncé?"),
        validators=[
            Needed(_("Nommez l’annonce, par exemple « Communiqué national ».")),
            _short(160),
        ],
    )
