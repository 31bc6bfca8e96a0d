"""Templates say messages in the reader's language, and escape what is put in them."""

from gettext import NullTranslations

import pytest
from flask import Flask, render_template_string
from flask_babel import force_locale

from campaign import i18n


@pytest.mark.parametrize("is_translated", [False, True])
@pytest.mark.parametrize(
    ("template", "drawn"),
    [
        ("{{ _('Accueil') }}", "Accueil"),
        ("{{ _('<b>%(name)s</b>', name='L’Anse & <i>') }}", "<b>L’Anse &amp; &lt;i&gt;</b>"),
        ("{{ _('57 %%') }}", "57 %"),
        ("{% autoescape false %}{{ _('%(name)s', name='<i>') }}{% endautoescape %}", "<i>"),
        ("{% trans name='<i>' %}De {{ name }}{% endtrans %}", "De &lt;i&gt;"),
    ],
)
def test_a_message_is_a_format_and_its_values_are_escaped(
    app: Flask, monkeypatch: pytest.MonkeyPatch, template: str, drawn: str, is_translated: bool
) -> None:
    monkeypatch.setattr(i18n, "is_translated", is_translated)
    with app.test_request_context():
        assert render_template_string(template) == drawn


def test_the_catalogue_follows_the_language(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def find_catalogue() -> NullTranslations:
        asked.append(str(i18n.get_locale()))
        return NullTranslations()

    monkeypatch.setattr(i18n, "get_translations", find_catalogue)
    monkeypatch.setattr(i18n, "is_translated", True)
    with app.test_request_context():
        render_template_string("{{ _('Un') }}{{ _('Deux') }}")
        with force_locale("en_CA"):
            render_template_string("{{ _('Un') }}")
        render_template_string("{{ _('Un') }}{{ _('Deux') }}")

    assert asked == ["fr_CA", "en_CA", "fr_CA"]


@pytest.mark.parametrize("is_translated", [False, True])
def test_what_the_code_says_is_a_format_when_it_has_values(
    app: Flask, monkeypatch: pytest.MonkeyPatch, is_translated: bool
) -> None:
    monkeypatch.setattr(i18n, "is_translated", is_translated)
    with app.test_request_context():
        said = [i18n._("Rang %(rank)s, 57 %%", rank=3), i18n._("57 %")]

    assert said == ["Rang 3, 57 %", "57 %"]
