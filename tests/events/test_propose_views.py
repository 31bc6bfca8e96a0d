"""« Proposer une activité », by a person without script: form, preview, letter, link."""

import io
import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from PIL import Image
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import stream_encode_multipart

from campaign import clock
from campaign.config import Settings
from campaign.db import db, transaction
from campaign.events import changes, proposals
from campaign.events.models import (
    Event,
    EventAction,
    EventState,
    Picture,
    Proposal,
    ProposalState,
    Session,
)
from campaign.outbox.models import Message
from campaign.web.filters import full_date
from tests.builders import DAY_J, NOW, open_edition
from tests.events.proposing import EMAIL, TEAM, trusted
from tests.pages import Client, Page

NBSP = "\u00a0"

SHORTEST = {
    "title": "Heure du conte en pyjama",
    "activity_type": "heure-du-conte",
    "description": "Des histoires à partager.",
    "audiences": ["3-5-ans", "parents"],
    "dates-0-day": "2027-11-15",
    "dates-0-starts": "10h",
    "dates-0-ends": "11 h 30",
    "place": "Bibliothèque",
    "municipality": "Hébertville",
    "organizer_name": "Bibliothèque d’Hébertville",
    "organizer_kind": "bibliotheque",
    "email": EMAIL,
}


@pytest.fixture(autouse=True)
def _september(app: Flask, directory: None) -> Iterator[None]:
    open_edition(app)
    with clock.pretend(NOW):
        yield


def preview(client: Client, **changes: Any) -> Page:
    page = client.visit("/calendrier/proposer")
    return client.submit(page, button="Continuer", **(SHORTEST | changes))


def propose(client: Client, **changes: Any) -> Page:
    return client.submit(preview(client, **changes), button="Soumettre mon activité")


def link(app: Flask) -> str:
    """The address in the latest letter."""
    with app.app_context():
        letter = db.session.scalars(sa.select(Message).order_by(Message.id.desc())).first()
    assert letter is not None
    found = re.search(r"/calendrier/proposition/\S+", letter.text)
    assert found is not None
    return found[0]


def published(app: Flask, client: Client, **changes: Any) -> str:
    """The link of an activity that the team has approved."""
    propose(client, **changes)
    address = link(app)
    client.submit(client.visit(address), button="Confirmer et soumettre mon activité")
    with app.app_context(), transaction():
        proposal = proposals.get_by_token(address.rpartition("/")[2])
        proposals.approve(proposal, author=TEAM, now=NOW)
    return address


def image() -> FileStorage:
    """A photo on this computer."""
    written = io.BytesIO()
    Image.new("RGB", (60, 40), "red").save(written, "JPEG")
    return file(written.getvalue(), "photo.jpg")


def file(content: bytes, name: str) -> FileStorage:
    return FileStorage(io.BytesIO(content), filename=name, content_type="application/octet-stream")


def post(client: Client, address: str, data: dict[str, Any], page: Page, **changes: Any) -> Any:
    """A form with a file, as a browser sends it."""
    body, _length, boundary = stream_encode_multipart(
        MultiDict(page.fields() | data | changes), use_tempfile=False
    )
    kind = f"multipart/form-data; boundary={boundary}"
    return client.post(address, data=body.read(), content_type=kind, follow_redirects=True)


def in_calendar(app: Flask) -> list[tuple[str, str, EventState]]:
    with app.app_context():
        return [(one.title, one.place, one.state) for one in db.session.scalars(sa.select(Event))]


def stored(app: Flask) -> list[tuple[ProposalState, str]]:
    with app.app_context():
        return [
            (one.state, one.title) for one in db.session.scalars(sa.select(Proposal).order_by(Proposal.id))
        ]


def test_from_the_form_to_the_team(app: Flask, client: Client) -> None:
    shown = preview(client)
    assert f"Lundi 15{NBSP}novembre{NBSP}2027, de 10{NBSP}h à 11{NBSP}h{NBSP}30" in shown.text
    assert stored(app) == []

    thanks = client.submit(shown, button="Soumettre mon activité")
    assert thanks.h1 == "Vérifiez votre courriel"
    assert stored(app) == [(ProposalState.DRAFT, "Heure du conte en pyjama")]

    opened = client.visit(link(app))
    assert stored(app)[0][0] is ProposalState.DRAFT
    done = client.submit(opened, button="Confirmer et soumettre mon activité")

    assert "Votre activité est soumise." in done.text
    assert stored(app)[0][0] is ProposalState.SUBMITTED


def test_a_municipality_page_leads_to_a_form_that_names_it(client: Client) -> None:
    page = client.visit("/calendrier/proposer?municipalite=93022")

    assert page.one("#municipality")["value"] == "Hébertville (municipalité, MRC Lac-Saint-Jean-Est)"
    assert client.visit("/calendrier/proposer?municipalite=inconnue").one("#municipality")["value"] == ""


def test_an_empty_form_says_what_is_missing_and_keeps_the_rest(client: Client) -> None:
    page = client.submit(
        client.visit("/calendrier/proposer"), button="Continuer", status=422, description="Une histoire."
    )

    assert page.texts(".error-summary li") == [
        "Inscrivez le titre de l’activité.",
        "Choisissez le type d’activité.",
        "Cochez au moins un public.",
        "Inscrivez la date.",
        f"Inscrivez l’heure du début, par exemple «{NBSP}10{NBSP}h{NBSP}».",
        f"Inscrivez le lieu, par exemple «{NBSP}Bibliothèque, 12, rue Principale{NBSP}».",
        "Inscrivez la municipalité.",
        "Inscrivez le nom de l’organisme.",
        "Choisissez le type d’organisme.",
        "Inscrivez l’adresse courriel.",
    ]
    assert page.one("#description").text.strip() == "Une histoire."
    for target in page.all(".error-summary a"):
        assert page.one(str(target["href"]))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"dates-0-starts": "vers midi"}, f"Inscrivez l’heure, par exemple «{NBSP}10{NBSP}h{NBSP}»."),
        ({"dates-0-day": "2027-08-31"}, "Cette date est passée. Inscrivez une date à venir."),
        (
            {"dates-0-day": "2031-01-01"},
            f"Inscrivez une date de l’édition 2027{NBSP}: celle-ci en est trop éloignée.",
        ),
        (
            {"dates-0-last_day": "2027-11-16"},
            "Laissez les heures vides pour des jours entiers, ou effacez ce jour.",
        ),
        ({"rhythm": "chaque-semaine"}, "Inscrivez jusqu’à quel jour l’activité se répète."),
        (
            {"rhythm": "chaque-jour", "until": "2028-11-16"},
            "Une activité a au plus 60 dates. Choisissez un dernier jour plus proche.",
        ),
        (
            {"dates-0-day": "2028-03-12", "dates-0-starts": "2 h 30", "dates-0-ends": ""},
            f"Cette heure n’existe pas le dimanche 12{NBSP}mars{NBSP}2028{NBSP}: on avance l’heure. "
            f"Inscrivez «{NBSP}3{NBSP}h{NBSP}».",
        ),
        (
            {
                "dates-0-day": "2028-02-27",
                "dates-0-starts": "2 h 30",
                "rhythm": "deux-semaines",
                "until": "2028-03-12",
            },
            f"Cette heure n’existe pas le dimanche 12{NBSP}mars{NBSP}2028{NBSP}: on avance l’heure. "
            f"Inscrivez «{NBSP}3{NBSP}h{NBSP}».",
        ),
        ({"municipality": "Zzzz"}, "Aucune municipalité de ce nom. Essayez le début du nom."),
        ({"format": "en-ligne"}, "Inscrivez le lien pour participer en ligne."),
        (
            {"format": "hybride", "online_url": "javascript:alert(1)"},
            f"Vérifiez le lien{NBSP}: il doit ressembler à «{NBSP}https://exemple.ca/salle{NBSP}».",
        ),
        ({"where": "region"}, "Choisissez la région."),
        (
            {"where": "quebec"},
            "Une activité sur place se rattache à une municipalité, ou à une région entière.",
        ),
        ({"cost": "montant"}, f"Inscrivez le montant, par exemple «{NBSP}5{NBSP}$ par enfant{NBSP}»."),
        (
            {"needs_registration": "oui"},
            f"Dites comment s’inscrire{NBSP}: une adresse, un téléphone, un lien.",
        ),
        ({"title": "x" * 81}, f"Ce texte est trop long{NBSP}: 80 caractères au plus."),
        ({"description": "x" * 601}, f"Ce texte est trop long{NBSP}: 600 caractères au plus."),
    ],
)
def test_what_cannot_be_is_said_beside_its_question(
    client: Client, changes: dict[str, str], sentence: str
) -> None:
    page = client.submit(
        client.visit("/calendrier/proposer"), button="Continuer", status=422, **(SHORTEST | changes)
    )

    assert page.texts(".error-summary li") == [sentence]
    assert page.one("#title")["value"] == changes.get("title", SHORTEST["title"])


def test_a_slip_in_the_address_is_asked_about_once(client: Client) -> None:
    asked = client.submit(
        client.visit("/calendrier/proposer"), button="Continuer", status=422,
        **(SHORTEST | {"email": "manon@hotmial.com"}),
    )  # fmt: skip
    assert f"«{NBSP}manon@hotmail.com{NBSP}»" in asked.text

    assert client.submit(asked, button="Continuer").h1 == "Relisez votre activité"


def test_homonyms_are_chosen_from(client: Client) -> None:
    asked = client.submit(
        client.visit("/calendrier/proposer"), button="Continuer", status=422,
        **(SHORTEST | {"municipality": "Saint-Augustin"}),
    )  # fmt: skip

    labels = [str(tag["value"]) for tag in asked.all("[name=municipality_choice]")]
    assert "Saint-Augustin (municipalité, MRC Le Golfe-du-Saint-Laurent)" in labels

    shown = client.submit(asked, button="Continuer", municipality_choice=labels[0])

    assert labels[0] in shown.text


def test_what_a_suggestion_wrote_is_understood(client: Client) -> None:
    label = "Saint-Augustin (municipalité, MRC Le Golfe-du-Saint-Laurent)"

    shown = preview(client, municipality=label)

    assert label in shown.text
    assert "heure normale de l’Atlantique" in shown.text


def test_a_date_is_added_and_nothing_typed_is_lost(client: Client) -> None:
    more = client.submit(client.visit("/calendrier/proposer"), button="Ajouter une date", **SHORTEST)
    assert more.one("#title")["value"] == SHORTEST["title"]
    assert more.one("[autofocus]")["name"] == "dates-1-day"

    shown = client.submit(more, button="Continuer", **{"dates-1-day": "2027-11-17", "dates-1-starts": "14 h"})

    assert shown.texts("article li") == [
        f"Lundi 15{NBSP}novembre{NBSP}2027, de 10{NBSP}h à 11{NBSP}h{NBSP}30",
        f"Mercredi 17{NBSP}novembre{NBSP}2027, 14{NBSP}h",
    ]


def test_a_line_left_empty_does_not_count(client: Client) -> None:
    more = client.submit(client.visit("/calendrier/proposer"), button="Ajouter une date", **SHORTEST)

    assert client.submit(more, button="Continuer").texts("article li") == []


def test_the_enter_key_never_adds_a_date(client: Client) -> None:
    first = client.visit("/calendrier/proposer").all("form[method=post] button")[0]

    assert (first["name"], first["value"]) == ("etape", "apercu")


def test_each_date_of_a_repetition_is_shown_before_anything_is_kept(client: Client) -> None:
    shown = preview(client, rhythm="chaque-semaine", until="2027-11-29")

    assert [line.partition(",")[0] for line in shown.texts("article li")] == [
        f"Lundi 15{NBSP}novembre{NBSP}2027",
        f"Lundi 22{NBSP}novembre{NBSP}2027",
        f"Lundi 29{NBSP}novembre{NBSP}2027",
    ]


def test_an_hour_that_the_clocks_tell_twice_is_said(client: Client) -> None:
    shown = preview(
        client, **{"dates-0-day": "2027-11-07", "dates-0-starts": "1 h 30", "dates-0-ends": "3 h"}
    )

    assert "arrive deux fois. Nous prenons la première." in shown.text
    assert "Aucune date n’est dans la semaine de l’édition." in shown.text


def test_whole_days_for_a_whole_region_online(app: Flask, client: Client) -> None:
    shown = preview(
        client, format="en-ligne", online_url="exemple.ca/expo", where="region", region="02",
        **{"dates-0-starts": "", "dates-0-ends": "", "dates-0-last_day": "2027-11-21"},
    )  # fmt: skip
    assert f"Du 15 au 21{NBSP}novembre{NBSP}2027" in shown.text

    client.submit(shown, button="Soumettre mon activité")

    with app.app_context():
        proposal = db.session.scalars(sa.select(Proposal)).one()
        told = proposals.written(proposal)
        assert (proposal.territory_id, proposal.region_code) == (None, "02")
        assert (told.online_url, told.place) == ("https://exemple.ca/expo", "")


def test_going_back_to_correct_loses_nothing(client: Client) -> None:
    form = client.submit(preview(client), button="Corriger")

    assert form.one("#title")["value"] == SHORTEST["title"]
    assert form.one("#description").text.strip() == SHORTEST["description"]
    assert [str(tag["value"]) for tag in form.all("[name=audiences][checked]")] == ["3-5-ans", "parents"]


def test_an_image_survives_every_attempt(app: Flask, client: Client, settings: Settings) -> None:
    page = client.visit("/calendrier/proposer")
    refused = post(
        client, "/calendrier/proposer", SHORTEST | {"etape": "apercu"}, page, title="", image=image()
    )
    assert refused.status_code == 422
    again = Page(refused)
    assert "Décrivez l’image en une phrase, pour qui ne la voit pas." in again.text
    assert client.get(str(again.one(".picture-preview")["src"])).mimetype == "image/jpeg"

    shown = client.submit(again, button="Continuer", title="Conte", alt="Un carré rouge", credit="Léa")
    assert shown.one("article img")["alt"] == "Un carré rouge"
    form = client.submit(shown, button="Corriger")
    client.submit(client.submit(form, button="Continuer"), button="Soumettre mon activité")

    with app.app_context():
        picture = db.session.scalars(sa.select(Picture)).one()
        assert (picture.alt, picture.credit, picture.width) == ("Un carré rouge", "Léa", 60)
        assert db.session.scalars(sa.select(Proposal)).one().picture_id == picture.id
    assert len(list((settings.upload_dir / "images").iterdir())) == 1


def test_an_image_may_be_taken_out(app: Flask, client: Client) -> None:
    page = client.visit("/calendrier/proposer")
    form = Page(post(client, "/calendrier/proposer", SHORTEST | {"etape": "corriger"}, page, image=image()))

    shown = client.submit(form, button="Continuer", drops_picture="1")

    assert shown.all("article img") == []


def test_what_is_not_an_image_is_refused_beside_its_question(client: Client, settings: Settings) -> None:
    page = client.visit("/calendrier/proposer")
    answer = post(
        client, "/calendrier/proposer", SHORTEST | {"etape": "apercu"}, page,
        image=file(b"%PDF-1.7", "affiche.pdf"),
    )  # fmt: skip

    assert answer.status_code == 422
    refused = Page(answer)
    assert refused.texts("#image-erreur") == [
        "Ce fichier n’est pas une image. Choisissez un fichier JPEG, PNG ou WebP."
    ]
    assert refused.one("#title")["value"] == SHORTEST["title"]
    assert not (settings.upload_dir / "images").exists()


@pytest.mark.parametrize(("weight", "status"), [(9_000_000, 422), (25_000_000, 413)])
def test_an_image_too_heavy(client: Client, weight: int, status: int) -> None:
    page = client.visit("/calendrier/proposer")

    answer = post(
        client, "/calendrier/proposer", SHORTEST | {"etape": "apercu"}, page,
        image=file(b"\xff" * weight, "photo.jpg"),
    )  # fmt: skip

    assert answer.status_code == status


def test_other_forms_stay_light(client: Client) -> None:
    answer = client.post("/calendrier/proposition/lien", data={"email": "x" * 1_100_000})

    assert answer.status_code == 413


def test_a_robot_is_thanked_and_nothing_is_kept(app: Flask, client: Client) -> None:
    page = client.visit("/calendrier/proposer")

    thanked = client.submit(page, button="Continuer", site_web="https://spam.example", **SHORTEST)

    assert thanked.h1 == "Vérifiez votre courriel"
    assert stored(app) == []


def test_a_stale_page_is_drawn_again_with_all_that_was_typed(app: Flask, client: Client) -> None:
    answer = client.post("/calendrier/proposer", data=SHORTEST | {"etape": "soumettre"})

    assert answer.status_code == 400
    assert Page(answer).one("#title")["value"] == SHORTEST["title"]
    assert stored(app) == []


def test_letters_to_one_address_are_counted(app: Flask, client: Client) -> None:
    for number in range(30):
        client.send(preview(client, title=f"Conte {number}"), button="Soumettre mon activité")

    refused = client.submit(client.visit("/calendrier/proposer"), button="Continuer", status=429, **SHORTEST)

    assert "Trop d’envois en peu de temps." in refused.text
    assert refused.one("#title")["value"] == SHORTEST["title"]
    assert len(stored(app)) == 30


def test_the_button_pressed_twice_is_one_proposal(app: Flask, client: Client) -> None:
    shown = preview(client)

    client.submit(shown, button="Soumettre mon activité")
    client.submit(shown, button="Soumettre mon activité")

    assert len(stored(app)) == 1
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count(Message.id))) == 1


def test_a_likely_duplicate_is_shown_with_its_page_and_a_way_on(app: Flask, client: Client) -> None:
    published(app, client)

    shown = preview(client, title="heure du conte EN PYJAMA", email="autre@exemple.quebec")

    assert "Est-ce la même activité?" in shown.text
    assert client.visit(shown.link("Heure du conte en pyjama")).h1 == "Heure du conte en pyjama"
    client.submit(shown, button="Soumettre mon activité")
    assert len(stored(app)) == 2


def test_a_trusted_organizer_publishes_directly(app: Flask, client: Client) -> None:
    with app.app_context(), transaction():
        trusted()
    propose(client)

    done = client.submit(client.visit(link(app)), button="Confirmer et soumettre mon activité")

    assert "Votre activité est dans le calendrier." in done.text
    assert client.visit(done.link("Voir sa page dans le calendrier")).h1 == "Heure du conte en pyjama"


def test_its_author_corrects_what_was_sent_back(app: Flask, client: Client) -> None:
    propose(client)
    address = link(app)
    client.submit(client.visit(address), button="Confirmer et soumettre mon activité")
    with app.app_context(), transaction():
        proposal = proposals.get_by_token(address.rpartition("/")[2])
        proposals.send_back(proposal, reason="le lieu est fermé ce jour-là.", author=TEAM, now=NOW)

    page = client.visit(link(app))
    assert "Votre activité n’a pas été publiée, car le lieu est fermé ce jour-là." in page.text
    form = client.visit(page.link("La corriger"))
    assert form.one("#place")["value"] == "Bibliothèque"
    shown = client.submit(form, button="Continuer", place="École")
    done = client.submit(shown, button="Enregistrer ma modification")

    assert "Votre activité est soumise." in done.text
    with app.app_context():
        assert proposals.written(db.session.scalars(sa.select(Proposal)).one()).place == "École"


def test_a_change_waits_while_the_calendar_keeps_what_was_approved(app: Flask, client: Client) -> None:
    address = published(app, client)

    form = client.visit(client.visit(address).link("Modifier"))
    done = client.submit(
        client.submit(form, button="Continuer", place="Parc"), button="Enregistrer ma modification"
    )

    assert "Votre modification est soumise." in done.text
    assert "Ce que le calendrier montre encore\nLieu\nBibliothèque" in done.text
    assert in_calendar(app) == [("Heure du conte en pyjama", "Bibliothèque", EventState.PLANNED)]
    assert stored(app)[0][0] is ProposalState.REVISED

    kept = client.submit(done, button="Garder ce qui est publié")

    assert "Votre activité est dans le calendrier." in kept.text
    assert stored(app)[0][0] is ProposalState.PUBLISHED


def test_its_author_calls_it_off_with_a_reason(app: Flask, client: Client) -> None:
    address = published(app, client)
    page = client.visit(client.visit(address).link("Annuler l’activité"))

    assert "Indiquez la raison" in client.submit(page, button="Annuler l’activité", status=422).text
    done = client.submit(page, button="Annuler l’activité", reason="La conteuse est malade")

    assert "Cette activité est annulée." in done.text
    assert in_calendar(app)[0][2] is EventState.CANCELLED
    public = client.visit(done.link("Voir sa page dans le calendrier"))
    assert "annulée" in public.text
    assert "La conteuse est malade" in public.text
    assert client.visit(f"{address}/modifier").url == address


def test_its_author_withdraws_it_before_it_is_read(app: Flask, client: Client) -> None:
    propose(client)
    address = link(app)

    page = client.visit(client.visit(address).link("La retirer"))
    done = client.submit(page, button="Retirer l’activité")

    assert "Vous avez retiré cette activité." in done.text
    assert stored(app)[0][0] is ProposalState.WITHDRAWN


def test_a_lost_link_is_sent_again_to_its_address_alone(app: Flask, client: Client) -> None:
    address = published(app, client)
    page = client.visit("/calendrier/proposition/lien")

    known = client.submit(page, email=EMAIL)
    assert link(app) == address
    with app.app_context():
        before = db.session.scalar(sa.select(sa.func.count(Message.id)))
    stranger = client.submit(page, email="personne@exemple.quebec")

    assert known.text == stranger.text
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count(Message.id))) == before


@pytest.mark.parametrize("page", ["", "/modifier", "/annuler"])
def test_an_unknown_link_says_how_to_get_another(client: Client, page: str) -> None:
    unknown = client.visit(f"/calendrier/proposition/inconnu{page}", 404)

    assert unknown.h1 == "Recevez le lien de votre activité"


def everything(app: Flask) -> dict[str, list[Any]]:
    with app.app_context(), db.engine.connect() as connection:
        return {
            name: [tuple(row) for row in connection.execute(sa.select(table))]
            for name, table in db.metadata.tables.items()
        }


def test_a_scanner_that_opens_every_address_changes_nothing(app: Flask, client: Client) -> None:
    propose(client)
    address = link(app)
    before = everything(app)

    for page in ("", "/modifier", "/annuler", "/garder"):
        for method in ("GET", "HEAD"):
            client.open(f"{address}{page}", method=method)

    assert everything(app) == before


def test_pages_of_the_link_are_kept_by_nobody(app: Flask, client: Client) -> None:
    propose(client)

    headers = client.get(link(app)).headers

    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Robots-Tag"] == "noindex, nofollow"


def test_the_address_is_public_only_when_asked(app: Flask, client: Client) -> None:
    published(app, client)
    slug = client.visit(link(app)).link("Voir sa page dans le calendrier")

    assert EMAIL not in client.get(slug).text


def test_a_form_opened_before_a_postponement_does_not_take_it_back(app: Flask, client: Client) -> None:
    """Not even that of an organizer whom the team trusts, and whose changes are published at once."""
    address, by_then = published(app, client), DAY_J + timedelta(days=7)
    with app.app_context(), transaction():
        trusted()
    form = client.visit(client.visit(address).link("Modifier"))
    seen = client.submit(form, button="Continuer", title="Heure du conte en pyjama et doudou")
    with app.app_context(), transaction() as session:
        (event,) = changes.list_locked([session.scalars(sa.select(Event.id)).one()])
        told = changes.Change(action=EventAction.POSTPONE, days=7, reason="Neige")
        changes.apply(event, told, author=TEAM, now=clock.now())

    again = client.submit(seen, button="Enregistrer ma modification", status=409)
    at_preview = client.submit(form, button="Continuer", place="Parc", status=409)

    assert starts(app) == [by_then]
    assert again.one("[name=title]")["value"] == "Heure du conte en pyjama et doudou"
    assert again.texts("#entre-temps tbody th") == ["Titre", "Dates"]
    dates = again.texts("#entre-temps tbody tr:last-child td")
    assert [each.partition(", ")[0] for each in dates] == [full_date(by_then), full_date(DAY_J)]
    assert at_preview.one("#place")["value"] == "Parc"
    # Having read both, its author decides: here, to keep the new day.
    done = client.submit(again, button="Continuer", **{"dates-0-day": by_then.isoformat()})
    client.submit(done, button="Enregistrer ma modification")
    assert starts(app) == [by_then]
    assert in_calendar(app)[0][0] == "Heure du conte en pyjama et doudou"


def starts(app: Flask) -> list[date | None]:
    with app.app_context():
        return list(db.session.scalars(sa.select(Session.starts_on)))
