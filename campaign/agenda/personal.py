"""Personal feeds: what a person of the team, or a municipality, follows by an address that only they hold.

An address is kept hashed; it works until somebody revokes it, or until its owner may not read it any more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from campaign.accounts.access import READERS, scope_of
from campaign.accounts.models import User
from campaign.agenda import versions
from campaign.agenda.feeds import OwnContents
from campaign.agenda.filters import CalendarFilter
from campaign.agenda.models import FeedKind, PersonalFeed
from campaign.campaigns.queries import organization
from campaign.db import db
from campaign.errors import NotFound
from campaign.i18n import _
from campaign.identifiers import hash_token, new_token
from campaign.participations.models import PersonalLink
from campaign.territory.grammar import with_de
from campaign.territory.models import Territory
from campaign.territory.queries import list_regions

UNKNOWN = _(
    "Cette adresse de calendrier n’est pas reconnue, ou ne sert plus. Demandez-en une autre là où vous avez "
    "obtenu celle-ci."
)


@dataclass(frozen=True, kw_only=True)
class Owner:
    """Whose feed it is: an account, or a municipality."""

    user: User | None = None
    territory: Territory | None = None

    @property
    def kind(self) -> FeedKind:
        return FeedKind.TEAM if self.user else FeedKind.MUNICIPALITY

    def feeds(self) -> sa.Select[PersonalFeed]:
        """Those that were not revoked, the latest first."""
        own = (
            PersonalFeed.user_id == self.user.id
            if self.user
            else PersonalFeed.territory_id == (self.territory.id if self.territory else None)
        )
        return (
            sa.select(PersonalFeed)
            .where(own, PersonalFeed.revoked_at.is_(None))
            .order_by(PersonalFeed.id.desc())
        )


def find_feed(owner: Owner) -> PersonalFeed | None:
    """The feed in use, if there is one that still opens."""
    feed = db.session.scalar(
        owner.feeds().options(joinedload(PersonalFeed.user), joinedload(PersonalFeed.territory)).limit(1)
    )
    return feed if feed is not None and _is_open(feed) else None


def issue(owner: Owner, *, now: datetime) -> str:
    """The token of a new address, told this once; the earlier one opens nothing any more."""
    revoke(owner, now=now)
    token = new_token()
    db.session.add(
        PersonalFeed(
            kind=owner.kind,
            token_hash=hash_token(token),
            user_id=owner.user.id if owner.user else None,
            territory_id=owner.territory.id if owner.territory else None,
            created_at=now,
        )
    )
    return token


def revoke(owner: Owner, *, now: datetime) -> None:
    """The address opens nothing any more, for whoever holds it."""
    for feed in db.session.scalars(owner.feeds()):
        feed.revoked_at = now


def get_feed(token: str) -> PersonalFeed:
    """The feed of that address; `NotFound` in the same words whatever the reason."""
    feed = db.session.scalar(
        sa.select(PersonalFeed)
        .where(PersonalFeed.token_hash == hash_token(token), PersonalFeed.revoked_at.is_(None))
        .options(joinedload(PersonalFeed.user), joinedload(PersonalFeed.territory))
    )
    if feed is None or not _is_open(feed):
        raise NotFound(UNKNOWN)
    return feed


def _is_open(feed: PersonalFeed) -> bool:
    """Its owner may still read it: an account that is active and reads the edition; a municipality whose
    personal link was not taken away since, as when somebody else takes over."""
    if feed.user is not None:
        return feed.user.is_active and feed.user.role in READERS
    taken_away = sa.select(PersonalLink.id).where(
        PersonalLink.territory_id == feed.territory_id, PersonalLink.revoked_at > feed.created_at
    )
    return db.session.scalar(taken_away.limit(1)) is None


def contents_of(feed: PersonalFeed, *, today: date, is_insistent: bool) -> OwnContents:
    """What it holds at this reading, by what its owner may read now."""
    if feed.user is not None:
        return _of_team(feed.user, today, is_insistent)
    assert feed.territory is not None  # noqa: S101 - a constraint of the table
    return _of_town(feed.territory, today, is_insistent)


def _of_team(user: User, today: date, is_insistent: bool) -> OwnContents:
    regions = scope_of(user).region_codes
    names = [region.name for region in list_regions() if regions is not None and region.code in regions]
    where = ", ".join(names) if regions is not None else _("tout le Québec")
    return OwnContents(
        name=_("%(campaign)s – équipe (%(where)s)", campaign=organization().campaign_name, where=where),
        description=_("Ce qui est publié dans vos régions, et les rencontres privées de l’équipe."),
        own=versions.list_of_team(regions, today=today),
        is_insistent=is_insistent,
    )


def _of_town(territory: Territory, today: date, is_insistent: bool) -> OwnContents:
    part = CalendarFilter(municipality=territory.geo_code).of_today()
    sittings, _left = versions.published(part, today=today)
    is_own = versions.numbers_of_ceremonies(territory)
    own = {number: version for number, version in sittings.items() if number in is_own}
    others = {number: version for number, version in sittings.items() if number not in is_own}
    return OwnContents(
        name=_(
            "%(campaign)s – calendrier %(of_town)s",
            campaign=organization().campaign_name,
            of_town=with_de(territory.name, territory.de_form),
        ),
        description=_(
            "Les cérémonies de la municipalité, leur heure et leur lieu, et les activités chez elle."
        ),
        public=others,
        own=own,
        is_insistent=is_insistent,
    )
