"""The form of the flag raising and the plain answers it gives; refusals are proved through the page."""

from collections.abc import Iterator
from datetime import date, time

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from campaign.campaigns.models import Edition
from campaign.events.models import Opening
from campaign.extensions import babel
from campaign.participations.details import ParticipationDetails, Person
from campaign.participations.forms import ParticipationForm
from campaign.participations.models import Mast, Mode, PlanB, Presence, ResolutionState
from tests.builders import MANON

TWELFTH = Edition(
    number=12, year=2027, start_on=date(2027, 11, 15), end_on=date(2027, 11, 21), flag_on=date(2027, 11, 15)
)

ANSWERS = ParticipationDetails(
    modes=(Mode.FLAG, Mode.RESOLUTION, Mode.OTHER),
    other_mode="Ballons",
    flag_on=date(2027, 11, 16),
    flag_time=time(13, 30),
    lowered_on=date(2027, 11, 20),
    place="Aréna, Hébertville G8N 1A1",
    mast=Mast.ONLY_ONE,
    opening=Opening.CLOSED,
    children=Presence.YES,
    children_count=25,
    childcare="CPE Les Petits Pas",
    elected_name="Éloïse D’Astous",
    elected_role="Mairesse",
    plan_b=PlanB.POSTPONED,
    plan_b_on=date(2027, 11, 17),
    resolution_state=ResolutionState.ADOPTED,
    resolution_on=date(2027, 10, 4),
    resolution_number="145",
    wants_kit=True,
    kit_flags=1,
    kit_posters=3,
    delivery_address="12, rue Principale, Hébertville G8N 1A1",
    delivery_hours="Mardi",
    delivery_attention="Manon",
    contact=MANON,
    second_contact=Person(first_name="Luc", last_name="Roy", email="luc@exemple.quebec"),
    media_may_call=True,
    is_child_friendly=True,
)


@pytest.fixture(autouse=True)
def request_context() -> Iterator[None]:
    app = Flask(__name__)
    app.secret_key = "for the form's machinery only"
    babel.init_app(app)
    with app.test_request_context():
        yield


def sent(details: ParticipationDetails, **changes: str) -> ParticipationForm:
    """The form drawn with these answers, then sent as it was drawn."""
    drawn = ParticipationForm(
        edition=TWELFTH, zone="America/Toronto", data=ParticipationForm.filled_with(details)
    )
    data = MultiDict[str, str]({"authority": "1", "cle": "sheet"})
    for field in drawn:
        if field.name == "modes":
            data.setlist("modes", list(field.data))
        elif field.data not in (None, False, "") and field.name not in ("authority", "cle"):
            value = field._value() if hasattr(field, "_value") else str(field.data)
            data[field.name] = "1" if field.data is True else str(value)
    for name, value in changes.items():
        data[name] = value
    return ParticipationForm(data, edition=TWELFTH, zone="America/Toronto")


def test_what_is_drawn_then_sent_gives_the_same_answers() -> None:
    form = sent(ANSWERS)

    assert form.validate(), form.errors
    assert form.to_details() == ANSWERS


def test_what_the_choices_made_useless_is_left_out() -> None:
    form = sent(ANSWERS, modes="resolution", kit="non")

    assert form.validate(), form.errors
    details = form.to_details()
    assert (details.flag_on, details.place, details.mast, details.plan_b, details.elected_name) == (
        None,
        "",
        None,
        None,
        "",
    )
    assert (details.kit_flags, details.delivery_address) == (0, "")


def test_the_same_sheet_with_the_same_answers_has_the_same_receipt() -> None:
    first, again, corrected, other = (
        sent(ANSWERS), sent(ANSWERS), sent(ANSWERS, place="Parc"), sent(ANSWERS, cle="other sheet"),
    )  # fmt: skip
    for form in (first, again, corrected, other):
        assert form.validate(), form.errors

    assert first.receipt == again.receipt
    assert len({first.receipt, corrected.receipt, other.receipt}) == 3
    assert len(first.receipt) == 64
    assert sent(ANSWERS, cle="").receipt == ""


@pytest.mark.parametrize(
    ("day", "is_outside"),
    [("2027-11-14", True), ("2027-11-15", False), ("2027-11-21", False), ("2027-11-22", True)],
)
def test_the_week_is_monday_to_sunday(day: str, is_outside: bool) -> None:
    form = sent(ANSWERS, flag_on=day, lowered_on="")

    assert form.validate(), form.errors
    assert form.is_outside_week() is is_outside


def test_a_mode_sent_twice_is_one() -> None:
    form = sent(ANSWERS)
    form.modes.data = ["resolution", "lever_drapeau", "resolution"]

    assert form.to_details().modes == (Mode.FLAG, Mode.RESOLUTION)
