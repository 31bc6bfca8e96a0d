"""The first words of each mailing: complete, short, correct for every name, and safe on a phone."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from campaign.mailings.calendar import STANDARD, TEXTS, StandardMailing, texts_of
from campaign.mailings.markup import lines_of
from campaign.mailings.plan import FIRST_TIME, RETURNING
from campaign.mailings.schedule import MailingClass
from campaign.mailings.wording import (
    ADDRESSES,
    EXAMPLES,
    PLACEHOLDERS,
    Text,
    escape_html,
    fill,
    limits,
    parse,
    serialize,
    to_html,
    to_text,
)
from campaign.territory import grammar
from tests.typography import faults

WRITTEN = [mailing for mailing in STANDARD if not mailing.is_automatic]
BY_KEY = {mailing.key: mailing for mailing in STANDARD}
VALUED_IN_FRENCH = set(PLACEHOLDERS) - ADDRESSES - {"nom", "mrc", "region", "prenom"}


def texts() -> Iterator[object]:
    for mailing in WRITTEN:
        for (variant, language), text in texts_of(mailing.key).items():
            yield pytest.param(
                mailing, language, text, id=".".join(filter(None, (mailing.key, variant, language)))
            )


every_text = pytest.mark.parametrize(("mailing", "language", "text"), list(texts()))


def values_for(designation: str, name: str) -> dict[str, str]:
    """The values of another municipality."""
    return {
        **EXAMPLES,
        "la_municipalite": grammar.legal_name_with_article(designation, name),
        "de_la_municipalite": grammar.legal_name_with_de(designation, name),
        "nom": name,
        "de_nom": grammar.with_de(name),
        "a_nom": grammar.with_a(name),
    }


def test_every_mailing_has_its_words_and_every_file_its_mailing() -> None:
    english = {"invitation", "rappel-1", "rappel-2"}
    expected = {
        mailing.key: {(variant, "fr") for variant in mailing.variants or ("",)}
        | ({("", "en")} if mailing.key in english else set())
        for mailing in WRITTEN
    }

    assert {mailing.key: set(texts_of(mailing.key)) for mailing in WRITTEN} == expected
    assert sum(map(len, expected.values())) == len(list(TEXTS.iterdir()))
    assert set(texts_of("accuse")) | set(texts_of("envoi-maison")) == set()
    assert set(texts_of("invitation")) == {(RETURNING, "fr"), (FIRST_TIME, "fr"), ("", "en")}


@every_text
def test_its_holes_and_links_are_right(mailing: StandardMailing, language: str, text: Text) -> None:
    assert text.check() == {}
    if language == "en":
        assert text.holes() & VALUED_IN_FRENCH == set()


@every_text
def test_a_phone_cuts_nothing(mailing: StandardMailing, language: str, text: Text) -> None:
    assert limits(text) == []
    assert limits(text, values_for("Municipalité", "Saint-Barthélemy")) == []
    assert text.preheader
    assert text.preheader[:20] != text.subject[:20]


@every_text
def test_its_typography_is_that_of_québec(mailing: StandardMailing, language: str, text: Text) -> None:
    if language == "en":
        assert "'" not in serialize(text)
        return

    filled = [fill(part, EXAMPLES) for part in (text.subject, text.preheader, to_text(text.body))]

    assert [fault for part in filled for fault in faults(part)] == []


@every_text
def test_it_is_short_polite_and_calm(mailing: StandardMailing, language: str, text: Text) -> None:
    words = fill(to_text(text.body), EXAMPLES).split()

    assert len(words) <= (360 if mailing.key == "deroulement" else 190)
    assert serialize(text).count("!") <= 1
    assert not re.search(r"\b(?:tu|toi|ton|tes)\b", text.body)
    assert not re.search(r"\b(?:il|elle)s? (?:participe|hisse|lève)ra", text.body)
    if language == "fr":
        assert text.body.startswith("{{salutation}}\n\n")
        assert text.body.endswith("\n\n{{signature}}")


@every_text
def test_it_has_one_button_and_its_address_is_written_out(
    mailing: StandardMailing, language: str, text: Text
) -> None:
    assert to_html(text.body).count('class="button"') == 1
    assert len(re.findall(r"https://", fill(to_text(text.body), EXAMPLES))) in (1, 2)


@every_text
def test_a_solicitation_of_municipalities_says_how_long_it_takes_and_how_to_say_no(
    mailing: StandardMailing, language: str, text: Text
) -> None:
    if mailing.mailing_class is not MailingClass.SOLICITATION or mailing.audience["who"] != "municipalites":
        assert "cesserons de vous solliciter" not in text.body or mailing.line == 5
        return

    assert re.search(r"trois minutes|three minutes", text.body)
    assert "{{lien}}" in text.body
    if mailing.key != "trousse-dernier-jour":
        assert re.search(r"pas pour cette année|pas cette année|[Nn]ot this year", text.body)


def test_the_invitation_names_the_municipality_in_its_subject() -> None:
    escoumins = values_for("Municipalité", "Les Escoumins")

    subjects = {fill(text.subject, escoumins) for text in texts_of("invitation").values()}

    assert subjects == {
        "Le drapeau des tout-petits flottera-t-il aux Escoumins?",
        "Will the toddlers’ flag fly in Les Escoumins?",
    }


@every_text
@pytest.mark.parametrize(
    ("designation", "name"),
    [
        ("Cantons unis", "Stoneham-et-Tewkesbury"),
        ("Paroisse", "Saint-Louis-du-Ha! Ha!"),
        ("Municipalité", "Les Méchins"),
        ("Arrondissement", "L’Île-Bizard–Sainte-Geneviève"),
    ],
)
def test_no_name_breaks_a_sentence(
    mailing: StandardMailing, language: str, text: Text, designation: str, name: str
) -> None:
    values = values_for(designation, name)

    plain = fill(f"{text.subject}\n{to_text(text.body)}", values)
    html = fill(to_html(text.body), values, escape=escape_html)

    assert not re.search(r"\b(?:de|à) Les\b|\bde (?:la|le|les) (?:Le|Les)\b|\bde (?=[AEIOUÉÎ])", plain)
    assert "{{" not in plain + html
    # Nobody agrees with a name that may be masculine, feminine or plural.
    assert not re.search(r"\{\{[Ll]a_municipalite\}\}", text.subject + text.body)


@every_text
def test_it_holds_when_what_may_be_unknown_is_unknown(
    mailing: StandardMailing, language: str, text: Text
) -> None:
    unknown = ("ceremonie_passee", "note_election", "suivi", "evenement_officiel", "theme", "mrc", "prenom")
    if mailing.key == "deroulement":  # a ceremony still « à planifier »
        unknown += ("ceremonie",)
    values = {**EXAMPLES, **dict.fromkeys(unknown, "")}

    plain = fill(to_text(text.body), values)

    assert not re.search(r"\n{3}|^ | $| [,.]", plain, re.MULTILINE)
    assert "<p></p>" not in fill(to_html(text.body), values, escape=escape_html)


@pytest.mark.parametrize("file", sorted(TEXTS.iterdir()), ids=lambda file: file.name)
def test_a_file_is_written_as_the_product_would_write_it(file: Path) -> None:
    source = file.read_text(encoding="utf-8")

    assert serialize(parse(source)) == source
    assert lines_of(source) == source.split("\n")
