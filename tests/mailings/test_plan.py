"""One line for each address considered: grouped, dated, with its variant and its reason."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from campaign.mailings.audiences import Audience, Case, Reason
from campaign.mailings.models import Decision
from campaign.mailings.plan import (
    FIRST_TIME,
    RETURNING,
    Brief,
    excluded_by_time,
    is_late,
    lay_out,
    may_leave,
)
from campaign.mailings.schedule import Anchor, MailingClass, Rule
from campaign.participations.models import State
from tests.mailings.cases import BLANC_SABLON, ESCOUMINS, HEBERTVILLE, case

DAY_J = date(2027, 11, 15)
INVITATION = Brief(
    mailing_class=MailingClass.SOLICITATION,
    rule=Rule(days=-90),
    audience=Audience(states=(State.NOT_INVITED, State.INVITED)),
    flag_on=DAY_J,
    has_variants=True,
)
DEPARTURE = datetime(2027, 8, 17, 13, tzinfo=UTC)
EVE = Brief(
    mailing_class=MailingClass.SERVICE,
    rule=Rule(anchor=Anchor.CEREMONY, days=-1),
    audience=Audience(states=(State.CONFIRMED,)),
    flag_on=DAY_J,
    groups_by_address=False,
)


def lines(brief: Brief, *cases: Case, now: datetime = DEPARTURE) -> dict[str, tuple[Decision, str]]:
    """Key → decision and reason."""
    return {
        line.key: (line.decision, line.exclusion.reason.value if line.exclusion else "")
        for line in lay_out(brief, cases, titles={}, now=now)
    }


def test_each_address_is_considered_once() -> None:
    shared = "dg@exemple.quebec"

    found = lay_out(
        INVITATION,
        [
            case(email=shared, is_returning=True),
            case(ESCOUMINS, email=shared, is_returning=True),
            case(BLANC_SABLON),
        ],
        titles={},
        now=DEPARTURE,
    )

    assert [(line.key, [one.place.name for one in line.included if one.place]) for line in found] == [
        (shared, ["Hébertville", "Les Escoumins"]),
        ("98005@exemple.quebec", ["Blanc-Sablon"]),
    ]


def test_a_shared_letter_leaves_for_those_who_have_not_answered() -> None:
    shared = "dg@exemple.quebec"

    (line,) = lay_out(
        INVITATION,
        [case(email=shared, state=State.CONFIRMED), case(ESCOUMINS, email=shared)],
        titles={},
        now=DEPARTURE,
    )

    assert [one.place.name for one in line.included if one.place] == ["Les Escoumins"]
    assert line.note == "Hébertville\u00a0: Déjà inscrite"


def test_nobody_left_in_a_shared_letter_gives_one_exclusion() -> None:
    shared = "dg@exemple.quebec"

    assert lines(
        INVITATION,
        case(email=shared, state=State.CONFIRMED),
        case(ESCOUMINS, email=shared, state=State.DECLINED),
    ) == {shared: (Decision.EXCLUDED, "etat")}


def test_towns_without_address_are_told_one_by_one() -> None:
    assert lines(INVITATION, case(email=""), case(ESCOUMINS, email="")) == {
        "sans-adresse:93022": (Decision.EXCLUDED, "sans_adresse"),
        "sans-adresse:95005": (Decision.EXCLUDED, "sans_adresse"),
    }


def test_the_variant_is_that_of_all_the_places_of_the_letter() -> None:
    shared = "dg@exemple.quebec"
    cases = [
        case(email=shared, is_returning=True),
        case(ESCOUMINS, email=shared),
        case(BLANC_SABLON, is_returning=True),
    ]

    found = lay_out(INVITATION, cases, titles={}, now=DEPARTURE)

    assert [line.variant for line in found] == [FIRST_TIME, RETURNING]


def test_the_hour_is_that_of_each_reader() -> None:
    found = lay_out(INVITATION, [case(), case(BLANC_SABLON)], titles={}, now=DEPARTURE)

    assert [line.due.instant for line in found] == [
        datetime(2027, 8, 17, 13, tzinfo=UTC),
        datetime(2027, 8, 17, 13, tzinfo=UTC),
    ]
    winter = replace(INVITATION, rule=Rule(days=1))
    found = lay_out(winter, [case(), case(BLANC_SABLON)], titles={}, now=DEPARTURE)
    assert [line.due.instant for line in found] == [
        datetime(2027, 11, 16, 14, tzinfo=UTC),
        datetime(2027, 11, 16, 13, tzinfo=UTC),
    ]


def test_what_follows_a_ceremony_is_considered_once_a_day_of_it() -> None:
    at = datetime(2027, 11, 15, 15, tzinfo=UTC)
    one = case(state=State.CONFIRMED, ceremony_on=DAY_J, ceremony_at=at)
    postponed = case(
        state=State.CONFIRMED, ceremony_on=date(2027, 11, 17), ceremony_at=at + timedelta(days=2)
    )

    assert lines(EVE, one) == {"93022:2027-11-15": (Decision.INCLUDED, "")}
    assert lines(EVE, postponed) == {"93022:2027-11-17": (Decision.INCLUDED, "")}


def test_whoever_has_no_moment_is_not_considered() -> None:
    shipped = replace(EVE, rule=Rule(anchor=Anchor.SHIPPED, at=None))

    assert lines(shipped, case(state=State.CONFIRMED)) == {}


def test_before_its_moment_and_long_after_it_nothing_leaves() -> None:
    at = datetime(2027, 11, 17, 15, tzinfo=UTC)
    one = case(state=State.CONFIRMED, ceremony_on=date(2027, 11, 17), ceremony_at=at)
    (line,) = lay_out(EVE, [one], titles={}, now=DEPARTURE)
    moment = line.due.instant

    before, then, after = (
        excluded_by_time(EVE, line, moment + delay)
        for delay in (timedelta(minutes=-1), timedelta(0), timedelta(hours=49))
    )

    assert (before and before.reason, then, after and after.reason) == (
        Reason.NOT_YET,
        None,
        Reason.TOO_LATE,
    )


def test_a_solicitation_waits_for_a_decent_hour_where_it_is_read() -> None:
    (line,) = lay_out(INVITATION, [case()], titles={}, now=DEPARTURE)

    assert may_leave(INVITATION, line, DEPARTURE)
    assert not may_leave(INVITATION, line, DEPARTURE - timedelta(minutes=1))
    evening = DEPARTURE + timedelta(hours=9)
    assert not may_leave(INVITATION, line, evening)
    assert may_leave(INVITATION, line, DEPARTURE + timedelta(days=1))


def test_ten_minutes_are_left_after_a_person_said_now() -> None:
    (line,) = lay_out(INVITATION, [case()], titles={}, now=DEPARTURE)
    asked = replace(INVITATION, earliest_at=DEPARTURE + timedelta(days=7))

    assert not may_leave(asked, line, DEPARTURE + timedelta(days=7, minutes=-1))
    assert may_leave(asked, line, DEPARTURE + timedelta(days=7))
    assert is_late(INVITATION, line, DEPARTURE + timedelta(days=7))
    assert not is_late(asked, line, DEPARTURE + timedelta(days=7))


CASES = st.lists(
    st.builds(
        case,
        place=st.sampled_from([HEBERTVILLE, ESCOUMINS, BLANC_SABLON]),
        email=st.sampled_from(["", "dg@exemple.quebec", "mairie@exemple.quebec"]),
        state=st.sampled_from(State),
        unsubscribed=st.sampled_from(["", "Désabonnée"]),
        do_not_solicit=st.booleans(),
    ),
    max_size=12,
)


@given(CASES)
def test_totals_always_add_up(cases: list[Case]) -> None:
    found = lay_out(INVITATION, cases, titles={}, now=DEPARTURE)

    assert sum(len(line.cases) for line in found) == len(cases)
    assert len({line.key for line in found}) == len(found)
    assert all((line.exclusion is None) == bool(line.included) for line in found)
