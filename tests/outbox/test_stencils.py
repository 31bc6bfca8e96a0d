"""Words with holes, filled in the text and in the HTML."""

import time

import pytest

from campaign.outbox.stencils import fill, fill_html, holes


def test_each_hole_is_filled_as_its_part_wants_it() -> None:
    values = {"nom": "L’Isle & <Verte> \"x\" 'y'", "lien": "https://exemple.quebec/?a=1&b=2"}

    assert (
        fill("À {{nom}}, {{lien}}{{nom}}.", values) == f"À {values['nom']}, {values['lien']}{values['nom']}."
    )
    assert fill_html('<a href="{{lien}}">{{nom}}</a>', values) == (
        '<a href="https://exemple.quebec/?a=1&amp;b=2">'
        "L’Isle &amp; &lt;Verte&gt; &quot;x&quot; &#x27;y&#x27;</a>"
    )


@pytest.mark.parametrize(
    "words", ["", "Bonjour", "{nom}", "{{ nom }}", "{{Nom}}", "{{}}", "{{nom", "{% nom %}"]
)
def test_what_is_no_hole_stays_as_it_is(words: str) -> None:
    assert fill(words, {"nom": "Manon"}) == words
    assert holes(words) == set()


def test_a_value_is_never_read_as_a_stencil() -> None:
    values = {"a": "{{b}}", "b": "{{a}}{{a}}"}

    assert fill("{{a}} {{b}}", values) == "{{b}} {{a}}{{a}}"


def test_a_missing_value_is_an_error_and_not_a_hole() -> None:
    with pytest.raises(KeyError):
        fill("{{nom}}", {})


def test_the_holes_are_listed() -> None:
    assert holes("{{nom}} {{lien}}", "<p>{{nom}} {{pied_2}}</p>") == {"nom", "lien", "pied_2"}


def test_the_time_grows_with_the_length_only() -> None:
    began = time.process_time()

    filled = fill("{{a}}" * 2_000 + "{" * 200_000, {"a": "{{a}}" * 100})

    assert len(filled) == 2_000 * 500 + 200_000
    assert time.process_time() - began < 1
