"""Form fields that understand people, the trap for robots, and what all our forms share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time
from functools import cache
from typing import Any

from flask_wtf import FlaskForm
from markupsafe import Markup, escape
from wtforms import Field, StringField
from wtforms.i18n import get_translations
from wtforms.validators import StopValidation
from wtforms.widgets import EmailInput, Input, TelInput, TextInput

from campaign.i18n import _
from campaign.web import typed
from campaign.web.filters import MONTHS, hour


class ReadField(StringField):
    """Keeps the words as typed, and what they mean in `data`."""

    data: Any
    read: Callable[[str], Any] = staticmethod(str)

    def process_formdata(self, valuelist: list[str]) -> None:
        self.typed = typed.printable(valuelist[0]).strip() if valuelist else ""
        self.data = None
        if self.typed:
            try:
                self.data = self.read(self.typed)
            except typed.Unreadable as error:
                raise ValueError(str(error)) from error

    def _value(self) -> str:
        if self.raw_data is not None:
            return getattr(self, "typed", "")
        return "" if self.data is None else self.shown(self.data)

    def shown(self, value: Any) -> str:
        return str(value)


class HourField(ReadField):
    """An hour as people write it."""

    widget = TextInput()
    read = staticmethod(typed.read_hour)

    def shown(self, value: time) -> str:
        return hour(value)


class DayInput(Input):
    """The device's calendar."""

    input_type = "date"
    validation_attrs = ("required", "disabled", "readonly")


class DayField(ReadField):
    """A day: the device's calendar, or words."""

    widget = DayInput()
    read = staticmethod(typed.read_day)

    def shown(self, value: date) -> str:
        return value.isoformat()


class MonthField(ReadField):
    """A month as people write it."""

    read = staticmethod(typed.read_month)

    def shown(self, value: date) -> str:
        return f"{MONTHS[value.month - 1]} {value.year}"


class TelephoneField(ReadField):
    widget = TelInput()
    read = staticmethod(typed.read_telephone)

    def shown(self, value: str) -> str:
        return f"{value[:3]} {value[3:6]}-{value[6:]}" if len(value) == 10 else value


class EmailField(ReadField):
    widget = EmailInput()
    read = staticmethod(typed.read_email)


class CountField(ReadField):
    """A small whole number; nothing typed is zero."""

    widget = TextInput()

    @staticmethod
    def read(text: str) -> int:
        digits = text.replace("\u00a0", "").replace(" ", "")
        if not digits.isdecimal() or len(digits) > 4:
            raise typed.Unreadable(_("Inscrivez un nombre entier, par exemple « 25 »."))
        return int(digits)


class Needed:
    """A mandatory answer, refused with a sentence that names the thing."""

    field_flags = {"required": True}  # noqa: RUF012 - the shape that WTForms reads

    def __init__(self, message: str) -> None:
        self.message = message

    def __call__(self, _form: object, field: Field) -> None:
        if (
            field.data is None
            or field.data in ("", [], False)
            or (isinstance(field.data, str) and not field.data.strip())
        ):
            if field.errors:
                raise StopValidation  # not understood: that sentence is already there
            raise StopValidation(self.message)


class PageForm(FlaskForm):
    """Text fields come back trimmed; the CSRF check is the application's, before the view."""

    class Meta(FlaskForm.Meta):
        csrf = False  # CSRFProtect checks every POST; templates print the token with csrf_token()

        def get_translations(self, _form: object) -> object:
            return _words_of_wtforms()

        def render_field(self, field: Field, render_kw: dict[str, Any]) -> str:
            """A plain input is drawn here: WTForms makes markup of each attribute, a quarter of the time of a
            long form."""
            if type(field.widget).__call__ is Input.__call__ and not field.render_kw:
                return _input(field, render_kw)
            drawn: str = super().render_field(field, render_kw)
            return drawn

        def bind_field(self, form: Any, unbound_field: Any, options: dict[str, Any]) -> Any:
            if unbound_field.field_class is StringField:
                # What the class declares is left as it is: each form of that class is bound from it.
                options = {**options, "filters": (*unbound_field.kwargs.get("filters", ()), _trimmed)}
            return unbound_field.bind(form=form, **options)

    @property
    def was_typed(self) -> bool:
        """Somebody wrote in this form: it stays unfolded."""
        return any(field.raw_data for field in self)

    def first_errors(self) -> list[tuple[str, str]]:
        """(field id, sentence) of each field to mend, in the order of the page."""
        return [(field.id, str(field.errors[0])) for field in self if field.errors]


def _input(field: Any, given: dict[str, Any]) -> Markup:
    """An input with its attributes in alphabetical order, as `wtforms.widgets.Input` draws it."""
    flags = vars(field.flags)
    attributes = {
        "id": field.id,
        "name": field.name,
        "type": field.widget.input_type,
        **{name: flags[name] for name in field.widget.validation_attrs if flags.get(name) is not None},
        **given,
    }
    if "value" not in attributes:
        attributes["value"] = field._value()
    drawn = " ".join(
        [
            name if value is True else f'{name}="{escape(value)}"'
            for name, value in sorted(attributes.items())
            if value is not False
        ]
    )
    return Markup(f"<input {drawn}>")  # noqa: S704 - every value is escaped just above


@cache
def _words_of_wtforms() -> object:
    """Its few sentences of its own, in French; Flask-WTF would read the catalogue again for each form."""
    return get_translations(["fr"])


def _trimmed(value: str | None) -> str | None:
    return " ".join(typed.printable(value).split()) if isinstance(value, str) else value
