"""The fields that understand people: what was typed stays, what it means is kept beside."""

from collections.abc import Iterator
from datetime import date, time
from typing import Any

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict
from wtforms import StringField

from campaign.extensions import babel
from campaign.i18n import LOCALE
from campaign.web.forms import CountField, DayField, EmailField, HourField, Needed, PageForm, TelephoneField


class Sheet(PageForm):
    name = StringField("Nom", validators=[Needed("Inscrivez le nom.")])
    at = HourField("Heure", validators=[Needed("Inscrivez l’heure.")])
    on = DayField("Date")
    phone = TelephoneField("Téléphone")
    email = EmailField("Courriel")
    count = CountField("Nombre")
    motto = StringField("Devise", filters=[lambda value: value and value.upper()])


@pytest.fixture(autouse=True)
def request_context() -> Iterator[None]:
    app = Flask(__name__)
    app.secret_key = "for the form's machinery only"
    app.config["BABEL_DEFAULT_LOCALE"] = LOCALE
    babel.init_app(app)
    with app.test_request_context():
        yield


def sheet(**values: str) -> Sheet:
    return Sheet(MultiDict({"name": "Manon", "at": "10 h"} | values))


def test_what_was_typed_is_understood() -> None:
    form = sheet(on="15 novembre 2027", phone="418 555-0123", email=" A@B.CA ", count="1 200")

    assert form.validate()
    assert form.data == {
        "name": "Manon",
        "at": time(10),
        "on": date(2027, 11, 15),
        "phone": "4185550123",
        "email": "a@b.ca",
        "count": 1200,
        "motto": None,
    }


def test_an_input_is_drawn_as_wtforms_draws_it() -> None:
    form = sheet(name='« L’Anse » & <b> "x"', email="a@b.ca")
    given = {"class": "control", "autocomplete": "off", "aria-describedby": "x", "disabled": False}

    for field in form:
        assert field(**given) == field.widget(field, **given)
        assert str(field) == field.widget(field)


def test_a_field_keeps_its_own_filters_from_one_form_to_the_next() -> None:
    mottos = [sheet(motto="  je me  souviens ").motto.data for _ in range(2)]

    assert mottos == ["JE ME SOUVIENS"] * 2


@pytest.mark.parametrize(
    ("field", "written"),
    [("at", "vers dix heures"), ("on", "lundi"), ("phone", "555"), ("email", "manon"), ("count", "beaucoup")],
)
def test_what_was_not_understood_is_shown_again_as_typed(field: str, written: str) -> None:
    form = sheet(**{field: written})

    assert not form.validate()
    assert (form[field].data, form[field]._value(), len(form[field].errors)) == (None, written, 1)


@pytest.mark.parametrize("written", ["-3", "3,5", "10000", "9" * 5000, "²"])
def test_a_number_that_is_no_small_count_has_one_french_sentence(written: str) -> None:
    form = sheet(count=written)

    assert not form.validate()
    assert form.errors == {"count": ["Inscrivez un nombre entier, par exemple «\u00a025\u00a0»."]}


@pytest.mark.parametrize("written", ["", "   ", "\0", "\t\n"])
def test_a_mandatory_answer_says_what_is_missing(written: str) -> None:
    form = sheet(name=written, at=written)

    assert not form.validate()
    assert form.errors == {"name": ["Inscrivez le nom."], "at": ["Inscrivez l’heure."]}
    assert form.first_errors() == [("name", "Inscrivez le nom."), ("at", "Inscrivez l’heure.")]


def test_spaces_are_tidied_and_control_characters_dropped() -> None:
    form = sheet(name="  Manon\0 \t Tremblay\u00a0\r\nCôté \x1b", email="\0a@b.ca")

    assert form.validate()
    assert (form.name.data, form.email.data) == ("Manon Tremblay Côté", "a@b.ca")


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        ("at", time(9, 30), "9\u00a0h\u00a030"),
        ("on", date(2027, 11, 5), "2027-11-05"),
        ("phone", "4185550123", "418 555-0123"),
        ("email", None, ""),
    ],
)
def test_a_value_is_drawn_as_people_read_it(field: str, value: Any, shown: str) -> None:
    form = Sheet(formdata=None, data={field: value})

    assert form[field]._value() == shown


def test_a_form_knows_whether_somebody_wrote_in_it() -> None:
    assert sheet().was_typed
    assert not Sheet(formdata=None, data={"name": "Manon"}).was_typed
