"""Activities to test with: what is said of one, one in the calendar."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time
from typing import Any

from campaign.db import db
from campaign.events import activities, services
from campaign.events.content import ActivityContent, Sitting
from campaign.events.models import Event
from campaign.events.vocabulary import ActivityType, Audience, Cost, OrganizerKind, Theme
from tests import builders
from tests.builders import DAY_J, NOW


def content(**changes: Any) -> ActivityContent:
    """A story time at the library of Hébertville, on day J from 10 h to 11 h."""
    usual = ActivityContent(
        title="Heure du conte en pyjama",
        description="Des histoires à partager, une doudou à la main.",
        activity_type=ActivityType.STORY_TIME,
        organizer_name="Bibliothèque d’Hébertville",
        organizer_kind=OrganizerKind.LIBRARY,
        sittings=(Sitting(day=DAY_J, starts=time(10), ends=time(11)),),
        place="Bibliothèque municipale",
        geo_code=builders.HEBERTVILLE,
        audiences=(Audience.TODDLERS, Audience.PARENTS),
        themes=(Theme.READING,),
        cost=Cost.FREE,
        contact_email="biblio@exemple.quebec",
    )
    return replace(usual, **changes)


def publish(told: ActivityContent | None = None, *, now: datetime = NOW) -> Event:
    """The activity, in the calendar."""
    told = told or content()
    territory = builders.territory(told.geo_code) if told.geo_code else None
    event = activities.create(told, edition=builders.edition(), territory=territory, now=now)
    services.publish(event, now=now)
    db.session.flush()
    return event
