"""What organizers write: holes, markup, limits, and what changes from one year to the next."""

from html import unescape
from html.parser import HTMLParser
from time import process_time

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from campaign.mailings.wording import (
    ADDRESSES,
    EXAMPLES,
    NAMES,
    PLACEHOLDERS,
    InvalidText,
    MissingValue,
    Text,
    check,
    diff,
    escape_html,
    fill,
    grouped,
    limits,
    one_line,
    parse,
    serialize,
    text_of,
    to_html,
    to_text,
)
from tests.typography import faults

PIECES = (
    "{{", "}}", "{{nom}}", "{{Nom}}", "{{lien}}", "{{ lien }}", "nom", "<b>", "</p>", "<script>",
    "&amp;", "&", '"', "'", "[", "]", "(", ")", "**", "*", "- ", "## ", "\n", "\n\n", "\r\n", " ", "\u00a0", "[mots](https://a.quebec/?a=1&b=2)",
    "[mots]({{lien}})",
    "[x](javascript:alert(1))", "[x](javascript:void)", "[x](data:text/html,x)", "[x]({{nom}})",
    "[x](https://a.quebec/{{nom}})", '[x](https://a.quebec/" onclick="x)', "mot", "été", "\x00", "\u2028",
)  # fmt: skip
bodies = st.lists(st.sampled_from(PIECES) | st.text(max_size=6), max_size=30).map("".join)
lines = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=60)


class Tags(HTMLParser):
    """Reads HTML as strictly as a person would: every tag known, opened, closed in order."""

    KNOWN = frozenset({"p", "br", "ul", "li", "h2", "strong", "a", "table", "tr", "td"})

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.hrefs: list[str] = []
        self.words = ""
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        assert tag in self.KNOWN
        assert len(given) == len(attrs)
        assert set(given) <= {"a": {"href"}, "p": {"class"}, "table": {"role", "class"}}.get(tag, set())
        if tag == "a":
            self.hrefs.append(given["href"] or "")
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    handle_decl = handle_pi = unknown_decl = handle_comment


# --- holes ---


def test_a_value_takes_the_place_of_its_hole() -> None:
    text = "{{salutation}}\n\n{{La_municipalite}} et la MRC de {{ mrc }}."

    assert fill(text, EXAMPLES) == (
        "Bonjour Manon,\n\nLa Municipalité d’Hébertville et la MRC de Lac-Saint-Jean-Est."
    )


def test_a_value_is_never_read_again() -> None:
    assert fill("{{nom}} {{mrc}}", {"nom": "{{mrc}}", "mrc": "{{nom}}"}) == "{{mrc}} {{nom}}"


def test_a_hole_that_nothing_fills_stops_the_letter() -> None:
    with pytest.raises(MissingValue) as missing:
        fill("Bonjour {{prenom}}", {"nom": "Hébertville"})

    assert missing.value.args == ("prenom",)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Un.\n\n{{note_election}}\n\nDeux.", "Un.\n\nDeux."),
        ("Un.\n\n{{note_election}}", "Un.\n\n"),
        ("{{note_election}}\n\nDeux.", "Deux."),
        ("Un {{note_election}}.", "Un ."),
        ("- {{note_election}}\n- b", "- \n- b"),
    ],
)
def test_a_paragraph_of_one_empty_hole_disappears(before: str, after: str) -> None:
    assert fill(before, {"note_election": ""}) == after


def test_a_paragraph_of_one_empty_hole_disappears_from_html_and_plain_text() -> None:
    body = "Un.\n\n{{suivi}}\n\nDeux."

    assert fill(to_html(body), {"suivi": ""}, escape=escape_html) == "<p>Un.</p>\n<p>Deux.</p>"
    assert fill(to_text(body), {"suivi": ""}) == "Un.\n\nDeux.\n"


@given(bodies, bodies)
def test_filling_is_one_pass_over_the_text(body: str, value: str) -> None:
    mark, value = "\ue000", f"{{{{lien}}}}{value}"
    assume(mark not in body)

    filled = fill(body, {**EXAMPLES, "nom": value})

    assert filled == fill(body, {**EXAMPLES, "nom": mark}).replace(mark, value)


@pytest.mark.parametrize(
    "piece", ["{{", "{{ ", "{{a", "{{nom}}", "[", "[a](", "**", "[a](b", "}}", "{{" + " " * 50]
)
def test_time_grows_as_the_text_does(piece: str) -> None:
    def seconds(count: int) -> float:
        body = piece * count
        best = 9.0
        for _ in range(3):
            start = process_time()
            fill(body, EXAMPLES)
            check(body)
            fill(to_html(body), EXAMPLES, escape=escape_html)
            best = min(best, process_time() - start)
        return best

    assert seconds(8_000) < 8 * 4 * seconds(1_000) + 0.1


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("{{nom}} et {{ Nom }}", []),
        (
            "Bonjour\n{{la_municipalité}},",
            ["Ligne 2 : « {{la_municipalité}} » n’existe pas. Vouliez-vous dire « {{la_municipalite}} »?"],
        ),
        (
            "{{date limite}}",
            ["Ligne 1 : « {{date limite}} » n’existe pas. Vouliez-vous dire « {{date_limite}} »?"],
        ),
        ("{{xyzxyz}}", ["Ligne 1 : « {{xyzxyz}} » n’existe pas."]),
        ("{{}}", ["Ligne 1 : « {{}} » n’existe pas."]),
        ("Bonjour {{nom", ["Ligne 1 : « {{ » n’est pas refermé par « }} »."]),
        ("Bonjour {{nom\n}}", ["Ligne 1 : « {{ » n’est pas refermé par « }} ».",
                               "Ligne 2 : « }} » n’est pas ouvert par « {{ »."]),
        ("[Ici](javascript:x)", ["Ligne 1 : « javascript:x » ne peut pas servir d’adresse. Écrivez une "
                                 "adresse qui commence par « https:// », ou « {{lien}} »."]),
        ("[Ici]({{nom}})", ["Ligne 1 : « {{nom}} » ne peut pas servir d’adresse. Écrivez une adresse qui "
                            "commence par « https:// », ou « {{lien}} »."]),
        ("[Ici]({{lien}}), [là](mailto:a@b.quebec) et [là-bas](https://b.quebec)", []),
        ("Un { seul } et des {accolades}", []),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_line(text: str, problems: list[str]) -> None:
    assert [str(problem).replace("\u00a0", " ") for problem in check(text)] == problems


def test_what_is_told_follows_the_typography() -> None:
    told = [str(each) for each in check("{{noms}}\n{{\n}}\n[a](b)")]

    assert len(told) == 4
    assert [fault for sentence in told for fault in faults(sentence)] == []


def test_a_hole_may_be_forbidden_in_a_mailing() -> None:
    assert check("{{nom}}", {"nom"}) == []
    assert [problem.line for problem in check("a\n{{nom}}", {"lien"})] == [2]


@given(st.lists(st.sampled_from(["{{nom}}", "{{ Lien }}", "{", "}", " ", "\n", "mot"])).map("".join))
def test_a_text_without_problem_is_filled_without_a_hole_left(body: str) -> None:
    assume(not check(body, {"nom", "lien"}))

    filled = fill(body, {"nom": "Alma", "lien": "https://a.quebec"})

    assert "{{" not in filled


def test_every_hole_has_its_words_and_its_example() -> None:
    assert list(PLACEHOLDERS) == list(EXAMPLES)
    assert set(PLACEHOLDERS) >= ADDRESSES | NAMES
    assert {name for name in ADDRESSES if not EXAMPLES[name].startswith("https://")} == set()
    shown = [*PLACEHOLDERS.values(), *EXAMPLES.values()]
    assert [fault for words in shown for fault in faults(words)] == []


# --- markup ---


def test_the_markup_in_html() -> None:
    body = (
        "{{salutation}}\n\nVenez **nombreux** à {{nom}},\nou [écrivez-nous](mailto:a@b.quebec).\n"
        "## Ensuite\n- un & deux\n- [trois]({{carte}})\n\n[Répondre]({{lien}})\n<b>Fin</b>"
    )

    assert to_html(body) == (
        "<p>{{salutation}}</p>\n"
        "<p>Venez <strong>nombreux</strong> à {{nom}},<br>"
        'ou <a href="mailto:a@b.quebec">écrivez-nous</a>.</p>\n'
        "<h2>Ensuite</h2>\n"
        '<ul><li>un &amp; deux</li><li><a href="{{carte}}">trois</a></li></ul>\n'
        '<table role="presentation" class="button"><tr><td><a href="{{lien}}">Répondre</a></td></tr></table>'
        '<p class="small">Si le bouton ne s’ouvre pas, copiez cette adresse\u00a0:<br>'
        '<a href="{{lien}}">{{lien}}</a></p>\n'
        "<p>&lt;b&gt;Fin&lt;/b&gt;</p>"
    )


def test_the_markup_in_plain_text() -> None:
    body = "## Ensuite\nVenez **nombreux**, [la carte]({{carte}}).\n- un\n- deux\n[Répondre]({{lien}})\nFin"

    assert to_text(body) == (
        "Ensuite\n\nVenez nombreux, la carte ({{carte}}).\n\n- un\n- deux\n\n"
        "Répondre\u00a0:\n{{lien}}\n\nFin\n"
    )
    assert to_text("[Answer](https://a.quebec)", language="en") == "Answer:\nhttps://a.quebec\n"
    assert to_text("[Voulez-vous?](https://a.quebec)") == "Voulez-vous?\nhttps://a.quebec\n"


def test_the_words_beside_a_button_follow_the_language() -> None:
    assert "copy this address:" in to_html("[Answer]({{lien}})", language="en")


def test_a_button_is_the_one_of_the_other_letters() -> None:
    from campaign.config import ROOT  # noqa: PLC0415 - the place of the template matters to this test only

    template = (ROOT / "templates" / "email" / "button.html").read_text(encoding="utf-8")
    macro = template.split("%}", 1)[1].split("{% endmacro")[0].strip().replace("\n", "")
    ours = to_html("[Répondre]({{lien}})").replace("\u00a0", " ")

    macro = macro.replace("{{ text }}", "Répondre").replace("{{ href }}", "{{lien}}").replace("\u00a0", " ")
    assert ours == macro.replace(
        '{{ _("Si le bouton ne s’ouvre pas, copiez cette adresse :") }}',
        "Si le bouton ne s’ouvre pas, copiez cette adresse :",
    )


@given(bodies)
def test_no_html_comes_from_the_organizer(body: str) -> None:
    tags = Tags(to_html(body))

    assert all(href.startswith(("https://", "http://", "mailto:", "{{")) for href in tags.hrefs)


@given(bodies, bodies)
def test_no_html_comes_from_a_value(body: str, value: str) -> None:
    html = to_html(body)

    filled = Tags(fill(html, {**EXAMPLES, "nom": value}, escape=escape_html))

    assert filled.hrefs == [
        href.replace("{{lien}}", EXAMPLES["lien"]).replace("{{ lien }}", EXAMPLES["lien"])
        for href in Tags(html).hrefs
    ]


EVIL = '<img src=x onerror="alert(1)">\'&{{lien}}'
SHOWN = "&lt;img src=x onerror=&quot;alert(1)&quot;&gt;&#x27;&amp;{{lien}}"


@pytest.mark.parametrize(
    ("pattern", "html"),
    [
        ("{}", "<p>{}</p>"),
        ("**{}**", "<p><strong>{}</strong></p>"),
        ("## {}", "<h2>{}</h2>"),
        ("- {}", "<ul><li>{}</li></ul>"),
        ("a [{}](https://a.quebec)", '<p>a <a href="https://a.quebec">{}</a></p>'),
        ("[{}](javascript:x)", "<p>[{}](javascript:x)</p>"),
    ],
)
def test_everything_an_organizer_types_is_shown_as_typed(pattern: str, html: str) -> None:
    typed = EVIL.replace("(1)", "")
    shown = SHOWN.replace("(1)", "")

    assert to_html(pattern.replace("{}", typed)) == html.replace("{}", shown)


def test_the_words_of_a_button_are_shown_as_typed() -> None:
    assert '<td><a href="https://a.quebec/?a=1&amp;b=2">&lt;b&gt; &amp; co</a></td>' in to_html(
        "[<b> & co](https://a.quebec/?a=1&b=2)"
    )


def test_a_value_is_shown_as_it_is() -> None:
    filled = fill(
        to_html("{{nom}} **{{nom}}**\n[{{nom}}]({{lien}})"),
        {"nom": EVIL, "lien": '"><b>'},
        escape=escape_html,
    )

    assert filled.count(SHOWN) == 3
    assert filled.count("&quot;&gt;&lt;b&gt;") == 3
    assert "<b>" not in filled
    assert fill("{{nom}}", {"nom": "un\ndeux\x00"}, escape=escape_html) == "un<br>deux"


@given(bodies)
def test_html_and_plain_text_say_the_same_words(body: str) -> None:
    def letters(words: str) -> str:
        return "".join(character for character in words if character.isalnum())

    plain, html = to_text(body), Tags(to_html(body))

    told = letters(html.words)
    for aside in ("Si le bouton ne s’ouvre pas, copiez cette adresse",):
        told = told.replace(letters(aside), "")
    missing = letters(plain)
    for href in html.hrefs:
        missing = missing.replace(letters(unescape(href)), "")
        told = told.replace(letters(unescape(href)), "")
    assert told == missing


# --- a text and its file ---


@given(lines, lines, bodies)
def test_a_file_gives_its_text_back(subject: str, preheader: str, body: str) -> None:
    text = text_of(subject, preheader, body)

    assert parse(serialize(text)) == text
    assert parse(serialize(text).replace("\n", "\r\n")) == text
    assert "\n" not in text.subject + text.preheader


def test_a_file() -> None:
    source = "Objet\u00a0: Le drapeau à {{nom}}\nAperçu : Trois minutes.\n\nBonjour,\n\nMerci.\n"

    text = parse(source)

    assert text == Text(subject="Le drapeau à {{nom}}", preheader="Trois minutes.", body="Bonjour,\n\nMerci.")
    assert text.holes() == {"nom"}
    assert text.check() == {}
    assert list(parse(source.replace("nom", "non")).check()) == ["subject"]


def test_a_personal_link_never_stands_in_the_subject() -> None:
    """Servers log subjects, and the team's lists of messages show them: a link is a key."""
    text = Text(subject="Répondez : {{ lien }}", preheader="{{lien}}", body="[Répondre]({{lien}})")

    assert {name: [each.message for each in found] for name, found in text.check().items()} == {
        "subject": ["«\u00a0{{lien}}\u00a0» se met dans le texte seulement."],
        "preheader": ["«\u00a0{{lien}}\u00a0» se met dans le texte seulement."],
    }


@pytest.mark.parametrize("source", ["", "Bonjour,", "Objet : a\n\nBonjour", "Aperçu : a\nObjet : b\n\nc"])
def test_another_file_is_refused_in_french(source: str) -> None:
    with pytest.raises(InvalidText) as refusal:
        parse(source)

    assert faults(str(refusal.value)) == []


def test_a_subject_holds_no_line_break() -> None:
    assert one_line("Alma\r\nBcc: tous@exemple.quebec\x00") == "Alma Bcc: tous@exemple.quebec"


# --- limits ---


def test_what_a_phone_cuts_is_shown() -> None:
    exact = Text(subject="a" * 60, preheader="b" * 90, body="")
    long = Text(
        subject="{{campagne}}\u00a0: le drapeau se lèvera-t-il chez vous?", preheader="b" * 91, body=""
    )

    assert limits(exact) == []
    told = limits(long)
    assert [sentence.replace("\u00a0", " ") for sentence in told] == [
        "L’objet a 69 caractères. Un téléphone en montre environ 60 et couperait « hez vous? ».",
        "L’aperçu a 91 caractères. Un téléphone en montre environ 90 et couperait « b ».",
    ]
    assert [fault for sentence in told for fault in faults(sentence)] == []


def test_limits_count_the_values_of_a_real_recipient() -> None:
    text = Text(subject="Le drapeau {{a_nom}}", preheader="{{inconnu}}", body="")

    assert limits(text) == []
    assert len(limits(text, {"a_nom": "à " + "L’Ange-Gardien-" * 4})) == 1


# --- one letter for several municipalities ---


def test_a_person_of_three_municipalities_gets_one_letter_with_three_buttons() -> None:
    text = Text(
        subject="Le drapeau {{a_nom}}",
        preheader="",
        body="{{salutation}}\n\n{{ceremonie_passee}}\n\n[Répondre]({{lien}})\n\nMerci.",
    )
    members = [
        {"salutation": "Bonjour Réal,", "nom": name, "a_nom": f"à {name}", "lien": f"https://a.quebec/{name}",
         "ceremonie_passee": past}
        for name, past in (("Alma", "Alma a levé."), ("Saint-Bruno", ""), ("Bégin", "Bégin aussi."))
    ]  # fmt: skip

    one, all_values = grouped(text, members)

    assert fill(one.subject, all_values) == "Le drapeau à Alma, à Saint-Bruno et à Bégin"
    assert fill(to_text(one.body), all_values) == (
        "Bonjour Réal,\n\nAlma a levé. Bégin aussi.\n\n"
        "Répondre – Alma\u00a0:\nhttps://a.quebec/Alma\n\n"
        "Répondre – Saint-Bruno\u00a0:\nhttps://a.quebec/Saint-Bruno\n\n"
        "Répondre – Bégin\u00a0:\nhttps://a.quebec/Bégin\n\nMerci.\n"
    )
    assert Tags(fill(to_html(one.body), all_values, escape=escape_html)).hrefs[::2] == [
        member["lien"] for member in members
    ]


def test_a_line_that_names_the_municipality_already_is_not_told_twice() -> None:
    text = Text(subject="", preheader="", body="[Inscrire {{nom}}]({{lien}})")
    members = [{"nom": name, "lien": f"https://a.quebec/{name}"} for name in ("Alma", "Bégin")]

    one, all_values = grouped(text, members, language="en")

    assert one.body == "[Inscrire {{nom_1}}]({{lien_1}})\n[Inscrire {{nom_2}}]({{lien_2}})"
    assert all_values["nom"] == "Alma and Bégin"


def test_one_municipality_keeps_its_text() -> None:
    text = Text(subject="", preheader="", body="[Répondre]({{lien}})")

    assert grouped(text, [EXAMPLES]) == (text, dict(EXAMPLES))


# --- what changed ---


def test_what_changes_from_last_year() -> None:
    before = "Bonjour,\n\nLa 11e édition commence.\nMerci.\n"
    after = "Bonjour,\n\nLa 12e édition commence.\nMerci.\nÀ bientôt.\n"

    assert diff(before, after) == [
        ("same", "Bonjour,\n\nLa "),
        ("removed", "11e"),
        ("added", "12e"),
        ("same", " édition commence.\nMerci.\n"),
        ("added", "À bientôt.\n"),
    ]
    assert diff(after, after) == [("same", after)]
    assert diff("", "") == []


@given(bodies, bodies)
def test_what_changes_rebuilds_both_texts(before: str, after: str) -> None:
    changes = diff(before, after)

    assert "".join(text for kind, text in changes if kind != "added") == before
    assert "".join(text for kind, text in changes if kind != "removed") == after
