"""The public way in: choose, fill, prove the address; nothing typed is ever lost."""

import pytest
import sqlalchemy as sa
from flask import Flask

from campaign.db import db
from campaign.participations import services
from campaign.participations.models import Mast, Participation, State
from campaign.territory.models import Territory
from campaign.web.limits import ONE_ADDRESS_LIMIT
from campaign.web.typed import printable
from tests import builders
from tests.builders import HEBERTVILLE, SHORTEST
from tests.pages import Client, Page
from tests.participations.letters import address_in, letters

FORM = f"/inscription/{HEBERTVILLE}"
SHEET = "form:has([name=cle])"
KNOWN = "info@ville.saint-bruno.qc.ca"
"""The address of the directory for this municipality."""

pytestmark = pytest.mark.usefixtures("directory")


@pytest.fixture(autouse=True)
def _edition(app: Flask) -> None:
    builders.open_edition(app)


def stored(app: Flask) -> list[Participation]:
    with app.app_context():
        return [
            services.get_participation(id_)
            for id_ in db.session.scalars(sa.select(Participation.id).order_by(Participation.id))
        ]


def errors(page: Page) -> dict[str, str]:
    """Each error by its field, the same in the summary as beside it."""
    beside = {
        str(tag["id"]).removesuffix("-erreur"): tag.get_text().strip()
        for tag in page.all(".field__error, .choices__error")
    }
    summary = {str(tag["href"])[1:]: tag.get_text().strip() for tag in page.all(".error-summary a")}
    assert summary == beside
    return summary


def typed(page: Page) -> dict[str, list[str]]:
    """What the form holds, but for what is the page's own business."""
    return {
        name: value
        for name, value in page.fields(SHEET).items()
        if name not in ("csrf_token", "cle", "fiche")
    }


# --- the shortest case --------------------------------------------------------------------------------


def test_six_answers_at_most_are_left_to_give(client: Client) -> None:
    page = client.visit(FORM)

    filled = page.fields(SHEET)
    required = {str(tag["name"]) for tag in page.all(f"{SHEET} [required]")}
    to_give = {name for name in required | set(SHORTEST) if not any(filled.get(name, []))}
    assert to_give == set(SHORTEST)
    assert len(to_give) <= 6
    assert filled["modes"] == ["lever_drapeau"]
    assert (filled["flag_on"], filled["flag_time"]) == (["2027-11-15"], ["10\u00a0h"])
    assert "newsletter" not in filled
    assert filled["media"] == ["non"]


def test_from_the_form_to_the_number(app: Flask, client: Client) -> None:
    asked = client.submit(client.visit(FORM), SHEET, **SHORTEST | {"email": KNOWN})
    assert asked.url == f"{FORM}/merci"
    assert asked.h1 == "Plus qu’une étape\u00a0: ouvrez votre courriel"
    (letter,) = letters(app)
    assert (letter.to_email, letter.to_name) == (KNOWN, "Manon Tremblay")

    page = client.visit(address_in(letter, "/confirmer/"))
    assert stored(app)[0].state is State.REGISTERED
    thanks = client.submit(page)

    (participation,) = stored(app)
    assert participation.state is State.CONFIRMED
    assert "Votre numéro est GSTP-2027-0001." in thanks.text
    assert thanks.h1 == "C’est noté!"
    assert [letter.template for letter in letters(app)] == [
        "participation_verification",
        "participation_confirmed",
    ]


def test_an_address_unknown_to_the_directory_is_looked_at_by_the_team_first(
    app: Flask, client: Client
) -> None:
    client.submit(client.visit(FORM), SHEET, **SHORTEST | {"email": "quelquun@gmail.com"})
    thanks = client.submit(client.visit(address_in(letters(app)[0], "/confirmer/")))

    (participation,) = stored(app)
    assert (participation.state, participation.needs_review) == (State.CONFIRMED, True)
    assert "l’équipe vérifie, puis publie" in thanks.text
    assert participation.event is not None
    assert client.get(f"/evenements/{participation.event.slug}").status_code == 404


@pytest.mark.parametrize("written", ["9h30", "9 h 30", "9:30", "09:30", "930", "9 H 30"])
def test_the_hour_is_taken_as_written(app: Flask, client: Client, written: str) -> None:
    client.submit(client.visit(FORM), SHEET, **SHORTEST | {"flag_time": written})

    event = stored(app)[0].event
    assert event is not None
    assert str(event.sessions[0].starts_at) == "2027-11-15 14:30:00+00:00"


def test_the_same_hour_is_another_instant_in_the_other_saint_augustin(app: Flask, client: Client) -> None:
    for code in (builders.SAINT_AUGUSTIN_OF_THE_COAST, builders.SAINT_AUGUSTIN_OF_THE_LAKE):
        client.submit(client.visit(f"/inscription/{code}"), SHEET, **SHORTEST)

    events = [participation.event for participation in stored(app)]
    assert [str(event and event.sessions[0].starts_at) for event in events] == [
        "2027-11-15 14:00:00+00:00",
        "2027-11-15 15:00:00+00:00",
    ]


def test_a_merged_municipality_leads_to_its_successor_and_an_unknown_one_to_help(client: Client) -> None:
    client.visit("/inscription/00000", 404)
    client.visit("/inscription?q=st+augustin")


# --- what is refused, with what was typed -------------------------------------------------------------

FULL = {
    "modes": ["lever_drapeau", "resolution", "autre"],
    "other_mode": "Lâcher de ballons 🎈",
    "flag_on": "2027-11-16",
    "flag_time": "13 h 30",
    "place": "Aréna, 12, rue Principale",
    "opening": "invitation",
    "mast": "un_seul",
    "lowered_on": "2027-11-20",
    "children": "oui",
    "children_count": "25",
    "childcare": "CPE Les Petits Pas",
    "elected_name": "Éloïse D’Astous",
    "elected_role": "Mairesse",
    "plan_b": "interieur",
    "plan_b_place": "Gymnase",
    "resolution": "a_l_ordre_du_jour",
    "resolution_on": "2027-10-04",
    "resolution_number": "2027-145",
    "kit": "oui",
    "kit_flags": "1",
    "kit_posters": "3",
    "delivery_address": "C.P. 47, Hébertville",
    "delivery_hours": "Mardi et jeudi, 9 h à 16 h",
    "delivery_attention": "Manon",
    "first_name": "Manon",
    "last_name": "Tremblay-Côté",
    "role": "DG",
    "email": KNOWN,
    "phone": "418 555-0123",
    "extension": "12",
    "second_name": "Luc Roy",
    "second_email": "luc@exemple.quebec",
    "media": "oui",
    "language": "francais_et_anglais",
    "is_child_friendly": "1",
    "newsletter": "1",
    "authority": "1",
}  # fmt: skip
"""Every question answered; the kit cannot go to a post-office box."""


def kept(page: Page) -> None:
    """Every answer of `FULL` is in the form of the page, boxes ticked included."""
    held = typed(page)
    assert {name: held.get(name) for name in FULL} == {
        name: value if isinstance(value, list) else [value] for name, value in FULL.items()
    }


def test_a_refused_form_keeps_everything(app: Flask, client: Client) -> None:
    page = client.submit(client.visit(FORM), SHEET, status=422, **FULL)

    assert set(errors(page)) == {"delivery_address"}
    assert "case postale" in errors(page)["delivery_address"]
    assert page.all("details.fold:not([open]) .field__error") == []
    kept(page)
    assert stored(app) == []


def test_a_form_whose_page_is_too_old_keeps_everything(app: Flask, client: Client) -> None:
    page = client.visit(FORM)
    client.delete_cookie("pavois")

    again = client.submit(page, SHEET, status=400, **FULL)

    assert "La page est restée ouverte trop longtemps" in again.text
    kept(again)
    done = client.submit(again, SHEET, delivery_address="12, rue Principale")
    assert done.url == f"{FORM}/merci"
    assert len(stored(app)) == 1


def test_a_form_sent_too_often_keeps_everything(app: Flask, client: Client) -> None:
    page = client.visit(FORM)
    for _ in range(20):
        client.send(page, SHEET, **FULL)

    again = client.submit(page, SHEET, status=429, **FULL | {"delivery_address": "12, rue Principale"})

    assert "patientez" in again.text
    assert typed(again)["delivery_address"] == ["12, rue Principale"]
    assert typed(again)["modes"] == FULL["modes"]
    assert stored(app) == []


def test_who_comes_second_keeps_everything_and_may_ask_for_the_link(app: Flask, client: Client) -> None:
    with app.app_context(), builders.transaction():
        builders.register()
    full = FULL | {"delivery_address": "12, rue Principale"}

    page = client.submit(client.visit(FORM), SHEET, status=409, **full)

    assert "Elle a été inscrite par M. T." in page.text
    assert "Manon Tremblay\n" not in page.text
    assert typed(page)["elected_name"] == ["Éloïse D’Astous"]
    sent = client.submit(page, 'form[action="/inscription/lien"]', email=KNOWN)
    assert sent.h1 == "Demande reçue"
    assert [letter.to_email for letter in letters(app)] == [KNOWN]


@pytest.mark.parametrize(
    ("answers", "wrong"),
    [
        ({"modes": None}, {"modes": "Cochez au moins une façon de participer."}),
        ({"place": ""}, {"place": "Inscrivez le lieu du lever"}),
        ({"flag_on": ""}, {"flag_on": "Inscrivez la date du lever."}),
        ({"flag_time": "tantôt"}, {"flag_time": "Inscrivez l’heure"}),
        ({"flag_on": "2027-03-14", "flag_time": "2 h 30"}, {"flag_time": "3\u00a0h"}),
        ({"flag_on": "2030-11-15"}, {"flag_on": "édition 2027"}),
        ({"lowered_on": "2027-11-14"}, {"lowered_on": "retiré avant d’être levé"}),
        ({"email": "manon"}, {"email": "Vérifiez l’adresse courriel"}),
        ({"phone": "555"}, {"phone": "dix chiffres"}),
        ({"authority": None}, {"authority": "Cochez cette case"}),
        ({"first_name": " "}, {"first_name": "Inscrivez le prénom"}),
        ({"last_name": ""}, {"last_name": "Inscrivez le nom"}),
        ({"kit": "oui"}, {"delivery_address": "adresse de livraison", "kit_flags": "combien"}),
        ({"plan_b": "reportee"}, {"plan_b_on": "Inscrivez la date"}),
        ({"resolution": "a_l_ordre_du_jour"}, {"resolution_on": "séance du conseil"}),
        ({"second_name": "Luc"}, {"second_email": "courriel de l’autre personne"}),
        ({"modes": "autre"}, {"other_mode": "Précisez"}),
        ({"place": "x" * 301}, {"place": "300"}),
        ({"children_count": "plusieurs"}, {"children_count": "nombre entier"}),
    ],
)  # fmt: skip
def test_each_mistake_is_told_beside_its_field_and_on_top(
    app: Flask, client: Client, answers: dict[str, str | None], wrong: dict[str, str]
) -> None:
    page = client.submit(client.visit(FORM), SHEET, status=422, **{**SHORTEST, **answers})

    found = errors(page)
    assert found.keys() == wrong.keys()
    assert all(words in found[field] for field, words in wrong.items())
    assert stored(app) == []


def test_without_a_flag_neither_hour_nor_place_is_asked(app: Flask, client: Client) -> None:
    answers = SHORTEST | {"modes": "resolution", "place": "", "flag_time": "", "flag_on": ""}

    client.submit(client.visit(FORM), SHEET, **answers)

    assert stored(app)[0].event is None


def test_a_day_outside_the_week_is_accepted_and_noticed(app: Flask, client: Client) -> None:
    page = client.submit(client.visit(FORM), SHEET, **SHORTEST | {"flag_on": "2027-11-12"})

    assert "en dehors de la semaine" in page.text
    assert len(stored(app)) == 1


def test_a_likely_slip_is_asked_about_once_and_nothing_leaves_meanwhile(app: Flask, client: Client) -> None:
    page = client.submit(client.visit(FORM), SHEET, status=422, **SHORTEST | {"email": "Manon@hotmial.com"})
    assert "manon@hotmail.com" in errors(page)["email"]
    assert letters(app) == []

    client.submit(page, SHEET)

    assert [letter.to_email for letter in letters(app)] == ["manon@hotmial.com"]


def test_an_address_corrected_before_the_proof_gets_the_letter(app: Flask, client: Client) -> None:
    page = client.visit(FORM)
    client.submit(page, SHEET, **SHORTEST)

    done = client.submit(
        page, SHEET, **SHORTEST | {"email": KNOWN}
    )  # the page before, by the browser's arrow

    assert done.url == f"{FORM}/merci"
    assert [letter.to_email for letter in letters(app)] == ["manon@exemple.quebec", KNOWN]
    client.visit(address_in(letters(app)[0], "/confirmer/"), 410)
    assert len(stored(app)) == 1


HOSTILE = {
    "opening": "partout", "mast": "deux", "children": "peut-être", "plan_b": "x", "resolution": "y",
    "kit": "z", "media": "tous", "language": "klingon",
}  # fmt: skip


def test_values_that_no_page_offers_are_the_usual_ones_and_publish_no_hour(
    app: Flask, client: Client
) -> None:
    data = client.visit(FORM).fields(SHEET) | {name: [value] for name, value in (SHORTEST | HOSTILE).items()}

    assert client.post(FORM, data=data).status_code == 303

    (participation,) = stored(app)
    assert participation.event is not None
    assert (participation.event.opening.value, participation.mast, participation.language.value) == (
        "non",
        Mast.UNKNOWN,
        "francais",
    )


@pytest.mark.parametrize(
    "text",
    [
        "Aréna\0\x07\x1b[31m",
        "🎈👩\u200d👧 Parc",
        "<script>alert(1)</script>",
        "x" * 300,
        "ﻼ\u202eparc",
        "{{ 7*7 }}",
    ],
)
def test_any_text_is_taken_or_refused_and_shown_as_text(app: Flask, client: Client, text: str) -> None:
    data = client.visit(FORM).fields(SHEET) | {name: [value] for name, value in SHORTEST.items()}
    data |= {name: [text[:80]] for name in ("first_name", "last_name", "childcare", "delivery_hours")}
    data |= {"place": [text], "cle": [text * 3], "fiche": [text]}

    response = client.post(FORM, data=data, follow_redirects=True)

    assert response.status_code == 200
    (participation,) = stored(app)
    page = client.submit(client.visit(address_in(letters(app)[0], "/confirmer/")))
    assert participation.event is not None
    assert participation.event.place == printable(text)
    assert participation.event.place in page.soup.get_text()


def test_ten_thousand_signs_in_every_field_are_refused_in_words(app: Flask, client: Client) -> None:
    page = client.visit(FORM)
    data = {
        name: ["x" * 10_000]
        for name in page.fields(SHEET)
        if name not in ("csrf_token", "modes", "authority", "site_web")
    }

    response = client.post(FORM, data=data | {"csrf_token": page.fields(SHEET)["csrf_token"]})

    assert response.status_code == 422
    assert stored(app) == []


def test_a_robot_is_thanked_and_nothing_is_kept(app: Flask, client: Client) -> None:
    page = client.submit(client.visit(FORM), SHEET, **SHORTEST | {"site_web": "https://pilules.example"})

    assert page.url == f"{FORM}/merci"
    assert (stored(app), letters(app)) == ([], [])


# --- the letter's link, and asking for another --------------------------------------------------------


def test_opening_the_letter_confirms_nothing(app: Flask, client: Client) -> None:
    client.submit(client.visit(FORM), SHEET, **SHORTEST)
    address = address_in(letters(app)[0], "/confirmer/")

    for _ in range(3):
        client.visit(address)
        client.head(address)

    assert stored(app)[0].state is State.REGISTERED


def test_an_unknown_letter_gets_a_helpful_page(client: Client) -> None:
    page = client.visit("/inscription/confirmer/inconnu", 404)

    assert page.h1 == "Recevez un nouveau lien personnel"


@pytest.mark.parametrize("is_registered", [False, True])
@pytest.mark.parametrize("email", [KNOWN, "inconnu@exemple.quebec"])
def test_asking_for_a_link_is_always_answered_alike(
    app: Flask, client: Client, email: str, is_registered: bool
) -> None:
    if is_registered:
        builders.confirmed(app)
    before = len(letters(app))

    page = client.submit(client.visit("/inscription/lien"), municipality="hebertville", email=email)

    assert (page.url, page.h1) == ("/inscription/lien/envoye", "Demande reçue")
    assert [letter.to_email for letter in letters(app)[before:]] == [KNOWN] * (email == KNOWN)
    if email == KNOWN:
        client.visit(address_in(letters(app)[-1], "/p/"))


def test_of_two_towns_of_one_name_each_gets_its_own_link(app: Flask, client: Client) -> None:
    client.submit(
        client.visit("/inscription/lien"), municipality="Saint-Augustin", email="dg@staugustinlacstjean.ca"
    )

    (letter,) = letters(app)
    assert "Maria-Chapdelaine" in client.visit(address_in(letter, "/p/")).text


def test_one_address_is_not_buried_under_letters(app: Flask, client: Client) -> None:
    victim, most = "victime@exemple.org", int(ONE_ADDRESS_LIMIT.split()[0])
    with app.app_context():
        codes = list(
            db.session.scalars(
                sa.select(Territory.geo_code)
                .where(Territory.is_local, Territory.valid_to.is_(None))
                .limit(most + 1)
            )
        )
    for code in codes[:most]:
        assert (
            client.send(
                client.visit(f"/inscription/{code}"), SHEET, **SHORTEST | {"email": victim}
            ).status_code
            == 303
        )

    page = client.visit(f"/inscription/{codes[most]}")
    client.submit(page, SHEET, status=429, **SHORTEST | {"email": victim.upper()})

    assert len(stored(app)) == len(letters(app)) == most
    assert client.send(page, SHEET, **SHORTEST).status_code == 303
