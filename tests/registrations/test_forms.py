"""What the form asks of each person, what it refuses, and that nothing typed is lost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from campaign import clock
from campaign.contacts.models import Language
from campaign.db import db, transaction
from campaign.events.models import Event
from campaign.registrations import queries
from campaign.registrations.models import (
    Answer,
    Attendee,
    AttendeeChoice,
    Question,
    QuestionKind,
    Registration,
    RegistrationRules,
    RegistrationState,
    SensitiveAnswer,
)
from campaign.territory.models import Territory
from campaign.web.filters import full_date
from tests.browser import gatherings
from tests.pages import Client, Page
from tests.registrations import world
from tests.registrations.test_public_views import RENEE, address, opened, register, registered

pytestmark = pytest.mark.usefixtures("directory")


def regional_day(app: Flask, **rules: Any) -> str:
    """The gathering that asks everything."""
    with app.app_context(), transaction() as session:
        event = gatherings.regional_day(session, clock.now())
        changed = session.get_one(RegistrationRules, event.id)
        for name, value in rules.items():
            setattr(changed, name, value)
        return event.slug


def answered(page: Page, row: int = 0, **more: str) -> dict[str, str]:
    """The shortest way through the form of that gathering."""
    names = [str(tag["name"]) for tag in page.all(f"[name^=people-{row}-]")]
    blocks = sorted({name for name in names if "atelier" in name})
    first = [str(page.all(f"[name={name}]")[0]["value"]) for name in blocks]
    lunch = next(str(tag["name"]) for tag in page.all(f"[name^=people-{row}-q][value=Oui]"))
    return {
        **{name.replace("people-0", f"people-{row}"): value for name, value in RENEE.items()},
        f"people-{row}-presence": "sur-place",
        **dict(zip(blocks, first, strict=True)),
        lunch: "Non",
        **more,
    }


def send(client: Client, page: Page, status: int = 200, **answers: str) -> Page:
    return client.submit(page, button="S’inscrire", status=status, **answers)


def count(app: Flask, model: type) -> int:
    with app.app_context():
        return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def test_each_question_left_open_has_its_sentence_and_a_line_in_the_summary(
    app: Flask, client: Client
) -> None:
    page = send(client, client.visit(address(regional_day(app))), 422, **{"people-0-organization": "CPE"})

    assert page.texts(".error-summary li") == [
        "Inscrivez le prénom.",
        "Inscrivez le nom.",
        "Inscrivez l’adresse courriel.",
        "Dites si vous participez sur place ou en ligne.",
        "Choisissez un atelier.",
        "Choisissez un atelier.",
        "Répondez à la question «\u00a0Dînerez-vous sur place?\u00a0».",
    ]
    assert page.one("[name=people-0-organization]")["value"] == "CPE"
    assert registered(app) == []


def test_the_choices_of_a_person_are_kept(app: Flask, client: Client) -> None:
    page = client.visit(address(regional_day(app)))

    send(client, page, **answered(page, **{"people-0-children": "2", "people-0-municipality": "Hébertville"}))

    (one,) = registered(app)
    with app.app_context():
        person = db.session.get_one(Attendee, one.attendees[0].id)
        assert (person.children, person.attends_online, person.may_be_contacted, person.accepts_photos) == (
            2, False, False, False,
        )  # fmt: skip
        assert person.territory_id is not None
        assert one.language is Language.FRENCH
        assert count(app, AttendeeChoice) == 2


def test_a_question_that_the_answers_do_not_open_is_ignored(app: Flask, client: Client) -> None:
    slug = regional_day(app)
    page = client.visit(address(slug))
    with app.app_context():
        event = db.session.scalar(sa.select(Event.id).where(Event.slug == slug))
        dependent = db.session.scalar(
            sa.select(Question.id).where(Question.event_id == event, Question.condition_id.is_not(None))
        )

    send(client, page, **answered(page, **{f"people-0-q{dependent}": "Avec Luc"}))

    with app.app_context():
        values = db.session.scalars(sa.select(Answer.value)).all()
    assert values == [{"reponse": "Non"}]


def test_nothing_sensitive_is_kept_without_an_express_consent(app: Flask, client: Client) -> None:
    page = client.visit(address(regional_day(app)))
    told = answered(page, **{"people-0-diet": "Allergie aux arachides"})

    refused = send(client, page, 422, **told)
    assert "elles ne sont pas gardées" in refused.text
    assert refused.one("[name=people-0-diet]")["value"] == "Allergie aux arachides"
    assert count(app, SensitiveAnswer) == 0

    send(client, refused, **{"people-0-sensitive_consent": "1"})
    with app.app_context():
        (kept,) = db.session.scalars(sa.select(SensitiveAnswer)).all()
        assert (kept.topic, kept.value, kept.purge_on) == (
            "alimentation", "Allergie aux arachides", gatherings.DAY + timedelta(days=30),
        )  # fmt: skip


def test_who_sees_it_and_until_when_is_said_before_consenting(app: Flask, client: Client) -> None:
    page = client.visit(address(regional_day(app)))

    fold = page.one("details:has([name=people-0-diet])").get_text(" ", strip=True)

    assert "Seules les personnes responsables de la logistique les voient." in fold
    assert f"effacées au plus tard le {full_date(gatherings.DAY + timedelta(days=30))}" in fold
    assert "Pour joindre un proche en cas de malaise." in fold
    assert not any(box.has_attr("checked") for box in page.all("input[type=checkbox]"))


def test_several_people_are_added_and_taken_away_without_script(app: Flask, client: Client) -> None:
    slug = opened(app, party_max=3)
    page = client.visit(address(slug))

    page = client.submit(page, button="Ajouter une personne", **RENEE)
    assert page.one("[name=people-0-first_name]")["value"] == "Renée"
    assert page.one("[name=people-1-organization]")["value"] == "CPE La Farandole"
    page = client.submit(
        page,
        button="Ajouter une personne",
        **{"people-1-first_name": "Luc", "people-1-last_name": "Roy"},
    )
    assert "Ajouter une personne" not in page.text
    data = page.fields() | {"etape": ["retirer-people-1"]}
    page = Page(client.post(address(slug), data=data))
    assert page.texts("[name$=first_name]") == ["", ""]
    send(client, page, **{"people-2-first_name": "Ève", "people-2-last_name": "Roy"})

    (one,) = registered(app)
    assert [person.first_name for person in one.attendees] == ["Renée", "Ève"]


def test_adding_a_person_leads_to_their_first_field(app: Flask, client: Client) -> None:
    page = client.visit(address(opened(app)))

    target = str(page.one("button[value=ajouter]")["formaction"]).partition("#")[2]
    longer = client.submit(page, button="Ajouter une personne", **RENEE)

    assert longer.one(f"#{target}")["name"] == "people-1-first_name"


def test_each_person_is_asked_what_they_accept_and_silence_is_no(app: Flask, client: Client) -> None:
    page = client.submit(client.visit(address(opened(app))), button="Ajouter une personne", **RENEE)
    page = client.submit(page, button="Ajouter une personne", **{
        "people-1-first_name": "Luc", "people-1-last_name": "Roy", "people-1-accepts_photos": "1",
    })  # fmt: skip
    assert "C’est non, à moins que cette personne vous ait dit oui." in page.text

    send(client, page, **{
        "people-0-may_be_contacted": "1", "people-2-first_name": "Ève", "people-2-last_name": "Roy",
    })  # fmt: skip

    (one,) = registered(app)
    told = {each.first_name: (each.may_be_contacted, each.accepts_photos) for each in one.attendees}
    assert told == {"Renée": (True, False), "Luc": (False, True), "Ève": (False, False)}


def test_a_municipality_is_suggested_and_its_homonyms_are_asked_about(app: Flask, client: Client) -> None:
    page = client.visit(address(opened(app)))
    line = page.one("[data-enhance=combobox]")
    assert (line["data-source"], line["data-fills"]) == ("/municipalites/recherche", "1")
    assert line.select_one("input")["name"] == "people-0-municipality"
    suggested = client.get("/municipalites/recherche?q=Saint-Sébastien").get_json()["resultats"]
    labels = [each["libelle"] for each in suggested]

    asked = send(client, page, 422, **RENEE, **{"people-0-municipality": "Saint-Sébastien"})
    offered = [each["value"] for each in asked.all("[name=people-0-municipality_choice]")]
    chosen = next(each for each in suggested if "Le Granit" in each["libelle"])
    send(client, asked, **{"people-0-municipality": chosen["libelle"]})

    assert set(offered) <= set(labels)
    assert len(offered) > 1
    (one,) = registered(app)
    with app.app_context():
        person = db.session.get_one(Attendee, one.attendees[0].id)
        assert db.session.get_one(Territory, person.territory_id).geo_code == chosen["code"]


def test_whoever_registers_others_receives_the_tickets(app: Flask, client: Client) -> None:
    slug = opened(app)

    register(
        client,
        slug,
        **{"people-0-email": "", "sender_name": "Anne Roy", "sender_email": "anne@exemple.quebec"},
    )

    (one,) = registered(app)
    assert (one.name, one.email, one.attendees[0].email) == ("Anne Roy", "anne@exemple.quebec", "")


def test_two_people_of_a_form_have_two_addresses(app: Flask, client: Client) -> None:
    page = client.submit(client.visit(address(opened(app))), button="Ajouter une personne", **RENEE)
    twin = {
        "people-1-first_name": "Luc",
        "people-1-last_name": "Roy",
        "people-1-email": "renee@exemple.quebec",
    }

    page = send(client, page, 422, **twin)

    assert "Une autre personne a la même adresse." in page.text


def test_a_likely_slip_in_the_address_is_asked_about_once(app: Flask, client: Client) -> None:
    page = send(
        client,
        client.visit(address(opened(app))),
        422,
        **(RENEE | {"people-0-email": "renee@hotmial.com"}),
    )

    assert "renee@hotmail.com" in page.text
    send(client, page)
    assert registered(app)[0].email == "renee@hotmial.com"


def test_a_group_is_one_choice_of_all_its_dates(app: Flask, client: Client) -> None:
    with app.app_context(), transaction() as session:
        slug = gatherings.training().slug
        assert session.scalar(sa.select(sa.func.count()).select_from(RegistrationRules)) == 1

    page = client.visit(address(slug))

    assert "Il reste 12 places." in page.text
    labels = page.texts("fieldset#people-0-cohort label")
    assert labels == [
        "Groupe 1\u00a0: 15\u00a0décembre\u00a02027 et 16\u00a0février\u00a02028",
        "Groupe 2\u00a0: 22\u00a0décembre\u00a02027 et 22\u00a0mars\u00a02028",
    ]
    closed, free = page.all("[name=people-0-cohort]")
    assert (closed.has_attr("disabled"), free.has_attr("disabled")) == (True, False)
    refused = send(client, page, 422, **(RENEE | {"people-0-cohort": str(closed["value"])}))
    assert "Ce groupe est complet. Choisissez un groupe." in refused.text
    send(client, refused, **{"people-0-cohort": str(free["value"])})
    assert registered(app)[0].attendees[0].cohort_id == int(str(free["value"]))


@pytest.mark.parametrize(
    ("rules", "sentence"),
    [
        ({"opens_at": clock.now() + timedelta(days=9)}, "Les inscriptions ouvrent le"),
        ({"closes_at": clock.now() - timedelta(days=1)}, "Les inscriptions sont closes."),
        ({"is_invitation_only": True}, "Cet événement est sur invitation."),
    ],
)
def test_outside_its_windows_the_form_is_a_plain_sentence(
    app: Flask, client: Client, rules: dict[str, Any], sentence: str
) -> None:
    slug = opened(app, **rules)

    page = client.visit(address(slug))

    assert sentence in page.text
    assert page.all("form:has([name=cle])") == []
    assert "S’inscrire" not in client.visit(f"/evenements/{slug}").text


def test_full_without_a_waiting_list_takes_nobody(app: Flask, client: Client) -> None:
    slug = opened(app, 1, has_waiting_list=False)
    sheet = client.visit(address(slug))
    register(client, slug)

    late = client.send(sheet, button="S’inscrire", **(RENEE | {"people-0-email": "luc@exemple.quebec"}))

    assert late.status_code == 409
    assert "il n’y a pas de liste d’attente" in late.text
    assert 'value="luc@exemple.quebec"' in late.text
    assert "C’est complet" in client.visit(address(slug)).text


TWO_MORE = {
    f"people-{number}-{name}": value
    for number, first in ((1, "Luc"), (2, "Ève"))
    for name, value in (("first_name", first), ("last_name", "Roy"), ("organization", "Ville de Québec"))
} | {"people-1-email": "luc@exemple.quebec"}


def party_of_three(client: Client, slug: str, **answers: str) -> Page:
    """A form with three people, not sent yet."""
    page = client.submit(client.visit(address(slug)), button="Ajouter une personne", **(RENEE | answers))
    return client.submit(page, button="Ajouter une personne")


@pytest.mark.parametrize("needs_verification", [False, True])
def test_a_party_too_big_is_told_beside_the_people_how_many_seats_are_left(
    app: Flask, client: Client, needs_verification: bool
) -> None:
    slug = opened(app, 2, has_waiting_list=False, needs_verification=needs_verification)
    sheet = party_of_three(client, slug)

    refused = client.submit(sheet, button="S’inscrire", status=409, **TWO_MORE)

    sentence = "Il reste 2 places pour 3 personnes. Retirez 1 personne, puis envoyez de nouveau."
    assert refused.one("#personnes-en-trop").get_text() == sentence
    assert refused.one(".error-summary a[href='#personnes-en-trop']").get_text() == sentence
    assert refused.all(".notice[role=alert]") == []
    typed = {str(tag["name"]): str(tag["value"]) for tag in refused.all("input[value]")}
    assert (RENEE | TWO_MORE).items() <= typed.items()
    assert registered(app) == []
    fewer = client.submit(refused, button="Retirer cette personne")
    client.submit(fewer, button="S’inscrire")
    assert len(registered(app)[0].attendees) == 2


def test_a_group_too_small_says_so_beside_the_group_of_whoever_is_one_too_many(
    app: Flask, client: Client
) -> None:
    with app.app_context(), transaction():
        rules, (first, second) = world.training(2)
        rules.has_waiting_list = False
        event = queries.get_event(rules.event_id)
        for sitting in event.sessions:
            sitting.starts_on = sitting.starts_at = sitting.ends_at = None
        slug, group, other = event.slug, str(first.id), str(second.id)
    groups = {f"people-{number}-cohort": group for number in range(3)}
    sheet = party_of_three(client, slug)

    refused = client.submit(sheet, button="S’inscrire", status=409, **(TWO_MORE | groups))

    assert [tag["id"] for tag in refused.all("fieldset.field--wrong")] == ["people-2-cohort"]
    assert refused.texts("#people-2-cohort-erreur") == [
        "Il reste 2 places dans ce groupe pour 3 personnes. "
        "Choisissez un autre groupe pour 1 personne, ou retirez-la."
    ]
    client.submit(refused, button="S’inscrire", **{"people-2-cohort": other})
    assert len(registered(app)[0].attendees) == 3


def test_the_page_of_the_event_says_when_it_becomes_full(app: Flask, client: Client) -> None:
    slug = opened(app, 1)
    page = client.visit(f"/evenements/{slug}")
    assert "Il reste des places." in page.text
    assert page.link("S’inscrire") == address(slug)

    register(client, slug)

    page = client.visit(f"/evenements/{slug}")
    assert page.link("S’inscrire à la liste d’attente") == address(slug)
    client.submit(
        client.visit(address(slug)),
        button="M’inscrire à la liste d’attente",
        **(RENEE | {"people-0-email": "luc@exemple.quebec"}),
    )
    assert registered(app)[1].state is RegistrationState.WAITING


def test_a_question_of_another_event_never_shows(app: Flask, client: Client) -> None:
    with app.app_context(), transaction() as session:
        other = world.gathering().event_id
        session.add(Question(event_id=other, kind=QuestionKind.TEXT, label="Question d’ailleurs"))
    slug = opened(app)

    assert "Question d’ailleurs" not in client.visit(address(slug)).text
    assert count(app, Registration) == 0
