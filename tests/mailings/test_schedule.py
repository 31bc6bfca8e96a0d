"""When a mailing leaves, in each zone, and what the organizer reads about it."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from campaign import clock
from campaign.campaigns.holidays import is_working_day, municipal_election_on
from campaign.mailings.schedule import (
    WINDOWS,
    Anchor,
    Due,
    InvalidRule,
    MailingClass,
    Move,
    Rule,
    due_at,
    in_words,
    is_too_soon,
    next_allowed,
)
from tests.typography import faults

TORONTO, HALIFAX, BLANC_SABLON = "America/Toronto", "America/Halifax", "America/Blanc-Sablon"
S, P, MEDIA, TEAM = MailingClass
J = date(2027, 11, 15)
EVE = Rule(anchor=Anchor.CEREMONY, days=-1, at=time(13), move=Move.BACKWARD)
AFTER = Rule(anchor=Anchor.CEREMONY, hours=1, minutes=30, at=None)

zones = st.sampled_from([TORONTO, HALIFAX, BLANC_SABLON])
classes = st.sampled_from(list(MailingClass))
days = st.dates(min_value=date(2024, 1, 1), max_value=date(2040, 12, 31))
instants = st.datetimes(
    min_value=datetime(2024, 1, 1),  # noqa: DTZ001 - the strategy wants naive bounds
    max_value=datetime(2040, 12, 31),  # noqa: DTZ001
    timezones=st.just(UTC),
)
hours = st.times(min_value=time(0), max_value=time(23, 59)).map(
    lambda at: at.replace(second=0, microsecond=0)
)


def spaced(text: str) -> str:
    """A tilde stands for a non-breaking space."""
    return text.replace("~", "\u00a0")


def local(due: Due, zone_name: str) -> str:
    """« 2027-10-12 09:00 » at the recipient's place."""
    return f"{clock.to_local(due.instant, zone_name):%Y-%m-%d %H:%M}"


def is_allowed(mailing_class: MailingClass, instant: datetime, zone_name: str) -> bool:
    """Written apart from the code under test, from the rules in words."""
    wall = clock.to_local(instant, zone_name)
    if mailing_class is P:
        return wall.weekday() in (1, 2, 3) and is_working_day(wall.date()) and 9 <= wall.hour < 15
    return is_working_day(wall.date()) and 8 <= wall.hour < 17


@pytest.mark.parametrize(
    ("shift", "mailing_class", "leaves_on"),
    [
        (-120, P, "2027-07-20"),
        (-90, P, "2027-08-17"),
        (-75, P, "2027-09-01"),
        (-60, P, "2027-09-16"),
        (-60, S, "2027-09-16"),
        (-45, P, "2027-10-05"),
        (-35, P, "2027-10-12"),
        (-35, S, "2027-10-12"),
        (-30, S, "2027-10-18"),
        (-21, S, "2027-10-25"),
        (-21, P, "2027-10-26"),
        (-14, S, "2027-11-01"),
        (-10, S, "2027-11-05"),
        (-7, S, "2027-11-08"),
        (-7, MEDIA, "2027-11-08"),
        (-3, MEDIA, "2027-11-12"),
        (0, S, "2027-11-15"),
        (7, S, "2027-11-22"),
        (14, S, "2027-11-29"),
        (30, S, "2027-12-15"),
        (60, P, "2028-01-18"),
        (90, TEAM, "2028-02-14"),
    ],
)
@pytest.mark.parametrize("zone_name", [TORONTO, HALIFAX, BLANC_SABLON])
def test_the_days_of_the_2027_calendar(
    shift: int, mailing_class: MailingClass, leaves_on: str, zone_name: str
) -> None:
    due = due_at(Rule(days=shift), mailing_class, anchor_day=J, zone_name=zone_name)

    assert local(due, zone_name) == f"{leaves_on} 09:00"


@pytest.mark.parametrize(
    ("flag_on", "shift", "mailing_class", "leaves_on"),
    [
        (date(2026, 11, 16), -90, P, "2026-08-18"),
        (date(2026, 11, 16), -70, S, "2026-09-08"),
        (date(2026, 11, 16), -35, S, "2026-10-13"),
        (date(2026, 11, 16), -35, P, "2026-10-13"),
        (date(2026, 11, 16), 42, S, "2027-01-04"),
        (date(2026, 11, 16), 60, P, "2027-01-19"),
        (date(2029, 11, 19), -120, P, "2029-07-24"),
        (date(2029, 11, 19), -45, P, "2029-10-09"),
        (date(2029, 11, 19), -42, S, "2029-10-09"),
        (date(2029, 11, 19), 90, TEAM, "2030-02-18"),
    ],
)
def test_the_days_of_other_editions(
    flag_on: date, shift: int, mailing_class: MailingClass, leaves_on: str
) -> None:
    due = due_at(Rule(days=shift), mailing_class, anchor_day=flag_on, zone_name=TORONTO)

    assert local(due, TORONTO) == f"{leaves_on} 09:00"


def test_nine_in_the_morning_is_another_instant_in_the_atlantic_zones() -> None:
    instants_by_zone = {
        (zone_name, shift): due_at(Rule(days=shift), S, anchor_day=J, zone_name=zone_name).instant.hour
        for zone_name in (TORONTO, HALIFAX, BLANC_SABLON)
        for shift in (-35, 0)
    }

    assert instants_by_zone == {
        (TORONTO, -35): 13,
        (HALIFAX, -35): 12,
        (BLANC_SABLON, -35): 13,
        (TORONTO, 0): 14,
        (HALIFAX, 0): 13,
        (BLANC_SABLON, 0): 13,
    }


def test_the_eve_moves_to_the_working_day_before() -> None:
    monday = due_at(EVE, S, anchor_day=J, zone_name=TORONTO)
    wednesday = due_at(EVE, S, anchor_day=date(2027, 11, 17), zone_name=TORONTO)
    after_holiday = due_at(EVE, S, anchor_day=date(2027, 10, 12), zone_name=TORONTO)

    assert [local(due, TORONTO) for due in (monday, wednesday, after_holiday)] == [
        "2027-11-12 13:00",
        "2027-11-16 13:00",
        "2027-10-08 13:00",
    ]


def test_an_hour_and_a_half_after_the_ceremony_unless_the_office_is_closed() -> None:
    dues = [
        due_at(AFTER, S, anchor_instant=clock.to_utc(day, hour, HALIFAX), zone_name=HALIFAX)
        for day, hour in ((J, time(10)), (J, time(15, 29)), (J, time(15, 30)), (date(2027, 11, 20), time(10)))
    ]

    assert [local(due, HALIFAX) for due in dues] == [
        "2027-11-15 11:30",
        "2027-11-15 16:59",
        "2027-11-16 08:00",
        "2027-11-22 08:00",
    ]
    assert dues[0].why == spaced(
        "1~h~30 après la cérémonie~: lundi 15~novembre~2027, 11~h~30, heure de l’Atlantique."
    )


def test_a_ceremony_without_an_hour_counts_from_noon_and_says_so() -> None:
    due = due_at(AFTER, S, anchor_day=J, zone_name=TORONTO)

    assert local(due, TORONTO) == "2027-11-15 13:30"
    assert "heure inconnue, comptée à partir de midi" in due.why


def test_a_shipment_is_told_at_once_during_office_hours() -> None:
    rule = Rule(anchor=Anchor.SHIPPED, at=None)
    tuesday = datetime(2027, 10, 19, 18, 12, 7, tzinfo=UTC)
    saturday = datetime(2027, 10, 16, 15, tzinfo=UTC)

    at_once = due_at(rule, S, anchor_instant=tuesday, zone_name=TORONTO)
    on_monday = due_at(rule, S, anchor_instant=saturday, zone_name=TORONTO)

    assert (at_once.instant, at_once.is_moved) == (tuesday, False)
    assert (local(on_monday, TORONTO), on_monday.is_moved) == ("2027-10-18 08:00", True)


def test_days_after_a_registration_are_days_of_the_calendar_there() -> None:
    rule = Rule(anchor=Anchor.REGISTERED, days=3)
    late_evening = datetime(
        2027, 10, 18, 3, 30, tzinfo=UTC
    )  # 23 h 30 on the 17th in Montréal, the 18th in Halifax

    assert (
        local(due_at(rule, S, anchor_instant=late_evening, zone_name=TORONTO), TORONTO) == "2027-10-20 09:00"
    )
    assert (
        local(due_at(rule, S, anchor_instant=late_evening, zone_name=HALIFAX), HALIFAX) == "2027-10-21 09:00"
    )


def test_clock_changes_keep_the_hour_of_the_wall() -> None:
    spring = Rule(anchor=Anchor.DRAFT, days=1, at=None)
    before_spring = clock.to_utc(date(2027, 3, 11), time(10), TORONTO)
    across_spring = Rule(anchor=Anchor.DRAFT, days=4, at=None)
    the_hour_jumped_over = clock.to_utc(date(2027, 3, 13), time(2, 30), TORONTO)

    due = due_at(across_spring, S, anchor_instant=before_spring, zone_name=TORONTO)
    jumped = due_at(spring, S, anchor_instant=the_hour_jumped_over, zone_name=TORONTO)

    assert (local(due, TORONTO), due.instant - before_spring) == ("2027-03-15 10:00", timedelta(hours=95))
    assert local(jumped, TORONTO) == "2027-03-15 08:00"


def test_a_delay_counts_real_hours_from_an_hour_that_exists_twice() -> None:
    rule = Rule(anchor=Anchor.SESSION, hours=32, at=None)
    twice = [
        clock.to_utc(date(2026, 11, 1), time(1, 30), TORONTO, second_occurrence=second)
        for second in (False, True)
    ]

    dues = [due_at(rule, S, anchor_instant=instant, zone_name=TORONTO) for instant in twice]

    assert [local(due, TORONTO) for due in dues] == ["2026-11-02 08:30", "2026-11-02 09:30"]


def test_a_fixed_date_needs_no_anchor() -> None:
    rule = Rule(anchor=Anchor.FIXED, on=date(2027, 9, 10), at=time(10, 30))

    due = due_at(rule, P, zone_name=TORONTO)

    assert local(due, TORONTO) == "2027-09-14 10:30"


def test_an_hour_outside_the_window_goes_to_its_opening() -> None:
    early, late = Rule(days=-90, at=time(6)), Rule(days=-90, at=time(15))

    assert local(due_at(early, P, anchor_day=J, zone_name=TORONTO), TORONTO) == "2027-08-17 09:00"
    assert local(due_at(late, P, anchor_day=J, zone_name=TORONTO), TORONTO) == "2027-08-18 09:00"


@pytest.mark.parametrize(
    ("rule", "mailing_class", "why"),
    [
        (
            Rule(days=-35),
            S,
            "J−35 tombe le lundi 11~octobre~2027, jour de l’Action de grâce~: reporté au mardi "
            "12~octobre, 9~h.",
        ),
        (
            Rule(days=-35),
            P,
            "J−35 tombe le lundi 11~octobre~2027, jour de l’Action de grâce~: reporté au mardi "
            "12~octobre, 9~h.",
        ),
        (Rule(days=-90), P, "J−90~: mardi 17~août~2027, 9~h."),
        (Rule(at=time(16)), S, "Jour J~: lundi 15~novembre~2027, 16~h."),
        (
            Rule(days=-45),
            P,
            "J−45 tombe le vendredi 1er~octobre~2027, et une sollicitation part du mardi au jeudi~: "
            "reporté au mardi 5~octobre, 9~h.",
        ),
        (
            Rule(days=-120),
            P,
            "J−120 tombe le dimanche 18~juillet~2027, et une sollicitation part du mardi au jeudi~: "
            "reporté au mardi 20~juillet, 9~h.",
        ),
        (
            EVE,
            S,
            "La veille de la cérémonie tombe le dimanche 14~novembre~2027, jour de fin de semaine~: "
            "avancé au vendredi 12~novembre, 13~h.",
        ),
        (
            Rule(days=46),
            S,
            "J+46 tombe le vendredi 31~décembre~2027, dans le congé des Fêtes~: reporté au "
            "lundi 3~janvier~2028, 9~h.",
        ),
        (
            Rule(days=-90, at=time(6)),
            P,
            "J−90 tombe le mardi 17~août~2027 à 6~h, et une sollicitation part de 9~h à "
            "15~h~: reporté à 9~h.",
        ),
    ],
)
def test_the_organizer_reads_why(rule: Rule, mailing_class: MailingClass, why: str) -> None:
    due = due_at(rule, mailing_class, anchor_day=J, zone_name=TORONTO)

    assert due.why == spaced(why)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (Rule(), "Jour J"),
        (Rule(days=-21), "J−21"),
        (Rule(days=7), "J+7"),
        (Rule(anchor=Anchor.FIXED, on=J), "Date fixe"),
        (AFTER, "1~h~30 après la cérémonie"),
        (Rule(anchor=Anchor.CEREMONY, days=-7), "7~jours avant la cérémonie"),
        (Rule(anchor=Anchor.CEREMONY), "Le jour de la cérémonie"),
        (Rule(anchor=Anchor.COUNCIL, days=1), "Le lendemain de la séance du conseil"),
        (Rule(anchor=Anchor.REGISTERED, days=3), "3~jours après l’inscription"),
        (Rule(anchor=Anchor.SHIPPED, at=None), "Dès l’expédition de la trousse"),
        (Rule(anchor=Anchor.SESSION, minutes=30, at=None), "30~minutes après la séance"),
        (
            Rule(anchor=Anchor.DRAFT, days=2, hours=3, at=None),
            "2~jours et 3~h après le début du brouillon",
        ),
    ],
)
def test_a_rule_in_words(rule: Rule, words: str) -> None:
    assert in_words(rule) == spaced(words)


@given(rule_days=st.integers(-200, 200), at=hours, mailing_class=classes, anchor=days, zone_name=zones)
def test_it_never_leaves_outside_the_window_nor_before_the_asked_day(
    rule_days: int, at: time, mailing_class: MailingClass, anchor: date, zone_name: str
) -> None:
    due = due_at(Rule(days=rule_days, at=at), mailing_class, anchor_day=anchor, zone_name=zone_name)

    asked = anchor + timedelta(days=rule_days)
    wall = clock.to_local(due.instant, zone_name)
    assert is_allowed(mailing_class, due.instant, zone_name)
    assert (wall.date(), wall.time()) >= (asked, at)
    assert due.asked_on == asked
    assert due.is_moved is ((wall.date(), wall.time()) != (asked, at))
    assert faults(due.why) == []


@given(rule_days=st.integers(-30, 0), at=hours, mailing_class=classes, anchor=days, zone_name=zones)
def test_moving_backward_it_never_leaves_after_the_asked_hour(
    rule_days: int, at: time, mailing_class: MailingClass, anchor: date, zone_name: str
) -> None:
    rule = Rule(anchor=Anchor.CEREMONY, days=rule_days, at=at, move=Move.BACKWARD)

    due = due_at(rule, mailing_class, anchor_day=anchor, zone_name=zone_name)

    wall = clock.to_local(due.instant, zone_name)
    assert is_allowed(mailing_class, due.instant, zone_name)
    assert (wall.date(), wall.time()) <= (anchor + timedelta(days=rule_days), at)
    assert faults(due.why) == []


@given(
    first=days,
    gap=st.integers(0, 40),
    at=hours,
    move=st.sampled_from(Move),
    mailing_class=classes,
    zone_name=zones,
)
def test_a_later_anchor_never_leaves_earlier(
    first: date, gap: int, at: time, move: Move, mailing_class: MailingClass, zone_name: str
) -> None:
    rule = Rule(days=-20, at=at, move=move)

    early = due_at(rule, mailing_class, anchor_day=first, zone_name=zone_name)
    late = due_at(rule, mailing_class, anchor_day=first + timedelta(days=gap), zone_name=zone_name)

    assert early.instant <= late.instant


@given(
    first=instants, gap=st.timedeltas(timedelta(0), timedelta(days=9)), mailing_class=classes, zone_name=zones
)
def test_a_later_event_is_never_told_before_an_earlier_one(
    first: datetime, gap: timedelta, mailing_class: MailingClass, zone_name: str
) -> None:
    early = due_at(AFTER, mailing_class, anchor_instant=first, zone_name=zone_name)
    late = due_at(AFTER, mailing_class, anchor_instant=first + gap, zone_name=zone_name)

    assert early.instant <= late.instant
    assert early.instant >= first + timedelta(minutes=90)
    assert is_allowed(mailing_class, early.instant, zone_name)


@given(instant=instants, mailing_class=classes, zone_name=zones)
def test_the_next_allowed_instant_is_the_first_one(
    instant: datetime, mailing_class: MailingClass, zone_name: str
) -> None:
    allowed = next_allowed(mailing_class, instant, zone_name)

    assert is_allowed(mailing_class, allowed, zone_name)
    if is_allowed(mailing_class, instant, zone_name):
        assert allowed == instant
    else:
        assert clock.to_local(allowed, zone_name).time() == WINDOWS[mailing_class].opens
        steps = int((allowed - instant) / timedelta(minutes=30))
        between = [instant + timedelta(minutes=30) * step for step in range(steps + 1)]
        assert not any(is_allowed(mailing_class, each, zone_name) for each in between if each < allowed)
    assert next_allowed(mailing_class, allowed, zone_name) == allowed


def test_a_solicitation_found_at_night_waits_for_its_hours() -> None:
    monday_night = clock.to_utc(date(2027, 8, 16), time(23, 50), HALIFAX)
    thursday = clock.to_utc(date(2027, 8, 19), time(15), HALIFAX)

    assert next_allowed(P, monday_night, HALIFAX) == clock.to_utc(date(2027, 8, 17), time(9), HALIFAX)
    assert next_allowed(P, thursday, HALIFAX) == clock.to_utc(date(2027, 8, 24), time(9), HALIFAX)
    assert next_allowed(S, thursday, HALIFAX) == thursday


@given(
    anchor=st.sampled_from(Anchor),
    shift=st.integers(-400, 400),
    delay=st.tuples(st.integers(0, 72), st.integers(0, 59)),
    at=st.none() | hours,
    on=st.none() | days,
    move=st.sampled_from(Move),
    only=st.booleans(),
)
def test_a_rule_comes_back_from_json(
    anchor: Anchor,
    shift: int,
    delay: tuple[int, int],
    at: time | None,
    on: date | None,
    move: Move,
    only: bool,
) -> None:
    try:
        rule = Rule(
            anchor=anchor, days=shift, hours=delay[0], minutes=delay[1], at=at, on=on, move=move,
            only_in_election_year=only,
        )  # fmt: skip
    except InvalidRule:
        assume(False)

    assert Rule.from_json(rule.to_json()) == rule


def test_json_says_little() -> None:
    assert Rule(days=-90).to_json() == {"anchor": "jour_j", "at": "09:00", "days": -90}
    assert AFTER.to_json() == {"anchor": "ceremonie", "at": "", "hours": 1, "minutes": 30}


@pytest.mark.parametrize(
    "told",
    [
        None,
        [],
        {},
        {"anchor": "jour_j"},
        {"anchor": "jour_k", "at": "09:00"},
        {"anchor": "jour_j", "at": "25:00"},
        {"anchor": "jour_j", "at": 9},
        {"anchor": "jour_j", "at": "09:00", "days": "7"},
        {"anchor": "jour_j", "at": "09:00", "days": True},
        {"anchor": "jour_j", "at": "09:00", "move": "ailleurs"},
        {"anchor": "jour_j", "at": "09:00", "secondes": 3},
        {"anchor": "jour_j", "at": "09:00", "only_in_election_year": 1},
        {"anchor": "date_fixe", "at": "09:00", "on": "2027-02-30"},
        {"anchor": "date_fixe", "at": "09:00", "on": None},
    ],
)
def test_another_json_is_refused_in_french(told: object) -> None:
    with pytest.raises(InvalidRule) as refusal:
        Rule.from_json(told)

    assert str(refusal.value).endswith(".")
    assert faults(str(refusal.value)) == []


@pytest.mark.parametrize(
    "values",
    [
        {"days": 401},
        {"hours": -1, "at": None, "anchor": Anchor.CEREMONY},
        {"minutes": 60, "at": None, "anchor": Anchor.CEREMONY},
        {"anchor": Anchor.FIXED},
        {"on": J},
        {"anchor": Anchor.FIXED, "on": J, "days": 1},
        {"hours": 1},
        {"at": None},
        {"at": None, "anchor": Anchor.COUNCIL},
        {"at": time(9, tzinfo=UTC)},
    ],
)
def test_a_rule_that_cannot_be_computed_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(InvalidRule) as refusal:
        Rule(**values)  # type: ignore[arg-type] - wrong on purpose

    assert faults(str(refusal.value)) == []


@pytest.mark.parametrize(
    "anchors", [{}, {"anchor_day": J, "anchor_instant": datetime(2027, 11, 15, tzinfo=UTC)}]
)
def test_a_rule_counts_from_one_thing(anchors: dict[str, date]) -> None:
    with pytest.raises(ValueError, match="one day or one instant"):
        due_at(Rule(), S, zone_name=TORONTO, **anchors)  # type: ignore[arg-type] - wrong on purpose


def test_a_mailing_of_election_years_exists_in_those_only() -> None:
    rule = Rule(days=-120, only_in_election_year=True)

    assert [year for year in range(2025, 2034) if rule.applies_in(year, municipal_election_on(year))] == [
        2025,
        2029,
        2033,
    ]
    assert Rule().applies_in(2027, None)


@pytest.mark.parametrize(
    ("last_day", "too_soon"),
    [(None, False), (date(2027, 9, 14), True), (date(2027, 9, 6), True), (date(2027, 9, 5), False)],
)
def test_two_solicitations_are_ten_days_apart(last_day: date | None, too_soon: bool) -> None:
    assert is_too_soon(last_day, date(2027, 9, 15)) is too_soon


def test_late_by_more_than_two_days_waits_for_a_person() -> None:
    due = due_at(Rule(), S, anchor_day=J, zone_name=TORONTO)

    assert not due.is_late(due.instant + timedelta(hours=48))
    assert due.is_late(due.instant + timedelta(hours=48, seconds=1))
