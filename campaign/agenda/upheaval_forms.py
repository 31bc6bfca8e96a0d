"""The questions of one action on everything that takes place somewhere on some days."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from wtforms import SelectField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length

from campaign.agenda.upheavals import Area
from campaign.events.change_forms import GESTURES, ChangeForm
from campaign.events.vocabulary import TYPES
from campaign.i18n import _
from campaign.web.forms import DayField, Needed

NOT_FOR_MANY = frozenset({"lieu"})
"""No two activities move to the same place."""


class UpheavalForm(ChangeForm):
    """Where, when, which types; then one action."""

    region = SelectField(_("Région"), validate_choice=False)
    mrc = SelectField(_("MRC"), validate_choice=False)
    municipality = StringField(
        _("Code de la municipalité"), validators=[Length(max=10, message=_("Inscrivez cinq chiffres."))]
    )
    since = DayField(_("Du"), validators=[Needed(_("Inscrivez le premier jour."))])
    until = DayField(_("Au"))
    types = SelectMultipleField(
        _("Types d’activités"),
        choices=[SelectChoice(value, word) for value, word in TYPES.items()],
        validate_choice=False,
    )

    def offer(
        self, regions: Iterable[tuple[str, str]], mrcs: Iterable[tuple[str, str]], *, is_bound: bool
    ) -> None:
        """The places among which to choose: someone of a region has no « tout le Québec »."""
        everywhere = [] if is_bound else [SelectChoice("", _("Tout le Québec"))]
        self.region.choices = everywhere + [SelectChoice(code, name) for code, name in regions]
        self.mrc.choices = [
            SelectChoice("", _("Toutes")),
            *(SelectChoice(code, name) for code, name in mrcs),
        ]
        self.gesture.choices = [
            SelectChoice(value, word) for value, word in GESTURES.items() if value not in NOT_FOR_MANY
        ]

    def validate(self, extra_validators: object = None) -> bool:
        """The last day comes after the first."""
        is_right = super().validate()
        if self.since.data and self.until.data and self.until.data < self.since.data:
            self.until.errors = [_("Le dernier jour vient après le premier.")]
            return False
        return is_right

    def to_area(self) -> Area:
        """Where and when."""
        since: date = self.since.data
        return Area(
            since=since,
            until=self.until.data or since,
            region=self.region.data or "",
            mrc=self.mrc.data or "",
            municipality=self.municipality.data or "",
            types=frozenset(self.types.data or ()) & TYPES.keys(),
        )
