"""What each town is offered: an idea, an organizer, a place and dates, drawn by chance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import cycle
from random import Random

from campaign.campaigns.week import Week
from campaign.events.content import ActivityContent, Sitting
from campaign.events.models import Opening
from campaign.events.vocabulary import Accessibility, ActivityType, Cost, Format, SpokenLanguage
from campaign.identifiers import slugify
from campaign.simulated_activities.ideas import IDEAS, Idea
from campaign.simulated_activities.organizers import ORGANIZERS, OUTDOORS, PLACES
from campaign.simulation import FAMILY_NAMES, MEN, WOMEN, Town

LOCAL_ACTIVITIES = 410
"""The real campaign announces more than four hundred."""

AT_LEAST_IN_EACH_REGION = 6
ALWAYS_THERE = ("01023", "01042", "98005", "98012", "66023", "23027", "65005", "10043")
"""Each time zone, and large towns."""
REGISTRATION = ("Par téléphone au 418 555-0123.", "Par courriel, au plus tard la veille.")
PRICES = ("5 $ par enfant", "10 $ par famille", "3 $ par personne")


class LocalActivities:
    """Draws one activity after the other, from one source of chance."""

    def __init__(self, chance: Random, week: Week) -> None:
        self.chance = chance
        self.week = week

    def told(self, towns: Sequence[Town]) -> Iterator[ActivityContent]:
        """Every idea in turn, in towns of every region."""
        ideas = cycle(IDEAS)
        for town in self._towns(towns):
            yield self._activity(next(ideas), town)

    def _towns(self, towns: Sequence[Town]) -> list[Town]:
        """A town for each activity: some in every region, then where people live."""
        by_code = {town.geo_code: town for town in towns}
        chosen = [by_code[code] for code in ALWAYS_THERE]
        for region in sorted({town.region_code for town in towns if town.region_code}):
            there = [town for town in towns if town.region_code == region]
            chosen += self._draw(there, AT_LEAST_IN_EACH_REGION)
        chosen += self._draw(towns, LOCAL_ACTIVITIES - len(chosen))
        self.chance.shuffle(chosen)
        return chosen

    def _draw(self, towns: Sequence[Town], wanted: int) -> list[Town]:
        """Larger towns more often, though not as much as they are larger."""
        return self.chance.choices(towns, [max(town.population, 60) ** 0.6 for town in towns], k=wanted)

    def _activity(self, idea: Idea, town: Town) -> ActivityContent:
        chance = self.chance
        kind = chance.choice(idea.organizers)
        organizer = chance.choice(ORGANIZERS[kind])
        format_ = self._format(idea)
        is_online = format_ is Format.ONLINE
        place = chance.choice(OUTDOORS if idea.is_outdoors else PLACES[kind])
        cost = chance.choices((Cost.FREE, Cost.DONATION, Cost.PRICE), (82, 10, 8))[0]
        first, last = chance.choice(WOMEN + MEN), chance.choice(FAMILY_NAMES)
        limit = chance.choice((10, 12, 15, 20, 30)) if chance.random() < 0.3 else None
        return ActivityContent(
            title=idea.title,
            description=idea.description,
            activity_type=idea.type,
            organizer_name=organizer,
            organizer_kind=kind,
            sittings=self._sittings(idea),
            format=format_,
            place="" if is_online else place,
            online_url=""
            if format_ is Format.IN_PERSON
            else f"https://example.org/direct/{slugify(organizer)}",
            is_online_url_public=chance.random() < 0.6,
            geo_code=town.geo_code,
            opening=chance.choices((Opening.PUBLIC, Opening.RESERVED, Opening.INVITATION), (92, 6, 2))[0],
            audiences=idea.audiences,
            themes=idea.themes,
            accessibility=() if is_online else self._accessibility(),
            languages=chance.choices(
                (
                    (SpokenLanguage.FRENCH,),
                    (SpokenLanguage.FRENCH, SpokenLanguage.ENGLISH),
                    (SpokenLanguage.FRENCH, SpokenLanguage.OTHER),
                ),
                (88, 8, 4),
            )[0],
            cost=cost,
            price=chance.choice(PRICES).replace(" $", "\u00a0$") if cost is Cost.PRICE else "",
            registration=chance.choice(REGISTRATION) if limit or chance.random() < 0.2 else "",
            max_participants=limit,
            rain_plan="À l’intérieur du centre communautaire."
            if idea.is_outdoors and chance.random() < 0.6
            else "",
            hashtags="#GSTP" if chance.random() < 0.2 else "",
            contact_name=f"{first} {last}",
            contact_email=f"{slugify(organizer)}@example.org",
            contact_phone=f"41855501{chance.randint(0, 99):02d}",
            is_contact_public=chance.random() < 0.5,
        )

    def _format(self, idea: Idea) -> Format:
        if idea.is_outdoors or idea.type is ActivityType.EXHIBITION:
            return Format.IN_PERSON
        return self.chance.choices((Format.IN_PERSON, Format.ONLINE, Format.HYBRID), (86, 9, 5))[0]

    def _accessibility(self) -> tuple[Accessibility, ...]:
        likely = {
            Accessibility.STROLLER: 0.7,
            Accessibility.WHEELCHAIR: 0.5,
            Accessibility.SIGN_LANGUAGE: 0.04,
            Accessibility.PLAIN_LANGUAGE: 0.12,
            Accessibility.TOILETS: 0.65,
            Accessibility.CHANGING_TABLE: 0.4,
        }
        return tuple(each for each, likelihood in likely.items() if self.chance.random() < likelihood)

    def _sittings(self, idea: Idea) -> tuple[Sitting, ...]:
        chance = self.chance
        if idea.type is ActivityType.EXHIBITION:
            return (Sitting(day=self.week.start_on, last_day=self.week.end_on),)
        first = self.week.start_on + timedelta(days=chance.choice((0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 5, 6)))
        if chance.random() < 0.02:
            return (Sitting(day=first),)
        dates = chance.choices((1, 2, 3, 4), (80, 10, 6, 4))[0]
        starts = chance.choice(idea.hours)
        return tuple(self._sitting(day, starts, idea.minutes) for day in self._days(first, dates))

    def _days(self, first: date, wanted: int) -> list[date]:
        """That day and others of the week, in their order."""
        others = [self.week.start_on + timedelta(days=after) for after in range(7)]
        others.remove(first)
        return sorted([first, *self.chance.sample(others, wanted - 1)])

    @staticmethod
    def _sitting(day: date, starts: time, minutes: int) -> Sitting:
        ends = (datetime.combine(day, starts) + timedelta(minutes=minutes)).time()
        return Sitting(day=day, starts=starts, ends=ends)
