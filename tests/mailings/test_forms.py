"""What the plan's form says of a mailing, and what it makes of the answers."""

from collections.abc import Iterator
from datetime import date, time
from typing import Any

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from campaign.contacts.models import ContactKind
from campaign.events.models import EventState
from campaign.mailings.audiences import Audience, Received, Who
from campaign.mailings.calendar import STANDARD
from campaign.mailings.forms import EnglishForm, Plan, PlanForm, TextForm
from campaign.mailings.models import Mailing, Nature
from campaign.mailings.schedule import Anchor, Move, Rule
from campaign.participations.models import KitState, State

REGIONS = [("01", "Bas-Saint-Laurent"), ("09", "Côte-Nord")]
MRCS = [("070", "La Matapédia")]
TITLES = {"invitation": "Invitation", "rappel-1": "Premier rappel"}


@pytest.fixture(autouse=True)
def _request(app: Flask) -> Iterator[None]:
    with app.test_request_context(method="POST"):
        yield


def mailing(rule: Rule | None = None, audience: Audience | None = None) -> Mailing:
    return Mailing(
        key="rappel-1",
        title="Premier rappel",
        mailing_class="sollicitation",
        nature=Nature.INFORMATIONAL,
        rule=(rule or Rule(days=-75)).to_json(),
        audience=(audience or Audience()).to_json(),
        groups_by_address=True,
        signed_by_coordinator=False,
    )


def form_of(of: Mailing, answers: list[tuple[str, str]] | None = None) -> PlanForm:
    sent = MultiDict(answers) if answers is not None else None
    return PlanForm(sent, mailing=of, regions=REGIONS, mrcs=MRCS, titles=TITLES)


def answered(of: Mailing, *more: tuple[str, str], **answers: str) -> Plan:
    """The plan of the usual answers with these changes; an empty one is not sent."""
    usual = {"anchor": "jour_j", "days": "75", "side": "avant", "at": "9 h", "who": "municipalites"}
    told = usual | {"nature": "information"} | answers
    form = form_of(of, [*((name, value) for name, value in told.items() if value), *more])
    assert form.validate(), form.errors
    return form.to_plan()


def test_days_count_before_or_after() -> None:
    assert answered(mailing(), days="10").rule == Rule(days=-10)
    assert answered(mailing(), days="10", side="apres", at="13 h 30").rule == Rule(days=10, at=time(13, 30))
    assert answered(mailing(), days="0").rule == Rule()


def test_a_fixed_date_has_no_delay() -> None:
    plan = answered(mailing(), anchor="date_fixe", on="2027-09-07")

    assert plan.rule == Rule(anchor=Anchor.FIXED, on=date(2027, 9, 7))


def test_what_counts_from_each_one_s_ceremony_keeps_its_hours_and_its_side() -> None:
    rule = Rule(anchor=Anchor.CEREMONY, hours=1, minutes=30, at=None)
    eve = Rule(anchor=Anchor.CEREMONY, days=-1, at=time(13), move=Move.BACKWARD)

    assert answered(mailing(rule), anchor="ceremonie", days="0", at="").rule == rule
    assert answered(mailing(rule), anchor="ceremonie", days="2", side="apres", at="").rule == Rule(
        anchor=Anchor.CEREMONY, days=2, hours=1, minutes=30, at=None
    )
    assert answered(mailing(eve), anchor="ceremonie", days="2", at="13 h").rule == Rule(
        anchor=Anchor.CEREMONY, days=-2, at=time(13), move=Move.BACKWARD
    )


def test_an_hour_given_replaces_the_delay_in_hours() -> None:
    rule = Rule(anchor=Anchor.CEREMONY, hours=1, minutes=30, at=None)

    assert answered(mailing(rule), anchor="ceremonie", days="0", at="16 h").rule == Rule(
        anchor=Anchor.CEREMONY, at=time(16)
    )


def test_only_its_own_anchor_is_offered_besides_day_j_and_a_date() -> None:
    usual = [choice[0] for choice in form_of(mailing()).anchor.iter_choices()]
    own = [
        choice[0] for choice in form_of(mailing(Rule(anchor=Anchor.SHIPPED, at=None))).anchor.iter_choices()
    ]

    assert usual == ["jour_j", "date_fixe"]
    assert own == ["expedition", "jour_j", "date_fixe"]


def test_each_answer_becomes_a_condition() -> None:
    plan = answered(
        mailing(),
        *(("states", "sollicitee"), ("states", "en_reflexion"), ("regions", "09"), ("mrcs", "070")),
        *(("kit", "expediee"), ("ceremony", "planifiee"), ("council_passed", "1")),
        received="invitation",
        received_days="12",
        returning="oui",
        raises_flag="non",
        kit_shipped_days="10",
    )

    assert plan.audience == Audience(
        who=Who.MUNICIPALITIES,
        regions=("09",),
        mrcs=("070",),
        states=(State.INVITED, State.UNDECIDED),
        returning=True,
        received=Received(key="invitation", days=12),
        council_passed=True,
        kit=(KitState.SHIPPED,),
        kit_shipped_days=10,
        raises_flag=False,
        ceremony=(EventState.PLANNED,),
    )


def test_what_only_municipalities_answer_is_dropped_for_the_contacts() -> None:
    """A list of contacts has answered nothing: a condition on answers would leave everybody out."""
    before = Audience(states=(State.INVITED,), received=Received(key="invitation", days=10))

    plan = answered(
        mailing(audience=before),
        ("lists", "media"),
        ("states", "sollicitee"),
        ("regions", "01"),
        who="contacts",
    )

    assert plan.audience == Audience(who=Who.CONTACTS, regions=("01",), lists=(ContactKind.MEDIA,))


def test_conditions_that_the_form_does_not_ask_are_kept() -> None:
    before = Audience(who=Who.PARTICIPANTS, photo_missing=True, activities=True)

    plan = answered(mailing(audience=before), who="participants")

    assert (plan.audience.photo_missing, plan.audience.activities) == (True, True)


@pytest.mark.parametrize("standard", STANDARD, ids=lambda standard: standard.key)
def test_every_standard_mailing_is_shown_as_it_is(standard: Any) -> None:
    audience = Audience.from_json(standard.audience)
    of = mailing(standard.rule, audience)
    of.key = standard.key
    shown = PlanForm(None, mailing=of, regions=REGIONS, mrcs=MRCS, titles=TITLES)

    again = [
        (field.name, value)
        for field in shown
        for value in (field.data if isinstance(field.data, list) else [field])
        for value in [_sent(value)]
        if value
    ]
    form = form_of(of, again)

    assert form.validate(), form.errors
    assert form.to_plan().rule == standard.rule
    assert form.to_plan().audience == audience


def _sent(value: Any) -> str:
    """What a browser sends of a field: nothing for a box that is not ticked."""
    if isinstance(value, str):
        return value
    if value.type == "BooleanField":
        return "1" if value.data else ""
    shown = getattr(value, "_value", None)
    return str(shown() if shown else value.data or "")


def test_a_subject_s_fault_has_no_line_and_a_body_s_has() -> None:
    form = TextForm(MultiDict([("subject", "Bonjour {{nomm}}"), ("body", "Un\n{{nomm}}")]))

    assert not form.validate()
    assert str(form.subject.errors[0]).startswith("«\u00a0{{nomm}}\u00a0» n’existe pas.")
    assert str(form.body.errors[0]).startswith("Ligne\u00a02\u00a0: ")


def test_only_the_english_version_may_be_empty() -> None:
    assert not TextForm(MultiDict([("subject", ""), ("body", "")])).validate()
    assert EnglishForm(MultiDict([("subject", ""), ("body", "")])).validate()
