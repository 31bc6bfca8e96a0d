"""The standard calendar: what each edition opens with, on which days, for whom."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from itertools import pairwise

import pytest

from campaign import clock
from campaign.campaigns.holidays import municipal_election_on
from campaign.campaigns.week import week_of
from campaign.mailings.audiences import UNASKED, Audience
from campaign.mailings.calendar import STANDARD, StandardMailing, find_standard
from campaign.mailings.models import Nature
from campaign.mailings.schedule import PER_RECIPIENT, Anchor, MailingClass, Rule, due_at, is_too_soon
from campaign.participations.models import State
from tests.typography import faults

TORONTO, HALIFAX, BLANC_SABLON = "America/Toronto", "America/Halifax", "America/Blanc-Sablon"

# Ceremony at 10 h on day J, registered on 7 September at 13 h, kit shipped on day J-30, council on 4 October.
IN_2027 = {
    "resolution-avant-elections": "2027-07-20 09:00",
    "invitation": "2027-08-17 09:00",
    "rappel-1": "2027-09-01 09:00",
    "appel-activites": "2027-09-16 09:00",
    "appel-activites-municipalites": "2027-09-16 09:00",
    "rappel-brouillon": "2027-09-16 09:00",
    "apres-la-seance": "2027-10-05 09:00",
    "rappel-2": "2027-10-05 09:00",
    "accuse": "2027-09-07 13:00",
    "verification": "2027-09-10 09:00",
    "trousse-a-preciser": "2027-10-12 09:00",
    "trousse-dernier-jour": "2027-10-12 09:00",
    "trousse-expediee": "2027-10-18 08:00",
    "numero-resolution": "2027-10-25 09:00",
    "evenement-officiel": "2027-10-26 09:00",
    "outils": "2027-11-01 09:00",
    "calendrier-medias": "2027-11-01 09:00",
    "trousse-recue": "2027-11-05 09:00",
    "deroulement": "2027-11-08 09:00",
    "avis-medias": "2027-11-08 09:00",
    "communique": "2027-11-12 09:00",
    "veille": "2027-11-12 13:00",
    "photo": "2027-11-15 11:30",
    "merci": "2027-11-15 16:00",
    "bilan": "2027-11-22 09:00",
    "rappel-bilan": "2027-11-29 09:00",
    "bilan-regional": "2027-12-15 09:00",
    "bilan-public": "2028-01-18 09:00",
    "conservation": "2028-02-14 09:00",
}

IN_2029 = IN_2027 | {
    "resolution-avant-elections": "2029-07-24 09:00",
    "invitation": "2029-08-21 09:00",
    "rappel-1": "2029-09-05 09:00",
    "appel-activites": "2029-09-20 09:00",
    "appel-activites-municipalites": "2029-09-20 09:00",
    "rappel-brouillon": "2029-09-20 09:00",
    "apres-la-seance": "2029-10-09 09:00",
    "rappel-2": "2029-10-09 09:00",
    "accuse": "2029-09-11 13:00",
    "verification": "2029-09-14 09:00",
    "trousse-a-preciser": "2029-10-15 09:00",
    "trousse-dernier-jour": "2029-10-16 09:00",
    "trousse-expediee": "2029-10-22 08:00",
    "numero-resolution": "2029-10-29 09:00",
    "evenement-officiel": "2029-10-30 09:00",
    "outils": "2029-11-05 09:00",
    "calendrier-medias": "2029-11-05 09:00",
    "trousse-recue": "2029-11-09 09:00",
    "deroulement": "2029-11-12 09:00",
    "avis-medias": "2029-11-12 09:00",
    "communique": "2029-11-16 09:00",
    "veille": "2029-11-16 13:00",
    "photo": "2029-11-19 11:30",
    "merci": "2029-11-19 16:00",
    "bilan": "2029-11-26 09:00",
    "rappel-bilan": "2029-12-03 09:00",
    "bilan-regional": "2029-12-19 09:00",
    "bilan-public": "2030-01-22 09:00",
    "conservation": "2030-02-18 09:00",
}


def moment(mailing: StandardMailing, flag_on: date, zone_name: str) -> str:
    """When it leaves for somebody in that zone, on the clocks there."""
    instants = {
        Anchor.CEREMONY: clock.to_utc(flag_on, time(10), zone_name),
        Anchor.REGISTERED: clock.to_utc(flag_on - timedelta(days=69), time(13), zone_name),
        Anchor.SHIPPED: clock.to_utc(flag_on - timedelta(days=30), time(10), zone_name),
    }
    days = {Anchor.DAY_J: flag_on, Anchor.COUNCIL: flag_on - timedelta(days=42)}
    due = due_at(
        mailing.rule,
        mailing.mailing_class,
        anchor_day=days.get(mailing.rule.anchor),
        anchor_instant=instants.get(mailing.rule.anchor),
        zone_name=zone_name,
    )
    return f"{clock.to_local(due.instant, zone_name):%Y-%m-%d %H:%M}"


@pytest.mark.parametrize("zone_name", [TORONTO, HALIFAX, BLANC_SABLON])
@pytest.mark.parametrize(("year", "expected"), [(2027, IN_2027), (2029, IN_2029)])
def test_every_mailing_leaves_on_its_day(year: int, expected: Mapping[str, str], zone_name: str) -> None:
    flag_on = week_of(year).flag_on

    assert {mailing.key: moment(mailing, flag_on, zone_name) for mailing in STANDARD} == expected


def test_an_atlantic_municipality_is_written_to_an_hour_earlier() -> None:
    reminder = find_standard("rappel-2")
    assert reminder is not None

    instants: dict[str, datetime] = {
        zone_name: due_at(
            reminder.rule, reminder.mailing_class, anchor_day=date(2027, 11, 15), zone_name=zone_name
        ).instant
        for zone_name in (TORONTO, HALIFAX)
    }

    assert instants[TORONTO] - instants[HALIFAX] == timedelta(hours=1)


def test_only_the_first_mailing_waits_for_an_election_year() -> None:
    assert [
        mailing.key for mailing in STANDARD if not mailing.rule.applies_in(2027, municipal_election_on(2027))
    ] == ["resolution-avant-elections"]
    assert all(mailing.rule.applies_in(2029, municipal_election_on(2029)) for mailing in STANDARD)


def test_each_line_that_is_mail_is_there_once_or_twice() -> None:
    lines = [mailing.line for mailing in STANDARD]

    assert lines == sorted(lines)
    assert set(lines) == set(range(1, 28)) - {22}
    assert {line for line in lines if lines.count(line) > 1} == {4, 5, 9}
    assert len({mailing.key for mailing in STANDARD}) == len(STANDARD)
    assert len({mailing.title for mailing in STANDARD}) == len(STANDARD)


def test_what_solicits_is_known() -> None:
    assert [mailing.key for mailing in STANDARD if mailing.mailing_class is MailingClass.SOLICITATION] == [
        "resolution-avant-elections",
        "invitation",
        "rappel-1",
        "appel-activites",
        "appel-activites-municipalites",
        "rappel-2",
        "trousse-dernier-jour",
        "evenement-officiel",
        "bilan-public",
    ]


@pytest.mark.parametrize("mailing", STANDARD, ids=lambda mailing: mailing.key)
def test_each_mailing_can_be_kept_and_told(mailing: StandardMailing) -> None:
    audience = Audience.from_json(mailing.audience)

    assert audience.to_json() == mailing.audience
    assert Rule.from_json(mailing.rule.to_json()) == mailing.rule
    assert find_standard(mailing.key) is mailing
    for sentence in (mailing.to_whom, mailing.stops_when):
        assert sentence[0].isupper()
        assert sentence.endswith(".")
    assert faults(f"{mailing.title}. {mailing.to_whom} {mailing.stops_when}") == []


@pytest.mark.parametrize("mailing", STANDARD, ids=lambda mailing: mailing.key)
def test_each_mailing_obeys_the_law_and_courtesy(mailing: StandardMailing) -> None:
    audience = Audience.from_json(mailing.audience)

    assert mailing.nature is not Nature.COMMERCIAL
    assert (mailing.nature is Nature.INFORMATIONAL) is (mailing.mailing_class in UNASKED)
    assert not {State.DECLINED, State.CANCELLED, State.DISCARDED} & set(audience.states)
    if mailing.audience["who"] in ("municipalites", "participants"):
        assert audience.states, "without states, it would go to those who said no"
    if mailing.rule.anchor in PER_RECIPIENT:
        assert not mailing.group_by_address


def test_reminders_stop_with_an_answer() -> None:
    reminders = [find_standard(key) for key in ("invitation", "rappel-1", "rappel-2", "trousse-dernier-jour")]
    answered = {State.REGISTERED, State.CONFIRMED, State.DONE}

    assert [
        answered & set(Audience.from_json(reminder.audience).states) for reminder in reminders if reminder
    ] == [set()] * 4


@pytest.mark.parametrize(
    ("key", "states", "rest"),
    [
        (
            "resolution-avant-elections",
            ["non_sollicitee", "sollicitee", "en_reflexion"],
            {"exclude_other_electoral_rules": True},
        ),
        ("invitation", ["non_sollicitee", "sollicitee", "en_reflexion"], {}),
        (
            "rappel-1",
            ["non_sollicitee", "sollicitee"],
            {"received": {"key": "invitation", "days": 10}},
        ),
        (
            "rappel-2",
            ["non_sollicitee", "sollicitee", "en_reflexion"],
            {"received": {"key": "invitation", "days": 10}},
        ),
        (
            "trousse-dernier-jour",
            ["non_sollicitee", "sollicitee", "en_reflexion"],
            {"received": {"key": "invitation", "days": 10}},
        ),
    ],
)
def test_who_is_solicited_about_taking_part(key: str, states: list[str], rest: dict[str, object]) -> None:
    mailing = find_standard(key)

    assert mailing is not None
    assert mailing.audience == {"who": "municipalites", "states": states, **rest}


def test_only_the_receipt_is_sent_by_another_room() -> None:
    assert [mailing.key for mailing in STANDARD if mailing.is_automatic] == ["accuse"]


@pytest.mark.parametrize("year", range(2026, 2046))
def test_the_first_solicitations_of_a_municipality_are_ten_days_apart(year: int) -> None:
    """The one of the last day is not: it keeps from whoever has been written to within ten days."""
    flag_on = week_of(year).flag_on
    keys = ("resolution-avant-elections", "invitation", "rappel-1", "rappel-2")
    days = [
        date.fromisoformat(moment(mailing, flag_on, TORONTO)[:10])
        for mailing in STANDARD
        if mailing.key in keys
    ]

    assert len(days) == 4
    assert not any(is_too_soon(before, after) for before, after in pairwise(days))


def test_nobody_is_a_stranger_to_the_calendar() -> None:
    assert find_standard("envoi-maison") is None
