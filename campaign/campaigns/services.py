"""Opening an edition, moving its week, and saying who carries the campaign."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from campaign.campaigns import queries
from campaign.campaigns.models import Edition, Organization
from campaign.campaigns.signals import edition_opened
from campaign.campaigns.week import Week, week_from
from campaign.db import db
from campaign.errors import Conflict
from campaign.i18n import _
from campaign.web.filters import date_range, ordinal


class EditionRefused(Conflict):
    """An edition cannot be so; `about` is the answer to correct: `number`, `start_on` or `flag_on`."""

    def __init__(self, about: str, message: str) -> None:
        self.about = about
        super().__init__(message)


def open_edition(
    number: int,
    start_on: date,
    *,
    theme: str = "",
    flag_on: date | None = None,
    is_simulated: bool = False,
) -> Edition:
    """Open an edition of seven days from any day (`week.week_of` gives the usual week).

    It becomes the current one if its number is the highest. Refused when the number or the year is taken,
    or when the week overlaps another edition's.
    """
    week = week_from(start_on, flag_on)
    if number < 1:
        raise EditionRefused("number", _("Inscrivez un numéro d’édition d’au moins 1."))
    if db.session.scalar(sa.select(Edition.id).where(Edition.number == number)):
        raise EditionRefused(
            "number",
            _("La %(edition)s édition existe déjà. Choisissez un autre numéro.", edition=ordinal(number)),
        )
    _check_week(week)
    edition = Edition(
        number=number,
        year=week.start_on.year,
        start_on=week.start_on,
        end_on=week.end_on,
        flag_on=week.flag_on,
        theme=theme.strip(),
        is_simulated=is_simulated,
    )
    db.session.add(edition)
    db.session.flush()
    edition_opened.send(edition)
    return edition


def change_edition(edition: Edition, *, start_on: date, theme: str, flag_on: date | None = None) -> Edition:
    """Move the week or rewrite the theme. Ceremonies already announced keep the day their town chose."""
    queries.check_open(edition)
    week = week_from(start_on, flag_on)
    _check_week(week, besides=edition)
    edition.year = week.start_on.year
    edition.start_on, edition.end_on, edition.flag_on = week.start_on, week.end_on, week.flag_on
    edition.theme = theme.strip()
    db.session.flush()
    return edition


def _check_week(week: Week, *, besides: Edition | None = None) -> None:
    if not week.start_on <= week.flag_on <= week.end_on:
        raise EditionRefused(
            "flag_on",
            _(
                "Choisissez un jour du lever dans la semaine %(week)s.",
                week=date_range(week.start_on, week.end_on),
            ),
        )
    others = [edition for edition in queries.list_editions() if edition is not besides]
    for other in others:
        if (
            other.start_on
            and other.end_on
            and other.start_on <= week.end_on
            and week.start_on <= other.end_on
        ):
            raise EditionRefused(
                "start_on",
                _(
                    "La %(edition)s édition se tient déjà %(week)s. Choisissez d’autres dates.",
                    edition=ordinal(other.number),
                    week=date_range(other.start_on, other.end_on),
                ),
            )
    if any(other.year == week.start_on.year for other in others):
        raise EditionRefused(
            "start_on",
            _("L’année %(year)s a déjà son édition. Choisissez d’autres dates.", year=week.start_on.year),
        )


def set_organization(
    name: str,
    *,
    postal_address: str = "",
    contact: str = "",
    privacy_officer: str = "",
    campaign_name: str = "Grande semaine des tout-petits",
    prefix: str = "GSTP",
) -> Organization:
    """Say who carries the campaign; a second call corrects the only row."""
    carrier = queries.organization()
    carrier.name = name.strip()
    carrier.postal_address = postal_address.strip()
    carrier.contact = contact.strip()
    carrier.privacy_officer = privacy_officer.strip()
    carrier.campaign_name = campaign_name.strip()
    carrier.prefix = prefix.strip()
    db.session.add(carrier)
    db.session.flush()
    return carrier
