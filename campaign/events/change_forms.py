"""The forms of what changes: an address to write to, and one action on an event."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wtforms import BooleanField, HiddenField, RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length

from campaign.events.changes import Change
from campaign.events.models import EventAction
from campaign.i18n import _
from campaign.web.forms import CountField, DayField, EmailField, HourField, Needed, PageForm

LONGEST_REASON = 300

GESTURES = {
    "reporter-jours": _("Reporter de quelques jours"),
    "reporter-au": _("Reporter à une date"),
    "a-confirmer": _("Reporter, date à confirmer"),
    "annuler": _("Annuler"),
    "interieur": _("Déplacer à l’intérieur"),
    "lieu": _("Changer de lieu"),
    "en-ligne": _("Mettre en ligne"),
    "retablir": _("Rétablir"),
}
"""What may be asked in one action, as addresses write it."""

_ACTIONS = {
    "reporter-jours": EventAction.POSTPONE,
    "reporter-au": EventAction.POSTPONE,
    "a-confirmer": EventAction.POSTPONE,
    "annuler": EventAction.CANCEL,
    "interieur": EventAction.MOVE,
    "lieu": EventAction.MOVE,
    "en-ligne": EventAction.PUT_ONLINE,
    "retablir": EventAction.REINSTATE,
}

_CHOOSE = _("Choisissez ce qu’il faut faire.")
_WITH_PLACE = frozenset({"interieur", "lieu"})


class FollowForm(PageForm):
    """The address to write to."""

    email = EmailField(_("Votre adresse courriel"), validators=[Needed(_("Inscrivez l’adresse courriel."))])
    site_web = StringField(_("Laissez ce champ vide"))
    """The trap: people never see it, robots fill it."""

    @property
    def is_robot(self) -> bool:
        return bool(self.site_web.data)


def _short(limit: int) -> Length:
    return Length(max=limit, message=_("Ce texte est trop long : %(max)d caractères au plus.", max=limit))


class ChangeForm(PageForm):
    """One action, and what it asks."""

    gesture = RadioField(
        _("Que faut-il faire?"),
        choices=[SelectChoice(value, label) for value, label in GESTURES.items()],
        validators=[Needed(_CHOOSE)],
        validate_choice=False,  # `_missing` says it in French
    )
    days = CountField(_("De combien de jours?"), default=1)
    day = DayField(_("Nouvelle date"))
    at = HourField(_("Nouvelle heure"))
    place = StringField(_("Nouveau lieu"), validators=[_short(300)])
    geo_code = StringField(_("Code de la nouvelle municipalité"), validators=[_short(10)])
    online_url = StringField(_("Adresse pour se joindre en ligne"), validators=[_short(500)])
    reason = StringField(_("Raison, telle que le public la lira"), validators=[_short(LONGEST_REASON)])
    tell = BooleanField(
        _("Écrire aux personnes inscrites, et à celles qui ont demandé à être prévenues"), default=True
    )

    def validate(self, extra_validators: object = None) -> bool:
        """Each action needs its own answer."""
        is_right = bool(super().validate())
        missing = self._missing()
        if missing is not None:
            field, sentence = missing
            if not field.errors:
                field.errors = [sentence]
            return False
        return is_right

    def _missing(self) -> tuple[Any, str] | None:
        gesture = self.gesture.data
        if gesture not in {each.value for each in self.gesture.choices}:
            return self.gesture, _CHOOSE
        if gesture == "reporter-jours" and not 1 <= (self.days.data or 0) <= 60:
            return self.days, _("Inscrivez un nombre de jours, de 1 à 60.")
        if gesture == "reporter-au" and self.day.data is None:
            return self.day, _("Inscrivez la nouvelle date.")
        if gesture == "lieu" and not (self.place.data or self.geo_code.data):
            return self.place, _("Inscrivez le nouveau lieu.")
        if gesture == "en-ligne" and not _is_web(self.online_url.data or ""):
            return self.online_url, _("Inscrivez une adresse qui commence par « https:// ».")
        if gesture != "retablir" and not self.reason.data:
            return self.reason, _("Indiquez la raison en quelques mots.")
        return None

    def to_change(self, sitting_ids: frozenset[int] = frozenset()) -> Change:
        """What the form asks, of one date or of the whole."""
        gesture = self.gesture.data
        return Change(
            action=_ACTIONS[gesture],
            sitting_ids=sitting_ids,
            days=self.days.data if gesture == "reporter-jours" else 0,
            day=self.day.data if gesture == "reporter-au" else None,
            at=self.at.data if gesture == "reporter-au" else None,
            place=(self.place.data or "") if gesture in _WITH_PLACE else "",
            is_indoors=gesture == "interieur",
            geo_code=(self.geo_code.data or "") if gesture == "lieu" else "",
            online_url=(self.online_url.data or "") if gesture == "en-ligne" else "",
            reason=self.reason.data or "",
            tell=bool(self.tell.data),
        )


def _is_web(address: str) -> bool:
    return address.startswith(("https://", "http://")) and len(address) > len("https://")


class OneChangeForm(ChangeForm):
    """One action on an event, or on one of its dates."""

    sitting = SelectField(_("Quelle date?"), validate_choice=False)
    seen = HiddenField()
    """How the event stood in the preview that is confirmed."""

    def offer(self, sittings: Sequence[tuple[int, str]]) -> None:
        """The dates among which to choose."""
        self.sitting.choices = [
            SelectChoice("", _("Toutes les dates à venir")),
            *(SelectChoice(str(number), words) for number, words in sittings),
        ]

    @property
    def sitting_ids(self) -> frozenset[int]:
        chosen = self.sitting.data or ""
        return frozenset({int(chosen)}) if chosen.isdecimal() and len(chosen) < 10 else frozenset()
