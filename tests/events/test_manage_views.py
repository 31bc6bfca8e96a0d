"""The team's pages of activities: what waits, what to decide, the file of an event, who may see and touch."""

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from datetime import date, time, timedelta
from functools import partial
from typing import TypeVar

import pytest
import sqlalchemy as sa
from flask import Flask

from campaign import clock
from campaign.accounts import services as accounts
from campaign.accounts.models import Role
from campaign.campaigns import services as editions
from campaign.campaigns.models import Edition
from campaign.db import db, transaction
from campaign.events import activities as activities_
from campaign.events import changes, listing, organizers, proposals, services, team
from campaign.events.content import ActivityContent, Sitting
from campaign.events.listing import Filters, Standing
from campaign.events.manage_forms import SendBackForm
from campaign.events.models import (
    Event,
    EventAction,
    EventDetails,
    EventKind,
    Organizer,
    Proposal,
    ProposalMove,
    ProposalState,
)
from campaign.events.vocabulary import ActivityType, Cost, OrganizerKind
from campaign.outbox.models import Message
from campaign.outbox.queries import words_of
from tests import builders
from tests.builders import DAY_J, HEBERTVILLE, NOW
from tests.events import activities, proposing
from tests.pages import Client, Page
from tests.people import sign_in
from tests.queries import count_queries
from tests.serving import Person, serving, together

pytestmark = pytest.mark.usefixtures("directory")

LIST = "/gestion/activites"
PROPOSALS = f"{LIST}/propositions"
EVENTS = "/gestion/evenements"
ORGANIZERS = "/gestion/organismes-partenaires"
ADD = f"{EVENTS}/nouveau"
RIMOUSKI = "10043"
"""In Bas-Saint-Laurent (01); Hébertville is in Saguenay–Lac-Saint-Jean (02)."""

Answer = TypeVar("Answer")


def at(app: Flask, act: Callable[[], Answer]) -> Answer:
    """What that gives, written and left."""
    with app.app_context(), transaction():
        return act()


def number_of(row: Proposal | Event) -> int:
    db.session.flush()
    return row.id


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    """All of it happens on the first of September 2027."""
    monkeypatch.setattr(clock, "now", lambda: NOW)


def propose(app: Flask, told: ActivityContent | None = None, **options: object) -> int:
    return at(app, lambda: number_of(proposing.submitted(told, **options)))


def publish(app: Flask, told: ActivityContent | None = None) -> int:
    return at(app, lambda: number_of(activities.publish(told)))


def state(app: Flask, number: int) -> ProposalState:
    return at(app, lambda: db.session.get_one(Proposal, number).state)


def letters(app: Flask) -> list[tuple[str, str]]:
    return at(app, proposing.letters)


# --- the list -----------------------------------------------------------------------------------------


def test_what_waits_comes_first_the_oldest_before_the_others(app: Flask, client: Client) -> None:
    at(app, builders.edition)
    for title, days in (("Récente", 0), ("Ancienne", 6), ("Moyenne", 2)):
        number = propose(app, activities.content(title=title), email=f"{days}@exemple.quebec")
        with app.app_context(), transaction():
            db.session.get_one(Proposal, number).submitted_at = NOW - timedelta(days=days)
    sign_in(client)

    page = client.visit(LIST)

    assert "À revoir (3)" in page.texts("h2")
    assert page.texts("#attente a") == ["Ancienne", "Moyenne", "Récente"]
    assert [words for words in page.texts("#attente .row__note") if "oumise" in words] == [
        "Soumise il y a 6\u00a0jours en retard",
        "Soumise il y a 2\u00a0jours",
        "Soumise aujourd’hui",
    ]


def test_the_board_and_the_menu_lead_to_what_waits(app: Flask, client: Client) -> None:
    propose(app)
    propose(app, activities.content(title="Marche"))
    sign_in(client)

    page = client.visit("/gestion")

    assert page.link("2 activités à revoir") == LIST
    assert page.link("Activités") == LIST


def test_the_list_has_all_that_the_edition_knows_with_its_state(app: Flask, client: Client) -> None:
    def fill() -> None:
        activities.publish(activities.content(title="Prévue"))
        activities.publish(activities.content(title="Passée", sittings=(Sitting(day=date(2027, 8, 1)),)))
        services.cancel(activities.publish(activities.content(title="Annulée")), reason="Pluie", now=NOW)
        moved = activities.publish(activities.content(title="Reportée"))
        services.postpone_sitting(
            moved,
            moved.sessions[0],
            moved=activities_._new_sitting(Sitting(day=date(2027, 11, 20)), moved.time_zone, 0),
            reason="Neige",
            now=NOW,
        )
        private = activities.content(title="Privée", is_private=True, kind=EventKind.MEETING)
        activities_.create(private, edition=builders.edition(), territory=builders.territory(), now=NOW)
        services.withdraw(activities.publish(activities.content(title="Masquée")), now=NOW)
        proposing.submitted(activities.content(title="Soumise"))
        sent_back = proposing.submitted(activities.content(title="À corriger"))
        proposals.send_back(sent_back, reason="l’heure manque", author="x", now=NOW)
        given_up = proposing.submitted(activities.content(title="Retirée"))
        proposals.withdraw(given_up, author="x", now=NOW)
        proposing.propose(activities.content(title="Brouillon"))
        changed = proposing.published(activities.content(title="Modifiée"))
        proposals.edit(
            changed, activities.content(title="Modifiée", place="Parc"), picture=None, author="x", now=NOW
        )

    at(app, fill)
    sign_in(client)

    page = client.visit(LIST)

    found = {
        row.select_one("th a").get_text(): row.select_one(".label").get_text()
        for row in page.all("#activites tbody tr")
    }
    assert found == {
        "Prévue": "publiée",
        "Passée": "passée",
        "Annulée": "annulée",
        "Reportée": "reportée",
        "Privée": "privée",
        "Masquée": "pas publiée",
        "Soumise": "soumise, à revoir",
        "À corriger": "à corriger",
        "Retirée": "retirée",
        "Modifiée": "modifiée, à revoir",
    }
    assert "Toutes (10)" in page.texts(".views a")
    assert "À revoir (2)" in page.texts(".views a")
    assert "Publiée (1)" in page.texts(".views a")


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("?etat=publiee", ["Conte", "Marche des Îles"]),
        ("?etat=a_revoir", ["Bricolage"]),
        ("?type=marche", ["Marche des Îles"]),
        ("?region=01", ["Marche des Îles"]),
        ("?q=iles", ["Marche des Îles"]),
        ("?q=HEBERTVILLE+conte", ["Conte"]),
        ("?q=rien+de+tel", []),
        ("?etat=nimporte&type=quoi&page=9", ["Bricolage", "Conte", "Marche des Îles"]),
    ],
)
def test_filters_combine_and_forgive(app: Flask, client: Client, query: str, titles: list[str]) -> None:
    publish(app, activities.content(title="Conte"))
    publish(
        app,
        activities.content(title="Marche des Îles", activity_type=ActivityType.WALK, geo_code=RIMOUSKI),
    )
    propose(app, activities.content(title="Bricolage"))
    sign_in(client)

    page = client.visit(LIST + query)

    assert page.texts("#activites tbody th a") == titles


@pytest.mark.parametrize(
    ("query", "said"), [("", "Aucune activité"), ("?q=absente", "Aucune activité ne correspond")]
)
def test_an_empty_list_speaks_of_filters_only_when_there_are_some(
    app: Flask, client: Client, query: str, said: str
) -> None:
    builders.open_edition(app)
    sign_in(client)

    assert said in client.visit(f"/gestion/evenements{query}").texts("[role=status] strong")


def test_the_list_asks_as_much_for_three_as_for_one(app: Flask, client: Client) -> None:
    def add(title: str) -> None:
        publish(app, activities.content(title=title))
        propose(app, activities.content(title=f"{title} proposée"), email=f"{title}@exemple.quebec")

    add("un")
    sign_in(client)
    client.visit(LIST)
    with count_queries(app) as one:
        client.visit(LIST)
    for title in ("deux", "trois"):
        add(title)
    client.visit(LIST)  # the frame is read again after a change

    with count_queries(app) as three:
        client.visit(LIST)

    assert len(three) == len(one)


def test_pages_follow_one_another(app: Flask, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "PAGE_LENGTH", 2)
    for title in ("A", "B", "C"):
        publish(app, activities.content(title=title))
    sign_in(client)

    first = client.visit(LIST)
    second = client.visit(first.link("Page suivante"))

    assert first.texts("#activites tbody th a") == ["A", "B"]
    assert second.texts("#activites tbody th a") == ["C"]


def test_the_file_for_excel_keeps_codes_as_text_and_takes_no_formula(app: Flask, client: Client) -> None:
    publish(app, activities.content(title="=1+1", place="Bibliothèque; salle 2"))
    propose(app, activities.content(title="Marche"))
    sign_in(client)

    answer = client.get(f"{LIST}/export.csv")

    text = answer.get_data(as_text=True)
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";"))
    assert text.startswith("\ufeff")
    assert {row["titre"]: (row["état"], row["code"], row["code de région"]) for row in rows} == {
        "'=1+1": ("publiée", '="93022"', '="02"'),
        "Marche": ("soumise, à revoir", '="93022"', '="02"'),
    }
    assert rows[0]["première date (ISO)"] == "2027-11-15"
    assert rows[0]["dates"] == "lundi 15\u00a0novembre\u00a02027, de 10\u00a0h à 11\u00a0h"


def test_the_file_asks_as_much_for_three_as_for_one(app: Flask, client: Client) -> None:
    publish(app, activities.content(title="un"))
    propose(app)
    sign_in(client)
    client.get(f"{LIST}/export.csv")
    with count_queries(app) as one:
        client.get(f"{LIST}/export.csv")
    for title in ("deux", "trois"):
        publish(app, activities.content(title=title))
        propose(app, activities.content(title=title))
    client.get(f"{LIST}/export.csv")  # the frame is read again after a change

    with count_queries(app) as three:
        client.get(f"{LIST}/export.csv")

    assert len(three) == len(one)


# --- one proposal -------------------------------------------------------------------------------------


def test_a_proposal_shows_what_people_would_read_and_who_proposes_it(app: Flask, client: Client) -> None:
    number = propose(app)
    propose(app, activities.content(title="Son autre activité"))
    sign_in(client)

    page = client.visit(f"{PROPOSALS}/{number}")

    assert page.h1 == "Heure du conte en pyjama"
    assert "Des histoires à partager, une doudou à la main." in page.text
    assert "Lundi 15\u00a0novembre\u00a02027, de 10\u00a0h à 11\u00a0h" in page.text
    assert proposing.EMAIL in page.text
    assert page.texts(".people li a") == ["Son autre activité"]
    assert "Proposition\u00a0: brouillon → soumise" in page.text


def test_a_published_proposal_is_in_the_calendar_and_its_author_is_told(app: Flask, client: Client) -> None:
    number = propose(app)
    sign_in(client)
    page = client.visit(f"{PROPOSALS}/{number}")

    after = client.submit(page, f"form[action$='{number}/publier']")

    assert "L’activité est publiée" in after.html
    assert state(app, number) is ProposalState.PUBLISHED
    assert at(app, lambda: db.session.scalars(sa.select(Event.is_published)).all()) == [True]
    assert letters(app)[-1] == ("proposal_published", proposing.EMAIL)


def test_a_change_is_shown_field_by_field_beside_what_is_published(app: Flask, client: Client) -> None:
    def change() -> int:
        proposal = proposing.published()
        told = activities.content(
            title="Heure du conte",
            sittings=(Sitting(day=DAY_J, starts=time(13)),),
            is_contact_public=True,
            themes=(),
        )
        proposals.edit(proposal, told, picture=proposing.picture(), author="x", now=NOW)
        return number_of(proposal)

    number = at(app, change)
    sign_in(client)

    page = client.visit(f"{PROPOSALS}/{number}")

    rows = [
        [cell.get_text(" ", strip=True) for cell in row.select("th, td")]
        for row in page.all("#differences tbody tr")
    ]
    assert {row[0]: tuple(row[1:]) for row in rows} == {
        "Titre": ("Heure du conte en pyjama", "Heure du conte"),
        "Dates": (
            "lundi 15\u00a0novembre\u00a02027, de 10\u00a0h à 11\u00a0h",
            "lundi 15\u00a0novembre\u00a02027, 13\u00a0h",
        ),
        "Thèmes": ("Lecture et contes", "rien"),
        "Coordonnées publiées": ("non", "oui"),
        "Image": ("rien", "Une doudou image aaaaaa"),
    }
    assert "Publier la modification" in page.texts("button")


def test_a_likely_duplicate_is_named_with_a_link(app: Flask, client: Client) -> None:
    publish(app)
    number = propose(app)
    sign_in(client)

    page = client.visit(f"{PROPOSALS}/{number}")

    link = page.one(".notice--warning a")
    assert (link.get_text(), link["href"]) == (
        "Heure du conte en pyjama",
        "/evenements/heure-du-conte-en-pyjama-hebertville",
    )


def test_the_reason_is_read_by_its_author_as_the_page_showed_it(app: Flask, client: Client) -> None:
    number = propose(app)
    sign_in(client)
    page = client.visit(f"{PROPOSALS}/{number}")
    assert "Votre activité n’a pas été publiée, car…" in page.texts("legend")
    assert "…il y manque un renseignement" in page.texts(".choice__label")

    client.submit(
        page,
        f"form[action$='{number}/renvoyer']",
        ready="renseignement",
        words="l’heure de la fin.",
    )

    assert state(app, number) is ProposalState.TO_CORRECT
    assert (
        "« Heure du conte en pyjama » n’a pas été publiée, "
        "car il y manque un renseignement : l’heure de la fin."
    ) in at(app, _last_letter)


def _last_letter() -> str:
    message = db.session.scalars(sa.select(Message).order_by(Message.id.desc())).first()
    assert message is not None
    return " ".join(words_of(message)[0].replace("\u00a0", " ").split())


@pytest.mark.parametrize(
    ("ready", "words", "reason"),
    [
        ("doublon", "", "elle est déjà dans le calendrier"),
        ("doublon", "voyez le 15 novembre.", "elle est déjà dans le calendrier\u00a0: voyez le 15 novembre"),
        ("autre", "la salle\nn’existe pas ", "la salle n’existe pas"),
        ("inventee", "la salle n’existe pas", "la salle n’existe pas"),
    ],
)
def test_a_reason_is_the_end_of_a_sentence(app: Flask, ready: str, words: str, reason: str) -> None:
    with app.test_request_context(method="POST", data={"ready": ready, "words": words}):
        form = SendBackForm()

        assert form.validate()
        assert form.reason == reason


@pytest.mark.parametrize("ready", ["", "autre", "renseignement"])
def test_nothing_is_sent_back_without_a_reason(app: Flask, client: Client, ready: str) -> None:
    number = propose(app)
    sign_in(client)
    page = client.visit(f"{PROPOSALS}/{number}")

    answer = client.submit(
        page, f"form[action$='{number}/renvoyer']", status=422, ready=ready or None, words=""
    )

    assert answer.one(".error-summary") is not None
    assert state(app, number) is ProposalState.SUBMITTED


def test_an_organizer_may_be_trusted_with_its_first_activity(app: Flask, client: Client) -> None:
    number = propose(app)
    sign_in(client)
    page = client.visit(f"{PROPOSALS}/{number}")

    client.submit(page, f"form[action$='{number}/publier']", confiance="1")

    found = at(
        app,
        lambda: [
            (one.name, one.is_trusted, one.trusted_by.email if one.trusted_by else None)
            for one in organizers.list_organizers()
        ],
    )
    assert found == [("Bibliothèque d’Hébertville", True, "admin@exemple.quebec")]
    assert state(app, propose(app, activities.content(title="La suite"))) is ProposalState.PUBLISHED


def test_the_team_corrects_a_proposal_in_its_author_s_place(app: Flask, client: Client) -> None:
    number = propose(app)
    sign_in(client)
    page = client.visit(f"{PROPOSALS}/{number}/corriger")

    after = client.submit(page, "form[enctype]", button="Enregistrer", title="Heure du conte")

    assert after.h1 == "Heure du conte"
    assert at(app, lambda: db.session.get_one(Proposal, number).title) == "Heure du conte"
    assert state(app, number) is ProposalState.SUBMITTED
    assert "Dominique Roy" in after.text


def test_a_correction_of_what_changed_meanwhile_keeps_what_was_typed(app: Flask, client: Client) -> None:
    number = propose(app)
    sign_in(client)
    page = client.visit(f"{PROPOSALS}/{number}/corriger")
    at(
        app,
        lambda: proposals.edit(
            proposals.get_proposal(number),
            activities.content(place="Au parc"),
            picture=None,
            author=proposals.PROPOSER,
            now=NOW,
        ),
    )

    answer = client.submit(page, "form[enctype]", button="Enregistrer", status=409, title="Mon titre")

    assert answer.one("#title")["value"] == "Mon titre"
    assert at(app, lambda: db.session.get_one(Proposal, number).content["place"]) == "Au parc"


def test_what_its_author_changed_meanwhile_is_not_published_unread(app: Flask, client: Client) -> None:
    number = propose(app)
    sign_in(client)
    page = client.visit(f"{PROPOSALS}/{number}")
    at(
        app,
        lambda: proposals.edit(
            proposals.get_proposal(number),
            activities.content(description="Autre chose"),
            picture=None,
            author=proposals.PROPOSER,
            now=NOW,
        ),
    )

    answer = client.submit(page, f"form[action$='{number}/publier']", status=409)

    assert "Cette proposition a changé depuis que vous l’avez ouverte." in answer.text
    assert state(app, number) is ProposalState.SUBMITTED


def test_of_two_moderators_at_the_same_second_one_decides_and_the_other_is_told_who(
    app: Flask, client: Client
) -> None:
    number = propose(app)
    sign_in(client)
    with serving(app) as host:
        jeanne, luc = (_moderator(app, host, name) for name in ("Jeanne", "Luc"))
        page = f"{PROPOSALS}/{number}"
        sheet = jeanne.fill(page, f"form[action$='{number}/publier']")
        refusal = luc.fill(page, f"form[action$='{number}/renvoyer']", ready="doublon")

        answers = together(
            partial(jeanne.send, f"{page}/publier", sheet),
            partial(luc.send, f"{page}/renvoyer", refusal),
        )

    assert sorted(answer.status for answer in answers) == [303, 409]
    late = next(answer for answer in answers if answer.status == 409)
    assert "a décidé avant vous" in late.soup.select_one("main").get_text()
    assert len(at(app, lambda: db.session.scalars(sa.select(ProposalMove)).all())) == 3
    decisions = [
        letter for letter, _to in letters(app) if letter in ("proposal_published", "proposal_sent_back")
    ]
    assert len(decisions) == 1
    outcomes = ("proposal_published", "proposal_sent_back")
    decisions = [letter for letter, _to in letters(app) if letter in outcomes]


def _moderator(app: Flask, host: str, name: str) -> Person:
    person = Person(host)
    with app.app_context(), transaction():
        user = accounts.save_user(f"{name.lower()}@exemple.quebec", Role.ORGANIZER, name=name, now=NOW)
        link = accounts.sign_in_address(accounts.issue_link(user, life=timedelta(hours=1), now=NOW))
    path = link.removeprefix("http://localhost")
    assert person.send(path, person.fill(path, "main form")).status in (302, 303)
    return person


# --- the file of an event -----------------------------------------------------------------------------


def test_the_file_of_an_event_leads_to_what_can_be_done_with_it(app: Flask, client: Client) -> None:
    proposal = at(app, lambda: number_of(proposing.published()))
    number = at(app, lambda: db.session.get_one(Proposal, proposal).event_id)
    sign_in(client)

    page = client.visit(f"{EVENTS}/{number}")

    slug = "heure-du-conte-en-pyjama-hebertville"
    assert page.link("Reporter, annuler, déplacer") == f"{EVENTS}/{number}/changer"
    assert page.link("Modifier") == f"{EVENTS}/{number}/modifier"
    assert page.link("Page publique") == f"/evenements/{slug}"
    assert page.link("Affiche à imprimer (PDF)") == f"/evenements/{slug}/affiche.pdf"
    assert page.link("Proposition") == f"{PROPOSALS}/{proposal}"
    assert "Lundi 15\u00a0novembre\u00a02027, de 10\u00a0h à 11\u00a0h" in page.texts("main li")


def test_its_history_tells_what_was_done_to_it_and_to_its_proposal(app: Flask, client: Client) -> None:
    def move() -> int:
        proposal = proposing.published()
        change = changes.Change(action=EventAction.POSTPONE, day=date(2027, 11, 17), reason="Neige")
        (event,) = changes.list_locked([proposal.event_id])
        around = changes.read_around([event], change)
        changes.apply(event, change, author="Luc Roy", now=NOW, seen=changes.stamp_of(event), around=around)
        return number_of(event)

    number = at(app, move)
    sign_in(client)

    page = client.visit(f"{EVENTS}/{number}")

    assert "Date changée" in page.texts(".timeline__title")
    assert "Proposition\u00a0: soumise → publiée" in page.texts(".timeline__title")
    assert "Neige" in page.texts(".timeline .soft")
    assert "reportée au 17\u00a0novembre" in page.texts(".label")


def test_a_ceremony_leads_to_the_file_of_its_municipality(app: Flask, client: Client) -> None:
    builders.confirmed(app)
    number = at(app, lambda: db.session.scalars(sa.select(Event.id)).one())
    sign_in(client)

    answer = client.get(f"{EVENTS}/{number}")

    assert answer.location == f"/gestion/municipalites/{HEBERTVILLE}?edition=12"
    sign_in(client)
    assert client.get(f"{EVENTS}/{number}/modifier").status_code == 409


def test_a_cost_that_nobody_said_stays_unsaid_through_the_form(app: Flask, client: Client) -> None:
    told = activities.content(cost=Cost.UNKNOWN)
    number = at(app, lambda: activities.publish(told).id)
    sign_in(client)
    page = client.visit(f"{EVENTS}/{number}/modifier")

    client.submit(page, "form[enctype]", button="Enregistrer", place="Parc Central")

    details = at(app, lambda: db.session.scalars(sa.select(EventDetails)).one())
    assert details.cost is Cost.UNKNOWN


def test_the_team_corrects_what_is_published_at_once_and_its_author_reads_it(
    app: Flask, client: Client
) -> None:
    proposal = at(app, lambda: number_of(proposing.published()))
    number = at(app, lambda: db.session.get_one(Proposal, proposal).event_id)
    before = at(app, lambda: _sequence(number))
    sign_in(client)
    page = client.visit(f"{EVENTS}/{number}/modifier")

    client.submit(page, "form[enctype]", button="Enregistrer", place="Parc Central", title="Conte au parc")

    assert "Parc Central" in client.visit("/evenements/heure-du-conte-en-pyjama-hebertville").text
    assert at(app, lambda: _sequence(number)) > before
    found = at(app, lambda: proposals.content_to_edit(proposals.get_proposal(proposal)))
    assert (found.title, found.place) == ("Conte au parc", "Parc Central")
    assert found.organizer_kind is activities.content().organizer_kind
    stored = at(app, lambda: db.session.get_one(Proposal, proposal).content)
    assert stored["place"] == "Parc Central"
    assert state(app, proposal) is ProposalState.PUBLISHED


def _sequence(number: int) -> int:
    return db.session.get_one(Event, number).sequence


def test_a_correction_leaves_alone_the_change_that_its_author_waits_for(app: Flask, client: Client) -> None:
    def change() -> tuple[int, int | None]:
        found = proposing.published()
        proposals.edit(found, activities.content(place="Aréna"), picture=None, author="x", now=NOW)
        return number_of(found), found.event_id

    proposal, number = at(app, change)
    sign_in(client)
    page = client.visit(f"{EVENTS}/{number}/modifier")

    client.submit(page, "form[enctype]", button="Enregistrer", title="Conte au parc")

    found = at(app, lambda: db.session.get_one(Proposal, proposal).content["place"])
    assert (found, state(app, proposal)) == ("Aréna", ProposalState.REVISED)


def test_a_correction_that_says_the_same_changes_nothing(app: Flask, client: Client) -> None:
    told = activities.content(
        source_url="https://exemple.quebec/annonce", max_participants=12, rain_plan="Au gymnase"
    )
    number = publish(app, told)
    before = at(app, lambda: _sequence(number))
    sign_in(client)

    after = client.submit(client.visit(f"{EVENTS}/{number}/modifier"), "form[enctype]", button="Enregistrer")

    assert "Rien n’a changé." in after.html
    assert at(app, lambda: _sequence(number)) == before
    assert at(app, lambda: activities_.content_of(team.get_event(number))) == replace(
        told, organizer_kind=OrganizerKind.OTHER
    )


def test_two_corrections_at_once_do_not_undo_each_other(app: Flask, client: Client) -> None:
    number = publish(app)
    sign_in(client)
    mine, theirs = client.visit(f"{EVENTS}/{number}/modifier"), client.visit(f"{EVENTS}/{number}/modifier")
    client.submit(theirs, "form[enctype]", button="Enregistrer", place="Aréna")

    answer = client.submit(mine, "form[enctype]", button="Enregistrer", status=409, title="Mon titre")

    assert "Quelqu’un d’autre a modifié cette fiche" in answer.text
    assert answer.one("#title")["value"] == "Mon titre"
    assert at(app, lambda: team.get_event(number).title) == "Heure du conte en pyjama"


def test_what_becomes_private_leaves_the_public_pages(app: Flask, client: Client) -> None:
    number = publish(app)
    sign_in(client)
    page = client.visit(f"{EVENTS}/{number}/modifier")

    client.submit(page, "form[enctype]", button="Enregistrer", visibility="prive")

    assert client.get("/evenements/heure-du-conte-en-pyjama-hebertville").status_code == 404
    assert "Heure du conte" in client.visit(EVENTS).text


# --- another one --------------------------------------------------------------------------------------


def _add(client: Client, type_: str = "rencontre", **answers: object) -> Page:
    page = client.visit(f"{ADD}?type={type_}")
    told = {"title": "Rencontre des partenaires", "municipality": "Hébertville", "place": "Salle 2"} | answers
    return client.submit(page, "form[enctype]", button="Ajouter l’événement", **told)


def test_a_private_meeting_is_seen_by_the_team_and_nowhere_public(app: Flask, client: Client) -> None:
    builders.open_edition(app)
    sign_in(client)

    page = _add(client, **{"dates-0-day": "2027-11-16", "dates-0-starts": "9 h"})

    assert page.h1 == "Rencontre des partenaires"
    assert "Rencontre des partenaires" in client.visit(EVENTS).text
    slug = at(app, lambda: db.session.scalars(sa.select(Event.slug)).one())
    for address in (
        f"/evenements/{slug}",
        f"/evenements/{slug}.ics",
        f"/evenements/{slug}/affiche.pdf",
        f"/evenements/{slug}/qr.svg",
    ):
        assert client.get(address).status_code == 404
    for address in (
        "/",
        f"/municipalites/{HEBERTVILLE}",
        "/calendrier",
        "/calendrier?type=rencontre",
        "/calendrier?vue=mois&du=2027-11-01",
        "/calendrier.ics",
        "/calendrier.atom",
        "/calendrier/encart",
        "/donnees/evenements.csv",
        "/donnees/evenements.json",
        "/donnees/evenements.geojson",
    ):
        answer = client.get(address, follow_redirects=True)
        assert answer.status_code == 200, address
        assert "Rencontre des partenaires" not in answer.get_data(as_text=True), address


@pytest.mark.parametrize("type_", ["rassemblement", "formation", "lancement", "heure-du-conte"])
def test_the_team_adds_what_is_public_from_the_start(app: Flask, client: Client, type_: str) -> None:
    builders.open_edition(app)
    sign_in(client)

    _add(client, type_, **{"title": "Grande fête", "dates-0-day": "2027-11-16", "dates-0-starts": "9 h"})

    (line,) = at(app, _lines)
    assert (line.title, line.type, line.standing) == ("Grande fête", type_, Standing.PUBLISHED)
    assert "Grande fête" in client.get("/calendrier").get_data(as_text=True)


def _lines() -> list[listing.Line]:
    return listing.list_matching(builders.edition(), Filters(), regions=None, now=NOW)


def test_a_month_is_enough_while_the_day_is_not_known(app: Flask, client: Client) -> None:
    builders.open_edition(app)
    sign_in(client)

    page = _add(client, "formation", month="février 2028")

    assert "En février\u00a02028 (date à confirmer)" in page.text
    assert "février\u00a02028 (date à confirmer)" in client.visit(EVENTS).text
    number = at(app, lambda: db.session.scalars(sa.select(Event.id)).one())
    form = client.visit(f"{EVENTS}/{number}/modifier")
    assert form.one("#month")["value"] == "février 2028"
    client.submit(form, "form[enctype]", button="Enregistrer", title="Formation")
    assert at(app, lambda: team.month_of(team.get_event(number))) == date(2028, 2, 1)


def test_a_day_known_at_last_takes_the_place_of_the_month(app: Flask, client: Client) -> None:
    builders.open_edition(app)
    sign_in(client)
    _add(client, "formation", month="février 2028")
    number = at(app, lambda: db.session.scalars(sa.select(Event.id)).one())
    form = client.visit(f"{EVENTS}/{number}/modifier")

    client.submit(
        form,
        "form[enctype]",
        button="Enregistrer",
        **{"dates-0-day": "2028-02-16", "dates-0-starts": "13 h", "dates-0-ends": "16 h"},
    )

    found = at(
        app,
        lambda: [(row.starts_on, row.month_on, row.position) for row in team.get_event(number).sessions],
    )
    assert found == [(date(2028, 2, 16), None, 0)]


def test_several_dates_are_asked_for_one_after_the_other(app: Flask, client: Client) -> None:
    builders.open_edition(app)
    sign_in(client)
    page = client.visit(f"{ADD}?type=formation")
    page = client.submit(
        page,
        "form[enctype]",
        button="Ajouter une date",
        title="Formation",
        municipality="Hébertville",
        **{"dates-0-day": "2027-11-16", "dates-0-starts": "9 h"},
    )

    client.submit(
        page,
        "form[enctype]",
        button="Ajouter l’événement",
        **{"dates-1-day": "2027-12-15", "dates-1-starts": "13 h"},
    )

    (line,) = at(app, _lines)
    assert (line.first_on, line.last_on, line.dates) == (date(2027, 11, 16), date(2027, 12, 15), 2)


def test_the_same_form_sent_twice_is_one_event(app: Flask, client: Client) -> None:
    builders.open_edition(app)
    sign_in(client)
    page = client.visit(f"{ADD}?type=formation")
    for _again in range(2):
        client.submit(
            page, "form[enctype]", button="Ajouter l’événement", title="Formation", municipality="Hébertville"
        )

    assert len(at(app, _lines)) == 1


def test_a_clone_falls_on_the_same_days_of_the_week_of_the_new_edition(app: Flask, client: Client) -> None:
    def last_year() -> int:
        told = activities.content(
            sittings=(
                Sitting(day=DAY_J, starts=time(10), ends=time(11)),
                Sitting(day=date(2027, 11, 20), last_day=date(2027, 11, 21)),
            )
        )
        number = number_of(activities.publish(told))
        editions.open_edition(13, date(2028, 11, 13), theme="Jouer")
        return number

    number = at(app, last_year)
    sign_in(client)

    page = client.visit(client.visit(f"{EVENTS}/{number}").link("Cloner pour un autre événement"))

    assert [tag["value"] for tag in page.all("[name$='-day']")] == ["2028-11-13", "2028-11-18"]
    assert [tag["value"] for tag in page.all("[name$='-last_day']")] == ["", "2028-11-19"]
    client.submit(page, "form[enctype]", button="Ajouter l’événement")
    found = at(
        app,
        lambda: db.session.execute(
            sa.select(Event.uid, Edition.number).join(Event.edition).order_by(Edition.number)
        ).all(),
    )
    assert [edition for _uid, edition in found] == [12, 13]
    assert len({uid for uid, _edition in found}) == 2


# --- who may publish directly -------------------------------------------------------------------------


def test_organizers_are_trusted_and_distrusted_with_who_and_when(app: Flask, client: Client) -> None:
    at(app, proposing.published)
    sign_in(client)
    page = client.visit(ORGANIZERS)
    assert page.texts("#organismes tbody td.number") == ["1"]

    trusted = client.submit(page, "main form[method=post]")

    assert "par Dominique Roy, le 1er\u00a0septembre\u00a02027 à 10\u00a0h" in trusted.text
    assert at(app, lambda: db.session.scalars(sa.select(Organizer.is_trusted)).one()) is True
    client.submit(trusted, "main form[method=post]")
    assert at(app, lambda: db.session.scalars(sa.select(Organizer.is_trusted)).one()) is False


def test_organizers_are_found_by_name_and_asked_as_much_for_three_as_for_one(
    app: Flask, client: Client
) -> None:
    propose(app)
    sign_in(client)
    client.visit(ORGANIZERS)
    with count_queries(app) as one:
        client.visit(ORGANIZERS)
    for name in ("Maison de la famille", "École du Lac"):
        propose(app, activities.content(organizer_name=name))
    client.visit(ORGANIZERS)  # the frame is read again after a change

    with count_queries(app) as three:
        client.visit(ORGANIZERS)

    assert len(three) == len(one)
    found = client.visit(f"{ORGANIZERS}?q=ecole")
    assert found.one("#organismes tbody th").get_text(" ", strip=True).startswith("École du Lac")


# --- who may see and touch ----------------------------------------------------------------------------


@pytest.fixture
def world(app: Flask) -> dict[str, int]:
    """In region 02: a proposal, an event of the calendar, a private meeting, an organizer."""

    def fill() -> dict[str, int]:
        proposal = proposing.submitted()
        event = activities.publish(activities.content(title="Fête"))
        told = activities.content(title="Rencontre", kind=EventKind.MEETING, is_private=True)
        meeting = activities_.create(
            told, edition=builders.edition(), territory=builders.territory(), now=NOW
        )
        db.session.flush()
        return {
            "proposal": proposal.id,
            "event": event.id,
            "meeting": meeting.id,
            "organizer": proposal.organizer_id or 0,
        }

    return at(app, fill)


READ = (f"{PROPOSALS}/{{proposal}}", f"{EVENTS}/{{event}}", f"{EVENTS}/{{meeting}}")
LISTS = (LIST, EVENTS, ORGANIZERS, f"{LIST}/export.csv")
WRITE = (
    ("POST", f"{PROPOSALS}/{{proposal}}/publier"),
    ("POST", f"{PROPOSALS}/{{proposal}}/renvoyer"),
    ("GET", f"{PROPOSALS}/{{proposal}}/corriger"),
    ("POST", f"{PROPOSALS}/{{proposal}}/corriger"),
    ("GET", f"{EVENTS}/{{event}}/modifier"),
    ("POST", f"{EVENTS}/{{event}}/modifier"),
    ("POST", f"{EVENTS}/{{meeting}}/modifier"),
    ("GET", f"{ADD}?copie={{event}}"),
    ("POST", f"{ORGANIZERS}/{{organizer}}/confiance"),
)


def ask(client: Client, method: str, address: str) -> int:
    data = {"ready": "doublon", "directement": "oui", "title": "Volé"} if method == "POST" else None
    return client.open(address, method=method, data=data).status_code


def test_a_coordinator_of_another_region_is_refused_everywhere(
    app: Flask, client: Client, world: dict[str, int]
) -> None:
    app.config["WTF_CSRF_ENABLED"] = False  # the guard must hold by itself
    sign_in(client, Role.COORDINATOR, "01")

    answers = {address: ask(client, "GET", address.format_map(world)) for address in READ}
    answers |= {f"{method} {path}": ask(client, method, path.format_map(world)) for method, path in WRITE}

    assert {address: status for address, status in answers.items() if status != 403} == {}
    assert ask(client, "GET", f"{LIST}?region=02") == 403
    assert ask(client, "GET", f"{LIST}/export.csv?region=02") == 403
    for address in LISTS:
        told = client.get(address).get_data(as_text=True)
        assert [word for word in ("Fête", "Rencontre\n", "pyjama", "Bibliothèque") if word in told] == []


def test_a_coordinator_of_the_region_sees_and_decides(
    app: Flask, client: Client, world: dict[str, int]
) -> None:
    sign_in(client, Role.COORDINATOR, "02")

    for address in (*READ, *LISTS):
        assert ask(client, "GET", address.format_map(world)) == 200
    page = client.visit(f"{PROPOSALS}/{world['proposal']}")
    client.submit(page, "form[action$='/publier']", confiance="1")

    assert state(app, world["proposal"]) is ProposalState.PUBLISHED
    assert at(app, lambda: db.session.scalars(sa.select(Organizer.is_trusted)).one()) is True


@pytest.mark.parametrize(("role", "reads"), [(Role.VIEWER, 200), (Role.HOST, 403)])
def test_who_may_only_read_touches_nothing(
    app: Flask, client: Client, world: dict[str, int], role: Role, reads: int
) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    sign_in(client, role)

    read = {address: ask(client, "GET", address.format_map(world)) for address in (*READ, *LISTS)}
    written = {path: ask(client, method, path.format_map(world)) for method, path in (*WRITE, ("GET", ADD))}

    assert set(read.values()) == {reads}
    assert set(written.values()) == {403}
    assert state(app, world["proposal"]) is ProposalState.SUBMITTED


def test_a_viewer_is_offered_nothing_to_do(app: Flask, client: Client, world: dict[str, int]) -> None:
    sign_in(client, Role.VIEWER)

    for address in (*READ, LIST, EVENTS, ORGANIZERS):
        page = client.visit(address.format_map(world))
        assert page.all("main form[method=post]") == []
        assert page.all("main a[href$='/modifier'], main a[href$='/corriger'], main a[href*=nouveau]") == []


def test_a_stranger_is_led_to_sign_in(app: Flask, client: Client, world: dict[str, int]) -> None:
    answers = [client.get(address.format_map(world)) for address in (*READ, *LISTS, ADD)]

    assert {answer.status_code for answer in answers} == {302}
    assert all(answer.location.startswith("/connexion") for answer in answers)


def test_a_coordinator_puts_nothing_in_another_region(app: Flask, client: Client) -> None:
    builders.open_edition(app)
    sign_in(client, Role.COORDINATOR, "01")
    page = client.visit(f"{ADD}?type=formation")
    assert "quebec" not in [tag["value"] for tag in page.all("input[name=where]")]
    assert [tag["value"] for tag in page.all("#region option")] == ["", "01"]

    for answers in (
        {"municipality": "Hébertville"},
        {"where": "region", "region": "02"},
        {"where": "quebec", "format": "en-ligne"},
    ):
        client.submit(
            page,
            "form[enctype]",
            button="Ajouter l’événement",
            status=422,
            title="Formation",
            **answers,
        )

    assert at(app, _lines) == []


def test_an_edition_kept_as_published_is_not_touched(app: Flask, client: Client) -> None:
    number = propose(app)
    event = publish(app)
    sign_in(client)
    page = client.visit(f"{PROPOSALS}/{number}")
    with app.app_context(), transaction():
        builders.edition().source_url = "https://exemple.quebec/passe"

    client.submit(page, "form[action$='/publier']", status=409)

    assert client.get(f"{EVENTS}/{event}/modifier").status_code == 409
    assert state(app, number) is ProposalState.SUBMITTED
