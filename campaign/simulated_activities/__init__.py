"""What the demonstration imagines: the activities of one week, as plain values.

Pure and repeatable, like `simulation`, from a source of chance of its own. No organization here exists: their
names come from ships and flags, addresses end in example.org.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from itertools import chain
from random import Random

from campaign import clock
from campaign.campaigns.week import Week
from campaign.events.content import ActivityContent
from campaign.simulated_activities.local import LocalActivities
from campaign.simulated_activities.organizers import TRUSTED
from campaign.simulated_activities.regional import committees, regional
from campaign.simulated_activities.turns import Imagined, Turn, with_turns
from campaign.simulation import WEEKS_OF_ANSWERS, Town

__all__ = ["TRUSTED", "Imagined", "Turn", "imagine_activities"]

SEED = 20271120


def imagine_activities(towns: Sequence[Town], week: Week, now: datetime) -> list[Imagined]:
    """Every activity, in the order in which they entered the calendar. `towns` are local municipalities."""
    chance = Random(SEED)  # noqa: S311 - stories, not secrets
    # One source of chance for all: each is drawn whole before the next, so that the same seed tells the same.
    contents = chain(LocalActivities(chance, week).told(towns), regional(week), committees(week))
    told = [_imagined(content, rank, chance, now) for rank, content in enumerate(contents, 1)]
    return sorted(with_turns(told, chance, now), key=lambda one: (one.published_at, one.key))


def _imagined(content: ActivityContent, rank: int, chance: Random, now: datetime) -> Imagined:
    """Since when it is in the calendar."""
    days_ago = int(chance.triangular(1, WEEKS_OF_ANSWERS * 7, 16))
    minutes = chance.randint(8 * 60, 17 * 60)
    at = clock.to_utc(clock.today(now) - timedelta(days=days_ago), time(*divmod(minutes, 60)), clock.EASTERN)
    return Imagined(key=f"{rank:03d}", content=content, published_at=at)
