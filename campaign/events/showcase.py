"""An event as it is shown elsewhere: on a poster, in the picture of a shared link."""

from __future__ import annotations

from campaign.campaigns.models import Edition, Organization
from campaign.events import wording
from campaign.events.documents import poster_content
from campaign.events.models import Event, EventState, Opening
from campaign.events.picture_card import CardContent
from campaign.events.poster import PosterContent
from campaign.events.sheet import DateLine, Sheet, count_days
from campaign.events.typesetting import breakable
from campaign.i18n import _
from campaign.web.filters import NBSP, capitalize_first, date_range, ordinal

DATES_ON_PAPER = 5
"""More would be too small to read from where a poster is read; the page has the rest."""


def poster_of(event: Event, sheet: Sheet, organization: Organization, url: str) -> PosterContent:
    """What the poster of an event prints: that of a ceremony speaks for its municipality."""
    if not sheet.is_activity and event.territory is not None:
        return poster_content(event, event.territory, event.edition, organization, url)
    return _activity_poster(sheet, event.edition, organization, url)


def _activity_poster(sheet: Sheet, edition: Edition, organization: Organization, url: str) -> PosterContent:
    ahead = [line for line in sheet.dates if not line.is_off]
    ahead = [line for line in ahead if not line.is_past] or ahead
    one = ahead[0] if len(ahead) == 1 else None
    return PosterContent(
        title_line=breakable(sheet.title),
        official_name=sheet.territory.name if sheet.territory else sheet.region.name if sheet.region else "",
        municipality_sentence=_sentence(sheet),
        date_text=capitalize_first(one.day) if one else _several(ahead),
        time_text=one.when if one else "",
        dates=() if one else _listed(ahead),
        place=breakable(sheet.place) if sheet.is_held_somewhere else _("En ligne"),
        edition_text=(
            f"{ordinal(edition.number)}{NBSP}édition – {date_range(edition.start_on, edition.end_on)}"
        ),
        url=url,
        url_text=url.partition("://")[2],
        organization=organization.name,
        opening_text=" – ".join(filter(None, (sheet.cost_text, _people(sheet)))),
        is_simulated=edition.is_simulated,
        simulated_text=_("Exemple : activité fictive"),
    )


def _sentence(sheet: Sheet) -> str:
    return f"{sheet.type[1]} – {sheet.organizer}" if sheet.organizer else sheet.type[1]


def _people(sheet: Sheet) -> str:
    is_limited = sheet.opening != wording.OPENINGS[Opening.PUBLIC]
    people = ", ".join(word for _value, word in sheet.audiences)
    return ", ".join(filter(None, (people, sheet.opening if is_limited or not people else "")))


def _several(lines: list[DateLine]) -> str:
    days = count_days(lines)
    return f"{days}{NBSP}dates" if days > 1 else capitalize_first(lines[0].day)


def _listed(lines: list[DateLine]) -> tuple[str, ...]:
    shown = lines if len(lines) <= DATES_ON_PAPER else lines[: DATES_ON_PAPER - 1]
    left = len(lines) - len(shown)
    more = [_("et %(count)s autres dates, à l’adresse ci-contre", count=left)] if left else []
    return (*(capitalize_first(line.text) for line in shown), *more)


def card_of(sheet: Sheet, campaign: str) -> CardContent:
    """What the picture of a shared link says."""
    return CardContent(
        title=sheet.title,
        date=capitalize_first(sheet.dates_text),
        place=sheet.where,
        state=_state(sheet).upper(),
        is_off=sheet.is_off,
        campaign=campaign,
    )


def _state(sheet: Sheet) -> str:
    """The word of what changed; several dates have it only when all are called off."""
    is_changed = sheet.is_off or (not sheet.is_several and sheet.dates[0].state is EventState.POSTPONED)
    return sheet.labels[0][0] if is_changed and sheet.labels else ""
