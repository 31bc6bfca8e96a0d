"""What a change would change, field by field, in the words that people read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from campaign.events.content import ActivityContent
from campaign.events.models import Picture
from campaign.events.summary import summary_of
from campaign.i18n import _


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One field told otherwise, line by line; what is not said has no line."""

    name: str
    before: tuple[str, ...]
    after: tuple[str, ...]


def differences(
    before: ActivityContent, after: ActivityContent, pictures: tuple[Picture | None, Picture | None]
) -> list[Difference]:
    """The fields that differ, in the order of the page; `pictures` before and after."""
    old, new = _told(before, pictures[0]), _told(after, pictures[1])
    names = dict.fromkeys((*new, *old))
    return [
        Difference(name=name, before=old.get(name, ()), after=new.get(name, ()))
        for name in names
        if old.get(name, ()) != new.get(name, ())
    ]


def _told(content: ActivityContent, picture: Picture | None) -> Mapping[str, tuple[str, ...]]:
    words = {name: _lines(value) for name, value in summary_of(content).by_name().items()}
    return words | {
        _("Lien en ligne publié"): _yes(content.is_online_url_public),
        _("Coordonnées publiées"): _yes(content.is_contact_public),
        _("Image"): _picture(picture),
        _("Annonce d’origine"): _lines(content.source_url),
    }


def _lines(told: object) -> tuple[str, ...]:
    if isinstance(told, tuple):
        return tuple(str(one) for one in told)
    return tuple(line for line in str(told).splitlines() if line.strip())


def _yes(value: bool) -> tuple[str, ...]:
    return (_("oui") if value else _("non"),)


def _picture(picture: Picture | None) -> tuple[str, ...]:
    """What it shows, who made it, and its number: another picture may show the same."""
    if picture is None:
        return ()
    credit = _("crédit : %(name)s", name=picture.credit) if picture.credit else ""
    number = _("image %(number)s", number=picture.key[:6])
    return tuple(filter(None, (picture.alt, credit, number)))
