"""The personal link: GET shows, POST acts, and whoever should not has no way in."""

import logging
from datetime import date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from campaign import clock, logs
from campaign.campaigns.services import open_edition
from campaign.db import db, transaction
from campaign.events.models import EventState
from campaign.participations import links, services
from campaign.participations.models import Participation, PersonalLink, ResolutionState, State
from campaign.web.access_log import record_requests
from tests import builders
from tests.builders import HEBERTVILLE, SHORTEST
from tests.pages import Client
from tests.participations.letters import address_in, letters

SHEET = "form:has([name=cle])"
TOWN_HALL = "info@ville.saint-bruno.qc.ca"

pytestmark = pytest.mark.usefixtures("directory")


@pytest.fixture(autouse=True)
def _edition(app: Flask) -> None:
    builders.open_edition(app)


def act(name: str) -> str:
    """The form of that action."""
    return f'form:has([name=action][value="{name}"])'


def stored(app: Flask, geo_code: str = HEBERTVILLE) -> Participation:
    with app.app_context():
        found = services.find_participation(builders.edition().id, builders.territory(geo_code).id)
        assert found is not None
        return found


def whole_database(app: Flask) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table."""
    with app.app_context(), db.engine.connect() as connection:
        return {
            table.name: sorted((tuple(row) for row in connection.execute(sa.select(table))), key=repr)
            for table in db.metadata.sorted_tables
        }


# --- who opens it -------------------------------------------------------------------------------------


def test_opening_a_link_changes_nothing_whoever_opens_it(app: Flask, client: Client) -> None:
    """Mail scanners, link previews and prefetching open everything that is in a letter."""
    registered, fresh = builders.confirmed(app), builders.personal_link(app, "92005")
    proof = "/inscription/confirmer/x"
    addresses = [
        registered,
        f"{registered}?modifier=oui",
        f"{registered}?action=annuler",
        f"{registered}/resolution.docx",
        f"{registered}/lever-du-drapeau.ics",
        f"{registered}/affiche.pdf",
        fresh,
        f"{fresh}?action=comme-lan-dernier",
        f"{fresh}/resolution.docx",
        proof,
        "/p/inconnu",
        "/inscription/lien",
        "/inscription/lien/envoye",
    ]
    before = whole_database(app)

    answers = {
        address: (client.get(address).status_code, client.head(address).status_code) for address in addresses
    }

    assert whole_database(app) == before
    assert {address for address, (got, _head) in answers.items() if got != 200} == {proof, "/p/inconnu"}
    assert all(got == head for got, head in answers.values())


def test_only_the_hash_of_a_link_is_kept(app: Flask) -> None:
    token = builders.confirmed(app).removeprefix("/p/")

    rows = repr({name: rows for name, rows in whole_database(app).items() if name != "message"})

    assert token not in rows
    assert links.hash_token(token) in rows


@pytest.mark.parametrize("case", ["unknown", "expired", "revoked"])
@pytest.mark.parametrize("is_registered", [False, True])
def test_a_link_that_opens_nothing_says_the_same_of_everyone(
    app: Flask, client: Client, case: str, is_registered: bool
) -> None:
    address = builders.confirmed(app) if is_registered else builders.personal_link(app)
    with app.app_context(), transaction() as session:
        if case == "expired":
            session.execute(sa.update(PersonalLink).values(expires_at=clock.now()))
        if case == "revoked":
            links.revoke_all(builders.edition().id, builders.territory().id, because="Test", now=clock.now())
    if case == "unknown":
        address = "/p/inconnu"

    page = client.visit(address, 404 if case == "unknown" else 410)

    assert page.h1 == "Recevez un nouveau lien personnel"
    assert "Hébertville" not in page.html
    for paper in ("resolution.docx", "lever-du-drapeau.ics", "affiche.pdf"):
        assert client.get(f"{address}/{paper}").status_code == page.status
    assert client.post(address, data={"action": "annuler"}).status_code in (400, page.status)


def test_a_post_without_our_token_does_nothing(app: Flask, client: Client) -> None:
    address = builders.confirmed(app)
    before = whole_database(app)

    answers = {
        client.post(address, data={"action": name}).status_code for name in ("annuler", "passer", "x", "")
    }

    assert answers == {400}
    assert whole_database(app) == before


def test_an_unknown_action_is_refused_with_the_page(app: Flask, client: Client) -> None:
    page = client.visit(builders.confirmed(app))
    token = page.fields(act("annuler"))["csrf_token"]

    response = client.post(page.url, data={"action": "détruire", "csrf_token": token})

    assert response.status_code == 400
    assert "Cette action n’existe pas." in response.text


def test_a_link_outlives_the_week_by_months(app: Flask) -> None:
    with app.app_context(), transaction():
        edition = builders.edition()
        token = links.issue(edition, builders.territory(), now=builders.NOW)
    with app.app_context():
        assert links.get_link(token, now=datetime(2028, 3, 1, tzinfo=builders.UTC))
        with pytest.raises(links.Gone):
            links.get_link(token, now=datetime(2028, 4, 1, tzinfo=builders.UTC))


# --- answering ----------------------------------------------------------------------------------------


def test_the_link_registers_and_confirms_at_once(app: Flask, client: Client) -> None:
    page = client.visit(builders.personal_link(app))
    assert page.fields(SHEET)["email"] == [TOWN_HALL]

    thanks = client.submit(page, SHEET, **SHORTEST)

    assert thanks.h1 == "C’est noté!"
    participation = stored(app)
    assert (participation.state, participation.number) == (State.CONFIRMED, 1)
    assert participation.contact is not None
    assert participation.contact.email_verified_at is not None


def last_year(app: Flask, **changes: Any) -> None:
    """The municipality raised the flag on Tuesday of the 11th edition."""
    with app.app_context(), transaction():
        edition = open_edition(11, date(2026, 11, 16))
        answers = builders.details(flag_on=date(2026, 11, 17), **changes)
        participation = services.register(
            edition, builders.territory(), answers, author=builders.TEAM, now=builders.NOW
        )
        services.confirm(participation, author=builders.TEAM, now=builders.NOW)


@pytest.mark.parametrize("needs_review", [False, True])
def test_the_page_of_the_ceremony_is_linked_once_it_can_be_opened(
    app: Flask, client: Client, needs_review: bool
) -> None:
    page = client.visit(builders.confirmed(app, needs_review=needs_review))

    said, linked = page.texts("figure.qr figcaption"), page.all("figure.qr a")
    assert said[0].startswith("Ce code mènera à" if needs_review else "Ce code mène à")
    assert len(linked) == (0 if needs_review else 1)
    for link in linked:
        client.visit(str(link["href"]))


def test_as_last_year_is_one_press(app: Flask, client: Client) -> None:
    last_year(app)
    page = client.visit(builders.personal_link(app))
    assert "Mardi 16\u00a0novembre\u00a02027 à 10\u00a0h, Hôtel de ville." in page.text

    thanks = client.submit(page, act("comme-lan-dernier"))

    assert thanks.h1 == "C’est noté!"
    participation = stored(app)
    assert participation.event is not None
    assert (participation.state, participation.event.place) == (State.CONFIRMED, "Hôtel de ville")
    assert participation.event.sessions[0].starts_on == date(2027, 11, 16)


def test_as_last_year_is_not_offered_when_something_is_missing(app: Flask, client: Client) -> None:
    last_year(app, place="")

    page = client.visit(builders.personal_link(app))

    assert page.all(act("comme-lan-dernier")) == []


def test_undecided_then_no_then_yes(app: Flask, client: Client) -> None:
    link = builders.personal_link(app)
    page = client.submit(client.visit(link), act("reflexion"), **{"reflexion-decides_on": "4 octobre 2027"})
    assert "Ce lien reste bon" in page.text or "prenez le temps" in page.html
    assert (stored(app).state, stored(app).decides_on) == (State.UNDECIDED, date(2027, 10, 4))

    page = client.submit(page, act("decliner"), **{"decliner-reason": "Pas de mât"})
    assert stored(app).state is State.DECLINED

    client.submit(page, SHEET, **SHORTEST)
    assert stored(app).state is State.CONFIRMED


def test_changes_are_kept_and_two_colleagues_do_not_overwrite_each_other(app: Flask, client: Client) -> None:
    link = builders.confirmed(app)
    mine, yours = client.visit(f"{link}?modifier=oui"), client.visit(f"{link}?modifier=oui")
    client.submit(mine, SHEET, place="Parc", authority="1")

    page = client.submit(yours, SHEET, status=409, place="Quai", authority="1")

    assert "Une autre personne a modifié cette inscription" in page.text
    assert page.fields(SHEET)["place"] == ["Quai"]
    client.submit(page, SHEET)
    event = stored(app).event
    assert event is not None
    assert event.place == "Quai"


def test_postponed_from_the_telephone(app: Flask, client: Client) -> None:
    page = client.visit(builders.confirmed(app))
    before = stored(app).event

    page = client.submit(
        page,
        act("reporter"),
        **{"reporter-flag_on": "2027-11-16", "reporter-flag_time": "13h30", "reporter-reason": "Tempête"},
    )

    event = stored(app).event
    assert event is not None
    assert before is not None
    assert "reportée" in page.text
    assert (event.state, event.uid, event.sequence) == (EventState.POSTPONED, before.uid, before.sequence + 1)
    public = client.visit(f"/evenements/{event.slug}").text
    assert "16\u00a0novembre" in public
    assert "13\u00a0h\u00a030" in public
    feed = client.get("/calendrier.ics").text
    assert f"UID:{event.uid}" in feed
    assert f"SEQUENCE:{event.sequence}" in feed
    assert "DTSTART;TZID=America/Toronto:20271116T133000" in feed


def test_an_hour_that_does_not_exist_is_not_taken_for_a_postponement(app: Flask, client: Client) -> None:
    page = client.visit(builders.confirmed(app))

    page = client.submit(
        page,
        act("reporter"),
        status=422,
        **{"reporter-flag_on": "2027-03-14", "reporter-flag_time": "2 h 30", "reporter-reason": "Vent"},
    )

    assert "3\u00a0h" in page.one("#reporter-flag_time-erreur").get_text()
    assert page.fields(act("reporter"))["reporter-reason"] == ["Vent"]


def test_indoors_cancelled_and_back(app: Flask, client: Client) -> None:
    page = client.visit(builders.confirmed(app))
    page = client.submit(page, act("interieur"), **{"interieur-place": "Gymnase"})
    event = stored(app).event
    assert event is not None
    assert (event.place, event.is_indoors) == ("Gymnase", True)

    page = client.submit(page, act("annuler"), **{"annuler-reason": "Mât brisé"})
    assert stored(app).state is State.CANCELLED
    assert client.visit(f"/evenements/{event.slug}").status == 200

    page = client.submit(page, act("retablir"))
    assert (stored(app).state, page.h1) == (State.CONFIRMED, "C’est noté!")


def test_withdrawing_asks_why(app: Flask, client: Client) -> None:
    page = client.submit(client.visit(builders.confirmed(app)), act("annuler"), status=422)

    assert "Indiquez la raison" in page.text
    assert stored(app).state is State.CONFIRMED


def test_the_number_of_the_resolution_comes_later(app: Flask, client: Client) -> None:
    page = client.visit(builders.confirmed(app))

    page = client.submit(
        page,
        act("resolution"),
        **{"resolution-resolution_on": "4 oct. 2027", "resolution-resolution_number": "2027-145"},
    )

    participation = stored(app)
    assert (participation.resolution_state, participation.resolution_on) == (
        ResolutionState.ADOPTED,
        date(2027, 10, 4),
    )
    assert "2027-145" in page.text


def test_what_was_registered_by_the_public_form_is_confirmed_by_the_link(app: Flask, client: Client) -> None:
    with app.app_context(), transaction():
        builders.register(now=clock.now())

    page = client.visit(builders.personal_link(app))
    assert page.h1 == "Il reste à confirmer"
    client.submit(page, act("confirmer"))

    assert stored(app).state is State.CONFIRMED


@pytest.mark.parametrize(
    ("action", "answers"),
    [
        ("annuler", {"annuler-reason": "Mât brisé"}),
        (
            "reporter",
            {"reporter-flag_on": "2027-11-16", "reporter-flag_time": "11 h", "reporter-reason": "Vent"},
        ),
        ("passer", {"passer-first_name": "Luc", "passer-email": "luc@exemple.quebec"}),
    ],
)
def test_a_short_answer_sent_from_a_page_too_old_is_kept(
    app: Flask, client: Client, action: str, answers: dict[str, str]
) -> None:
    page = client.visit(builders.confirmed(app))
    client.delete_cookie("pavois")

    again = client.submit(page, act(action), status=400, **answers)

    assert {name: again.fields(act(action))[name] for name in answers} == {
        name: [value] for name, value in answers.items()
    }
    assert again.all(f"details[open] {act(action)}")


# --- handing over -------------------------------------------------------------------------------------


def test_who_takes_over_gets_a_link_and_who_left_has_none(app: Flask, client: Client) -> None:
    old = builders.confirmed(app)
    other = builders.personal_link(app)

    page = client.submit(
        client.visit(old),
        act("passer"),
        **{"passer-first_name": "Luc", "passer-last_name": "Roy", "passer-email": "luc@exemple.quebec"},
    )

    assert page.h1 == "Merci de nous l’avoir dit"
    client.visit(old, 410)
    client.visit(other, 410)
    letter = letters(app)[-1]
    assert (letter.to_email, letter.to_name) == ("luc@exemple.quebec", "Luc Roy")
    assert client.visit(address_in(letter, "/p/")).h1 == "C’est noté!"


def test_without_a_name_the_town_hall_is_written_to(app: Flask, client: Client) -> None:
    client.submit(client.visit(builders.confirmed(app)), act("passer"))

    assert letters(app)[-1].to_email == TOWN_HALL


def test_a_name_without_an_address_is_asked_about(app: Flask, client: Client) -> None:
    page = client.visit(builders.confirmed(app))

    page = client.submit(page, act("passer"), status=422, **{"passer-first_name": "Luc"})

    assert "Inscrivez son courriel" in page.text
    assert page.fields(act("passer"))["passer-first_name"] == ["Luc"]


def test_the_municipality_set_aside_sees_nothing_of_the_other_one(app: Flask, client: Client) -> None:
    builders.confirmed(app, "98012")
    with app.app_context(), transaction():
        edition = builders.edition()
        wrong = services.claim(edition, builders.territory("98012"), author=builders.TEAM, now=clock.now())
        right = services.claim(edition, builders.territory("92005"), author=builders.TEAM, now=clock.now())
        services.merge(wrong, right, author=builders.TEAM, now=clock.now(), reason="Mauvaise municipalité")

    page = client.visit(builders.personal_link(app, "98012"))

    assert "manon" not in page.html.lower()
    client.submit(page, SHEET, **SHORTEST)
    assert (stored(app, "98012").state, stored(app, "98012").number) == (State.CONFIRMED, 2)


# --- nothing of people in the logs --------------------------------------------------------------------


def test_a_whole_journey_writes_no_address_no_name_no_token(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    record_requests(app)
    caplog.set_level(logging.DEBUG)
    client = app.test_client()
    assert isinstance(client, Client)
    form = client.visit(f"/inscription/{HEBERTVILLE}")
    client.submit(form, SHEET, **SHORTEST)
    confirm = address_in(letters(app)[0], "/confirmer/")
    page = client.submit(client.visit(confirm))
    client.submit(page, act("annuler"), **{"annuler-reason": "Mât brisé"})
    client.submit(client.visit("/inscription/lien"), municipality="Hébertville", email=TOWN_HALL)
    client.visit("/p/inconnu-mais-secret", 404)

    written = "\n".join(
        logs.Formatter().format(record)
        for record in caplog.records
        if record.name.startswith(("campaign", "flask"))
    )

    tokens = [confirm.rsplit("/", 1)[1], page.url.rsplit("/", 1)[1], "inconnu-mais-secret"]
    assert "campaign.requests POST /inscription/" in written
    assert [
        word
        for word in (
            *tokens,
            "manon",
            "Manon",
            "Tremblay",
            "@exemple",
            "saint-bruno",
            "127.0.0.1",
            "Mât brisé",
        )
        if word in written
    ] == []
