"""Opening an edition, and moving its week."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from wtforms import StringField
from wtforms.validators import Length

from campaign.campaigns.models import Edition, Organization
from campaign.campaigns.services import EditionRefused
from campaign.campaigns.week import Week
from campaign.i18n import _
from campaign.web.forms import CountField, DayField, Needed, PageForm


@dataclass(frozen=True)
class Answers:
    """What the organizer decides of an edition."""

    start_on: date
    flag_on: date | None
    theme: str
    number: int = 0


class WeekForm(PageForm):
    """The week of an edition and its theme. The week lasts seven days, so its first day is enough."""

    start_on = DayField(
        _("Premier jour de la semaine"), [Needed(_("Choisissez le premier jour de la semaine."))]
    )
    flag_on = DayField(_("Jour du lever des drapeaux"))
    theme = StringField(
        _("Thème"), [Length(max=200, message=_("Écrivez un thème d’au plus 200 caractères."))]
    )

    @staticmethod
    def filled_with(edition: Edition) -> dict[str, Any]:
        # Left empty when it is the first day, so that moving the week moves both.
        flag_on = None if edition.flag_on == edition.start_on else edition.flag_on
        return {"start_on": edition.start_on, "flag_on": flag_on, "theme": edition.theme}

    def to_answers(self) -> Answers:
        return Answers(self.start_on.data, self.flag_on.data, self.theme.data or "")

    def refuse(self, error: EditionRefused) -> None:
        """Show what the service refused beside the question it is about."""
        self[error.about].errors = [error.message]


class OpeningForm(WeekForm):
    """A new edition: its number too."""

    number = CountField(_("Numéro de l’édition"), [Needed(_("Inscrivez le numéro de l’édition."))])

    @staticmethod
    def proposing(number: int, week: Week) -> dict[str, Any]:
        return {"number": number, "start_on": week.start_on}

    def to_answers(self) -> Answers:
        return replace(super().to_answers(), number=self.number.data)


@dataclass(frozen=True, kw_only=True)
class Carrier:
    """Who carries the campaign, as the organizer writes it."""

    name: str
    postal_address: str
    contact: str
    privacy_officer: str
    campaign_name: str


def _short(limit: int) -> Length:
    return Length(max=limit, message=_("Ce texte est trop long : %(max)d caractères au plus.", max=limit))


class OrganizationForm(PageForm):
    """What every message says of its sender. A name is enough to be kept; nothing leaves before the rest."""

    name = StringField(_("Nom de l’organisme"), [Needed(_("Inscrivez le nom de l’organisme.")), _short(120)])
    postal_address = StringField(_("Adresse postale"), [_short(300)])
    contact = StringField(_("Courriel ou téléphone pour le joindre"), [_short(254)])
    privacy_officer = StringField(
        _("Responsable de la protection des renseignements personnels"), [_short(200)]
    )
    campaign_name = StringField(
        _("Nom de la campagne"), [Needed(_("Inscrivez le nom de la campagne.")), _short(120)]
    )

    @staticmethod
    def filled_with(carrier: Organization) -> dict[str, Any]:
        return {name: getattr(carrier, name) for name in Carrier.__dataclass_fields__}

    def to_carrier(self) -> Carrier:
        return Carrier(**{name: self[name].data or "" for name in Carrier.__dataclass_fields__})
