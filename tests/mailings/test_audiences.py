"""Who gets a mailing, and the reason of each exclusion."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaign.contacts.models import ContactKind
from campaign.events.models import EventState
from campaign.mailings.audiences import (
    Audience,
    Case,
    Exclusion,
    InvalidAudience,
    Reason,
    Received,
    Who,
    in_words,
    judge,
)
from campaign.mailings.schedule import MailingClass
from campaign.participations.models import KitState, ReportState, ResolutionState, State
from campaign.territory.models import TerritoryKind
from tests.mailings.cases import case

NOW = datetime(2027, 10, 5, 13, tzinfo=UTC)
TITLES = {"invitation": "Invitation"}


def excluded(
    audience: Audience, one: Case, mailing_class: MailingClass = MailingClass.SOLICITATION
) -> Exclusion | None:
    return judge(audience, one, mailing_class=mailing_class, titles=TITLES, now=NOW)


def reason(
    audience: Audience, one: Case, mailing_class: MailingClass = MailingClass.SOLICITATION
) -> Reason | None:
    exclusion = excluded(audience, one, mailing_class)
    return exclusion.reason if exclusion else None


def test_a_silent_town_is_included() -> None:
    assert reason(Audience(states=(State.INVITED,)), case()) is None


@pytest.mark.parametrize(
    ("audience", "changes", "expected"),
    [
        (Audience(states=(State.INVITED,)), {"state": State.CONFIRMED}, Reason.STATE),
        (Audience(), {"state": State.CONFIRMED, "needs_review": True}, Reason.UNDER_REVIEW),
        (Audience(returning=True), {"is_returning": False}, Reason.RETURNING),
        (Audience(returning=False), {"is_returning": True}, Reason.RETURNING),
        (Audience(received=Received(key="invitation")), {}, Reason.NOT_RECEIVED),
        (
            Audience(received=Received(key="invitation", days=10)),
            {"received_on": {"invitation": date(2027, 9, 26)}},
            Reason.RECEIVED_LATELY,
        ),
        (Audience(resolution=(ResolutionState.ON_AGENDA,)), {}, Reason.RESOLUTION),
        (Audience(council_passed=True), {"resolution_on": date(2027, 10, 5)}, Reason.RESOLUTION),
        (Audience(kit=(KitState.REQUESTED,)), {}, Reason.KIT),
        (Audience(kit_incomplete=True), {"state": State.CONFIRMED}, Reason.KIT),
        (
            Audience(kit_shipped_days=10),
            {"kit_shipped_at": datetime(2027, 9, 26, 13, tzinfo=UTC)},
            Reason.KIT,
        ),
        (Audience(report=(ReportState.EXPECTED,)), {}, Reason.REPORT),
        (Audience(raises_flag=True), {}, Reason.CEREMONY),
        (Audience(raises_flag=False), {"raises_flag": True}, Reason.CEREMONY),
        (Audience(ceremony=(EventState.PLANNED,)), {"ceremony": EventState.CANCELLED}, Reason.CEREMONY),
        (
            Audience(ceremony_incomplete=True),
            {"raises_flag": True, "ceremony_at": NOW, "ceremony_place": "Hôtel de ville"},
            Reason.CEREMONY,
        ),
        (Audience(ceremony_within_days=3), {"ceremony_on": date(2027, 10, 9)}, Reason.CEREMONY),
        (Audience(ceremony_passed=True), {"ceremony_on": date(2027, 10, 6)}, Reason.CEREMONY),
        (Audience(draft_days=7), {"undecided_since": datetime(2027, 9, 30, tzinfo=UTC)}, Reason.STATE),
        (Audience(unverified_days=3), {"registered_at": datetime(2027, 10, 4, tzinfo=UTC)}, Reason.STATE),
        (Audience(), {"email": ""}, Reason.NO_ADDRESS),
        (Audience(), {"refused": "550 boîte inconnue"}, Reason.ADDRESS_REFUSED),
        (Audience(), {"unsubscribed": "Désabonnée depuis le 1er septembre 2027"}, Reason.UNSUBSCRIBED),
        (Audience(), {"do_not_solicit": True}, Reason.DO_NOT_SOLICIT),
        (Audience(), {"missing_basis": "Participation de plus de deux ans"}, Reason.NO_BASIS),
        (Audience(), {"last_solicited_on": date(2027, 9, 26)}, Reason.TOO_SOON),
    ],
)
def test_each_exclusion_has_its_reason(audience: Audience, changes: dict[str, Any], expected: Reason) -> None:
    assert reason(audience, case(**changes)) is expected


@pytest.mark.parametrize(
    ("audience", "changes"),
    [
        (Audience(returning=True), {"is_returning": True}),
        (
            Audience(received=Received(key="invitation", days=10)),
            {"received_on": {"invitation": date(2027, 9, 25)}},
        ),
        (Audience(council_passed=True), {"resolution_on": date(2027, 10, 4)}),
        (Audience(kit_incomplete=True), {"state": State.CONFIRMED, "kit_is_complete": False}),
        (Audience(kit_incomplete=True), {"state": State.INVITED}),
        (Audience(kit_shipped_days=10), {"kit_shipped_at": datetime(2027, 9, 25, 13, tzinfo=UTC)}),
        (Audience(ceremony_incomplete=True), {"raises_flag": True, "ceremony_at": NOW}),
        (Audience(ceremony_within_days=3), {"ceremony_on": date(2027, 10, 8)}),
        (Audience(ceremony_passed=True), {"ceremony_on": date(2027, 10, 5)}),
        (Audience(draft_days=7), {"undecided_since": datetime(2027, 9, 28, 13, tzinfo=UTC)}),
        (Audience(), {"last_solicited_on": date(2027, 9, 25)}),
    ],
)
def test_at_the_limit_it_is_included(audience: Audience, changes: dict[str, Any]) -> None:
    assert reason(audience, case(**changes)) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"unsubscribed": "Désabonnée"},
        {"do_not_solicit": True},
        {"missing_basis": "Échue"},
        {"last_solicited_on": date(2027, 10, 5)},
    ],
)
def test_a_message_of_service_reaches_who_wants_no_solicitation(changes: dict[str, Any]) -> None:
    assert reason(Audience(), case(**changes), MailingClass.SERVICE) is None


def test_a_message_of_service_never_goes_to_a_dead_address() -> None:
    one = case(refused="550 boîte inconnue")

    assert excluded(Audience(), one, MailingClass.SERVICE) == Exclusion(
        reason=Reason.ADDRESS_REFUSED, detail="550 boîte inconnue"
    )


def test_what_was_answered_is_told_before_what_the_address_wants() -> None:
    one = case(state=State.DECLINED, unsubscribed="Désabonnée")

    assert excluded(Audience(states=(State.INVITED,)), one) == Exclusion(
        reason=Reason.STATE, detail="A décliné"
    )


def test_a_recent_solicitation_is_named_with_its_day() -> None:
    one = case(last_solicited_on=date(2027, 10, 1), last_solicited_by="Rappel 1")

    assert excluded(Audience(), one) == Exclusion(
        reason=Reason.TOO_SOON, detail="Sollicitée le 1er\u00a0octobre («\u00a0Rappel 1\u00a0»)"
    )


def test_the_press_may_unsubscribe_but_is_not_spaced() -> None:
    assert reason(Audience(), case(last_solicited_on=date(2027, 10, 5)), MailingClass.MEDIA) is None
    assert reason(Audience(), case(unsubscribed="Oui"), MailingClass.MEDIA) is Reason.UNSUBSCRIBED


AUDIENCES = st.builds(
    Audience,
    who=st.sampled_from(Who),
    regions=st.lists(st.sampled_from(["01", "09", "17"]), unique=True).map(tuple),
    mrcs=st.lists(st.sampled_from(["540", "930"]), unique=True).map(tuple),
    kinds=st.lists(st.sampled_from(TerritoryKind), unique=True).map(tuple),
    lists=st.lists(st.sampled_from(ContactKind), unique=True).map(tuple),
    exclude_other_electoral_rules=st.booleans(),
    states=st.lists(st.sampled_from(State), unique=True).map(tuple),
    returning=st.none() | st.booleans(),
    received=st.none() | st.builds(Received, key=st.just("invitation"), days=st.integers(0, 60)),
    draft_days=st.integers(0, 30),
    unverified_days=st.integers(0, 30),
    resolution=st.lists(st.sampled_from(ResolutionState), unique=True).map(tuple),
    council_passed=st.booleans(),
    kit=st.lists(st.sampled_from(KitState), unique=True).map(tuple),
    kit_incomplete=st.booleans(),
    kit_shipped_days=st.integers(0, 30),
    report=st.lists(st.sampled_from(ReportState), unique=True).map(tuple),
    raises_flag=st.none() | st.booleans(),
    ceremony=st.lists(st.sampled_from(EventState), unique=True).map(tuple),
    ceremony_incomplete=st.booleans(),
    ceremony_within_days=st.integers(0, 30),
    ceremony_passed=st.booleans(),
    photo_missing=st.booleans(),
    activities=st.booleans(),
)


@given(AUDIENCES)
def test_an_audience_is_kept_whole(audience: Audience) -> None:
    assert Audience.from_json(audience.to_json()) == audience


@given(AUDIENCES)
def test_an_audience_is_said_in_words(audience: Audience) -> None:
    said = in_words(audience, region_names={"09": "Côte-Nord"}, mrc_names={}, titles=TITLES)

    assert said.endswith(".")
    assert "None" not in said
    assert "{" not in said


@pytest.mark.parametrize(
    "told",
    [
        {"qui": "municipalites"},
        {"who": "personne"},
        {"who": "municipalites", "states": ["nulle_part"]},
        {"who": "municipalites", "draft_days": -1},
        {"who": "municipalites", "draft_days": "7"},
        {"who": "municipalites", "returning": "oui"},
        {"who": "municipalites", "received": {}},
    ],
)
def test_an_unreadable_audience_is_refused_in_french(told: dict[str, Any]) -> None:
    with pytest.raises(InvalidAudience, match="public"):
        Audience.from_json(told)


def test_the_example_of_the_organizers_is_said_as_they_say_it() -> None:
    audience = Audience(
        states=(State.INVITED, State.NOT_INVITED),
        regions=("09",),
        received=Received(key="invitation", days=10),
    )

    said = in_words(audience, region_names={"09": "Côte-Nord"}, mrc_names={}, titles=TITLES)

    assert said == (
        "Toutes les municipalités; territoire\u00a0: Côte-Nord; état\u00a0: invitée ou non sollicitée; "
        "ont reçu «\u00a0Invitation\u00a0» depuis au moins 10\u00a0jours."
    )


def test_every_condition_on_papers_and_ceremony_is_said() -> None:
    audience = Audience(
        who=Who.PARTICIPANTS,
        resolution=(ResolutionState.ON_AGENDA, ResolutionState.NONE),
        kit=(KitState.SHIPPED,),
        report=(ReportState.EXPECTED, ReportState.REMINDED),
        ceremony=(EventState.PLANNED,),
    )

    assert in_words(audience, region_names={}, mrc_names={}, titles={}) == (
        "Les municipalités qui ont répondu; résolution\u00a0: à l’ordre du jour ou aucune; "
        "trousse\u00a0: expédiée; bilan\u00a0: attendu ou relancé; cérémonie\u00a0: planifiée."
    )
