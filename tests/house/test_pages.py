"""The checks made at each visit find what they are there to find."""

import pytest
from werkzeug.test import TestResponse, run_wsgi_app
from werkzeug.wrappers import Request, Response

from tests import typography
from tests.pages import Page, checked, faults

SOUND = """<!doctype html>
<html lang="fr-CA"><head><title>Accueil</title><meta name="viewport" content="width=device-width"></head>
<body><main><h1>Bonjour</h1><h2>Suite</h2>
<p>Le 15\u00a0novembre, à 9\u00a0h\u00a030\u00a0: «\u00a0l’hymne\u00a0»!</p>
<form method="post"><input type="hidden" name="csrf_token" value="x"><label for="nom">Nom</label>
<input id="nom" name="nom"><button type="submit">Envoyer</button></form></main></body></html>
"""


def page(html: str, status: int = 200) -> Page:
    request = Request.from_values("/essai")
    chunks, line, headers = run_wsgi_app(Response(html, status, mimetype="text/html"), request.environ)
    return Page(TestResponse(chunks, line, headers, request))


def test_a_sound_page_has_no_fault() -> None:
    assert list(faults(page(SOUND))) == []


@pytest.mark.parametrize(
    ("sound", "broken", "found"),
    [
        ('lang="fr-CA"', 'lang="en"', "html lang"),
        ("<title>Accueil</title>", "", "no title"),
        ("<h1>Bonjour</h1>", "<h1>Bonjour</h1><h1>Encore</h1>", "one h1"),
        ("<h2>Suite</h2>", "<h3>Suite</h3>", "level skipped"),
        ("<h2>Suite</h2>", "<h2>Suite", "closes"),
        ('for="nom"', "", "field without label"),
        ('for="nom"', 'for="autre"', "for to nothing"),
        ('<p>', '<p id="nom">', "id used twice"),
        ('<p>', '<p class="a" class="b">', "given twice"),
        ('name="csrf_token" value="x"', 'name="csrf_token" value=""', "without csrf_token"),
        ('method="post"', 'method="get"', "would end in the address"),
        ('<button type="submit">', '<button type="button">', "cannot be sent without script"),
        ('<button type="submit">', "<button>", "button without type"),
        ("Envoyer", "", "without words"),
        ("<p>", '<p style="color:red">', "inline style"),
        ("<p>", '<p onclick="go()">', "inline handler"),
        ("<p>", "<script>go()</script><p>", "inline script"),
        ("<p>", '<a href="javascript:go()">Aller</a><p>', "script address"),
        ("<p>", '<img src="https://ailleurs.example/x.png" alt="Un drapeau"><p>', "another site"),
        ("<p>", '<img src="/static/img/absent.svg" alt="Un drapeau"><p>', "no such file"),
        ("<p>", '<img src="/x.svg"><p>', "img without alt"),
        ("<p>", "<svg></svg><p>", "neither named nor hidden"),
        ("<p>", "<table><tr><td>1</td></tr></table><p>", "table without caption"),
        ("<p>", '<a href="#absent">Aller</a><p>', "link to nothing"),
        ("’", "'", "apostrophe"),
    ],
)  # fmt: skip
def test_each_fault_is_found(sound: str, broken: str, found: str) -> None:
    html = SOUND.replace(sound, broken, 1)

    assert html != SOUND
    assert found in "\n".join(faults(page(html)))


def test_a_visit_fails_on_a_fault_or_another_status() -> None:
    with pytest.raises(AssertionError, match="inline style"):
        checked(page(SOUND.replace("<p>", '<p style="color:red">')).response)
    with pytest.raises(AssertionError, match="404"):
        checked(page(SOUND, 404).response)


@pytest.mark.parametrize(
    "text",
    [
        "l'hymne",
        'le "drapeau"',
        "« le drapeau »",
        "Nom:",
        "Nom :",
        "Bravo !",
        "Pourquoi\u00a0?",
        "attendez...",
        "à 9 h",
        "à 9\u00a0h 30",
        "60 %",
        "60%",
        "1 098 municipalités",
        "le 15 novembre",
        "19\u202fh",
    ],
)
def test_typography_is_wrong(text: str) -> None:
    assert typography.faults(text) != []


@pytest.mark.parametrize(
    "text",
    [
        "l’hymne et «\u00a0le drapeau\u00a0»",
        "Nom\u00a0: Saint-Louis-du-Ha! Ha!",
        "Pourquoi?",
        "De 9\u00a0h à 10\u00a0h\u00a030, 1\u00a0098 municipalités, 60\u00a0%",
        "le 15\u00a0novembre 2027 à 19:30",
        "https://exemple.quebec/a:b?c et bonjour@exemple.quebec",
        "418\u00a0756-3554",
    ],
)
def test_typography_is_right(text: str) -> None:
    assert typography.faults(text) == []
