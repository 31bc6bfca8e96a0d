"""Calendar files, read back by two independent readers."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import icalendar
import pytest
import vobject
from hypothesis import example, given
from hypothesis import strategies as st

from campaign.events.ical import CalendarEntry, write_calendar

CEREMONY = CalendarEntry(
    uid="7f3c@pavois",
    sequence=2,
    created_at=datetime(2027, 8, 17, 13, 5, tzinfo=UTC),
    updated_at=datetime(2027, 9, 2, 18, 30, tzinfo=UTC),
    zone="America/Toronto",
    title="Lever du drapeau à Saint-Louis-du-Ha! Ha!",
    starts_at=datetime(2027, 11, 15, 15, tzinfo=UTC),
    ends_at=datetime(2027, 11, 15, 15, 45, tzinfo=UTC),
    description="Ouvert à toutes et à tous.\nCafé, jus; galettes",
    location="Hôtel de ville, 95, rue Saint-Charles",
    url="https://exemple.quebec/evenements/saint-louis-du-ha-ha",
    latitude=47.6689,
    longitude=-69.0211,
    categories=("Lever de drapeau", "Bas-Saint-Laurent"),
)
WEEK = replace(
    CEREMONY,
    uid="semaine@pavois",
    title="Grande semaine des tout-petits",
    starts_at=None,
    ends_at=None,
    starts_on=date(2027, 11, 15),
    ends_on=date(2027, 11, 21),
)

texts = st.text(
    alphabet=st.one_of(st.characters(), st.sampled_from(",;:\\nN\"'éŒ«»’\u00a0 \n\r\t👶🏽")), max_size=300
)

instants = st.integers(
    min_value=int(datetime(2016, 1, 1, tzinfo=UTC).timestamp()),
    max_value=int(datetime(2040, 1, 1, tzinfo=UTC).timestamp()),
).map(lambda seconds: datetime.fromtimestamp(seconds, tz=UTC))


def ceremony_in(zone: str, wall_time: datetime) -> CalendarEntry:
    starts_at = wall_time.replace(tzinfo=ZoneInfo(zone))
    return replace(CEREMONY, zone=zone, starts_at=starts_at, ends_at=starts_at + timedelta(minutes=45))


def written(*entries: CalendarEntry) -> str:
    return write_calendar(entries, name="Levers de drapeau").decode()


def unfolded(text: str) -> list[str]:
    return text.replace("\r\n ", "").split("\r\n")


def event_read_by_icalendar(text: str) -> icalendar.Event:
    (event,) = icalendar.Calendar.from_ical(text).walk("VEVENT")
    return event


def event_read_by_vobject(text: str) -> vobject.base.Component:
    return vobject.readOne(text).vevent


def test_a_ceremony_is_written_whole() -> None:
    lines = unfolded(written(CEREMONY))

    assert lines[lines.index("BEGIN:VEVENT") :] == [
        "BEGIN:VEVENT",
        "UID:7f3c@pavois",
        "DTSTAMP:20270902T183000Z",
        "CREATED:20270817T130500Z",
        "LAST-MODIFIED:20270902T183000Z",
        "SEQUENCE:2",
        "DTSTART;TZID=America/Toronto:20271115T100000",
        "DTEND;TZID=America/Toronto:20271115T104500",
        "SUMMARY:Lever du drapeau à Saint-Louis-du-Ha! Ha!",
        "DESCRIPTION:Ouvert à toutes et à tous.\\nCafé\\, jus\\; galettes",
        "LOCATION:Hôtel de ville\\, 95\\, rue Saint-Charles",
        "URL:https://exemple.quebec/evenements/saint-louis-du-ha-ha",
        "CATEGORIES:Lever de drapeau,Bas-Saint-Laurent",
        "STATUS:CONFIRMED",
        "CLASS:PUBLIC",
        "GEO:47.668900;-69.021100",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]


def test_a_feed_says_its_name_and_how_often_to_come_back_and_has_no_method() -> None:
    text = write_calendar(
        [CEREMONY],
        name="Levers de drapeau, Montérégie",
        description="12e édition",
        url="https://exemple.quebec/calendrier",
        source="https://exemple.quebec/calendrier.ics?region=16",
        refresh_hours=6,
    ).decode()

    lines = unfolded(text)
    assert lines[: lines.index("BEGIN:VTIMEZONE")] == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Pavois//Calendrier//FR",
        "CALSCALE:GREGORIAN",
        "NAME:Levers de drapeau\\, Montérégie",
        "X-WR-CALNAME:Levers de drapeau\\, Montérégie",
        "X-WR-TIMEZONE:America/Toronto",
        "DESCRIPTION:12e édition",
        "X-WR-CALDESC:12e édition",
        "URL:https://exemple.quebec/calendrier",
        "SOURCE;VALUE=URI:https://exemple.quebec/calendrier.ics?region=16",
        "COLOR:midnightblue",
        "REFRESH-INTERVAL;VALUE=DURATION:PT6H",
        "X-PUBLISHED-TTL:PT6H",
    ]


def test_a_file_for_an_email_says_its_method() -> None:
    text = write_calendar([CEREMONY], name="Levers de drapeau", method="PUBLISH").decode()

    assert "METHOD:PUBLISH" in unfolded(text)


@pytest.mark.parametrize(
    ("zone", "utc_hour"),
    [("America/Blanc-Sablon", 14), ("America/Halifax", 14), ("America/Toronto", 15)],
    ids=["98012-basse-côte-nord", "îles-de-la-madeleine", "92005-maria-chapdelaine"],
)
def test_ten_in_the_morning_is_read_at_the_right_instant(zone: str, utc_hour: int) -> None:
    entry = ceremony_in(zone, datetime(2027, 11, 15, 10))  # noqa: DTZ001 - a wall-clock time

    text = written(entry)

    instant = datetime(2027, 11, 15, utc_hour, tzinfo=UTC)
    assert f"DTSTART;TZID={zone}:20271115T100000" in unfolded(text)
    assert event_read_by_vobject(text).dtstart.value == instant
    assert event_read_by_icalendar(text).start == instant


@given(zone=st.sampled_from(["America/Toronto", "America/Halifax", "America/Blanc-Sablon"]), instant=instants)
@example(zone="America/Toronto", instant=datetime(2026, 11, 1, 5, 30, tzinfo=UTC))
@example(zone="America/Toronto", instant=datetime(2026, 11, 1, 6, 30, tzinfo=UTC))
def test_every_instant_comes_back_even_in_the_hour_that_happens_twice(zone: str, instant: datetime) -> None:
    entry = replace(CEREMONY, zone=zone, starts_at=instant, ends_at=None)

    assert event_read_by_icalendar(written(entry)).start.astimezone(UTC) == instant


def test_the_second_passage_of_an_hour_is_written_in_utc() -> None:
    second_passage = datetime(2026, 11, 1, 6, 30, tzinfo=UTC)
    entry = replace(CEREMONY, starts_at=second_passage, ends_at=second_passage + timedelta(hours=1))

    text = written(entry)

    assert "DTSTART:20261101T063000Z" in unfolded(text)
    assert "DTEND:20261101T073000Z" in unfolded(text)
    assert "BEGIN:VTIMEZONE" not in text


def test_only_the_zones_in_use_are_described() -> None:
    islands = replace(ceremony_in("America/Halifax", datetime(2027, 11, 15, 10)), uid="iles")  # noqa: DTZ001 - wall time

    lines = unfolded(written(CEREMONY, islands, WEEK))

    assert [line for line in lines if line.startswith("TZID:")] == [
        "TZID:America/Halifax",
        "TZID:America/Toronto",
    ]
    assert "BEGIN:VTIMEZONE" not in written(WEEK)


def test_a_week_ends_on_the_day_after_its_last_day_and_leaves_people_free() -> None:
    lines = unfolded(written(WEEK))

    assert "DTSTART;VALUE=DATE:20271115" in lines
    assert "DTEND;VALUE=DATE:20271122" in lines
    assert "TRANSP:TRANSPARENT" in lines


def test_a_single_day_lasts_one_day() -> None:
    event = event_read_by_icalendar(written(replace(WEEK, ends_on=None)))

    assert (event.start, event.end) == (date(2027, 11, 15), date(2027, 11, 16))


def test_a_cancelled_event_stays_and_says_so() -> None:
    event = event_read_by_icalendar(written(replace(CEREMONY, status="CANCELLED", sequence=3)))

    assert event["SUMMARY"] == "ANNULÉ – Lever du drapeau à Saint-Louis-du-Ha! Ha!"
    assert (event["STATUS"], event["SEQUENCE"], event["UID"]) == ("CANCELLED", 3, CEREMONY.uid)


@given(description=texts)
def test_texts_come_back_as_they_were_typed(description: str) -> None:
    expected = without_control_characters(description)

    text = written(replace(CEREMONY, description=f"« {description} »"))

    assert event_read_by_icalendar(text)["DESCRIPTION"] == f"« {expected} »"
    assert event_read_by_vobject(text).description.value == f"« {expected} »"


@given(title=texts, location=texts, name=texts)
def test_lines_are_short_whole_and_without_control_characters(title: str, location: str, name: str) -> None:
    entry = replace(CEREMONY, title=title, location=location, categories=(title, location))

    octets = write_calendar([entry], name=name)

    lines = octets.split(b"\r\n")
    assert all(len(line) <= 75 for line in lines)
    assert [line.decode() for line in lines]  # each line is whole UTF-8
    assert not any(octet < 32 for line in lines for octet in line)
    assert lines.count(b"BEGIN:VEVENT") == lines.count(b"END:VEVENT") == 1


def test_a_title_in_several_lines_becomes_one() -> None:
    event = event_read_by_icalendar(
        written(replace(CEREMONY, title=" Lever \r\n du drapeau ", location="Parc\nMorin"))
    )

    assert (event["SUMMARY"], event["LOCATION"]) == ("Lever du drapeau", "Parc, Morin")


def test_the_same_entries_give_the_same_bytes_in_any_order() -> None:
    later = replace(CEREMONY, uid="plus-tard", starts_at=datetime(2027, 11, 16, 15, tzinfo=UTC), ends_at=None)
    twin = replace(CEREMONY, uid="0-jumelle")

    assert written(later, WEEK, CEREMONY, twin) == written(twin, CEREMONY, WEEK, later)
    uids = [line[4:] for line in unfolded(written(later, CEREMONY, twin, WEEK)) if line.startswith("UID:")]
    assert uids == ["semaine@pavois", "0-jumelle", "7f3c@pavois", "plus-tard"]


def test_five_hundred_events_weigh_less_than_a_megabyte_and_come_in_order() -> None:
    entries = [
        replace(
            CEREMONY, uid=f"{number}@pavois", starts_at=datetime(2027, 11, 15, 12, number % 60, tzinfo=UTC)
        )
        for number in range(500)
    ]

    octets = write_calendar(entries, name="Levers de drapeau")

    starts = [event.start for event in icalendar.Calendar.from_ical(octets).walk("VEVENT")]
    assert len(octets) < 1_000_000
    assert len(starts) == 500
    assert all(earlier <= later for earlier, later in pairwise(starts))


@pytest.mark.parametrize(
    "change",
    [
        {"starts_at": None},
        {"starts_on": date(2027, 11, 15)},
        {"starts_at": datetime(2027, 11, 15, 10)},  # noqa: DTZ001 - what must be refused
        {"updated_at": datetime(2027, 9, 2)},  # noqa: DTZ001 - what must be refused
    ],
    ids=["no-start", "two-starts", "naive-start", "naive-update"],
)
def test_an_entry_that_does_not_know_when_it_is_is_refused(change: dict[str, datetime]) -> None:
    with pytest.raises(ValueError, match="calendar entry"):
        replace(CEREMONY, **change)


def without_control_characters(text: str) -> str:
    text = text.replace("\r\n", "\n")
    for line_break in "\r\u0085\u2028\u2029":
        text = text.replace(line_break, "\n")
    text = text.replace("\t", " ")
    return "".join(
        c for c in text if c == "\n" or not (ord(c) < 32 or 127 <= ord(c) < 160 or 0xD800 <= ord(c) < 0xE000)
    )
