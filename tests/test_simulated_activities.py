from collections import Counter
from datetime import UTC, date, datetime, timedelta

from campaign.campaigns.week import coming_year, week_of
from campaign.clock import today
from campaign.events.models import EventKind, Opening
from campaign.events.vocabulary import (
    Accessibility,
    ActivityType,
    Audience,
    Cost,
    Format,
    OrganizerKind,
    SpokenLanguage,
    Theme,
)
from campaign.simulated_activities import Imagined, Turn, imagine_activities
from campaign.simulation import Town
from campaign.territory.directory import PACKAGED_DIRECTORY, read_directory
from tests.typography import faults

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
WEEK = week_of(coming_year(today(NOW)))
TOWNS = sorted(
    (
        Town(
            geo_code=row.geo_code,
            name=row.name,
            region_code=row.region_code or "",
            population=row.population or 0,
        )
        for row in read_directory(PACKAGED_DIRECTORY)
        if row.is_local
    ),
    key=lambda town: town.geo_code,
)
REGION_OF = {town.geo_code: town.region_code for town in TOWNS}


def _told(now: datetime = NOW) -> list[Imagined]:
    return imagine_activities(TOWNS, WEEK, now)


def _local() -> list[Imagined]:
    return [one for one in _told() if one.content.kind is EventKind.ACTIVITY]


def test_the_same_instant_gives_the_same_activities() -> None:
    assert _told() == _told()


def test_more_than_four_hundred_local_activities_touch_every_region() -> None:
    local = _local()

    by_region = Counter(REGION_OF[one.content.geo_code] for one in local)
    assert len(local) == 410
    assert set(by_region) == {f"{number:02d}" for number in range(1, 18)}
    assert min(by_region.values()) >= 6


def test_every_word_of_the_vocabulary_is_used() -> None:
    contents = [one.content for one in _local()]

    assert {content.activity_type for content in contents} == set(ActivityType)
    assert {content.organizer_kind for content in contents} == set(OrganizerKind)
    assert {content.format for content in contents} == set(Format)
    assert {content.cost for content in contents} == set(Cost) - {Cost.UNKNOWN}
    assert {each for content in contents for each in content.audiences} == set(Audience)
    assert {each for content in contents for each in content.themes} == set(Theme)
    assert {each for content in contents for each in content.accessibility} == set(Accessibility)
    assert {each for content in contents for each in content.languages} == set(SpokenLanguage)
    assert {content.opening for content in contents} == set(Opening) - {Opening.CLOSED}


def test_dates_are_one_several_or_whole_days_of_the_week() -> None:
    sittings = [one.content.sittings for one in _local()]

    assert {len(dates) for dates in sittings} == {1, 2, 3, 4}
    assert all(
        WEEK.start_on <= sitting.day <= (sitting.last_day or sitting.day) <= WEEK.end_on
        for dates in sittings
        for sitting in dates
    )
    assert any(sitting.last_day == WEEK.end_on for dates in sittings for sitting in dates)
    assert any(sitting.starts is None and sitting.last_day is None for dates in sittings for sitting in dates)


def test_what_costs_says_how_much_and_what_is_online_where() -> None:
    contents = [one.content for one in _told()]

    assert {bool(content.price) for content in contents if content.cost is Cost.PRICE} == {True}
    assert {bool(content.price) for content in contents if content.cost is not Cost.PRICE} == {False}
    assert {bool(content.online_url) for content in contents if content.format is not Format.IN_PERSON} == {
        True
    }
    assert {bool(content.place) for content in contents if content.format is not Format.ONLINE} == {True}


def test_some_are_called_off_or_moved_whole_or_for_one_date() -> None:
    turned = [one for one in _told() if one.turn is not Turn.AS_PLANNED]

    assert {one.turn for one in turned} == set(Turn) - {Turn.AS_PLANNED}
    assert all(one.reason and one.turned_at and one.published_at <= one.turned_at <= NOW for one in turned)
    assert {len(one.content.sittings) > 1 for one in turned if one.turn.value.startswith("une_date")} == {
        True
    }


def test_two_meetings_are_private_and_the_regions_have_their_own() -> None:
    regional = [one.content for one in _told() if one.content.kind is not EventKind.ACTIVITY]

    assert Counter((content.kind, content.is_private) for content in regional) == {
        (EventKind.GATHERING, False): 7,
        (EventKind.TRAINING, False): 5,
        (EventKind.LAUNCH, False): 1,
        (EventKind.MEETING, True): 2,
    }
    assert {len(content.sittings) for content in regional if content.kind is EventKind.TRAINING} == {2}


def test_nobody_is_real_and_words_are_well_written() -> None:
    for one in _told():
        content = one.content
        assert content.contact_email.endswith("@example.org") or content.is_private
        assert len(content.title) <= 80
        assert len(content.description) <= 600
        said = (content.title, content.description, content.place, content.organizer_name, content.price)
        assert [fault for text in (*said, one.reason) for fault in faults(text)] == []


def test_the_calendar_fills_before_today() -> None:
    published = [one.published_at for one in _told()]

    assert published == sorted(published)
    assert NOW - timedelta(weeks=9) < published[0] < published[-1] < NOW
    assert WEEK.start_on == date(2027, 11, 15)
