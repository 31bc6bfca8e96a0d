"""The team's pages of mailings through HTTP: what each role sees and does, and what a refusal says."""

import csv
from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from campaign import clock
from campaign.accounts.models import Role
from campaign.campaigns.queries import current_edition
from campaign.campaigns.services import set_organization
from campaign.db import db, transaction
from campaign.mailings import queries, services
from campaign.mailings.models import Mailing, MailingState, Recipient, RecipientTerritory
from campaign.outbox import services as outbox
from campaign.outbox.models import Message, MessageState
from campaign.outbox.queries import list_holds
from campaign.territory.queries import get_territory
from tests.board.world import BAIE_COMEAU, PERCE, RIMOUSKI, SAYABEC, register
from tests.mailings.world import AFTER, BEFORE, MOMENT, became, open_campaign, recipient_of, send
from tests.pages import Client
from tests.people import sign_in
from tests.queries import count_queries

ENVOIS = "/gestion/envois"
INVITATION = f"{ENVOIS}/invitation"
PAGES = (
    ENVOIS,
    INVITATION,
    f"{INVITATION}/simulation",
    f"{INVITATION}/simulation.csv",
    f"{INVITATION}/destinataires",
    f"{INVITATION}/destinataires.csv",
)
QUESTIONS = (
    f"{INVITATION}/planifier",
    f"{INVITATION}/annuler",
    f"{INVITATION}/reprendre",
    f"{INVITATION}/laisser-partir",
    f"{ENVOIS}/tout-suspendre",
    f"{ENVOIS}/tout-reprendre",
)
POSTED = (*QUESTIONS, f"{INVITATION}/brouillon", f"{INVITATION}/pause", f"{INVITATION}/renvoyer")


@pytest.fixture
def draft(app: Flask) -> Iterator[None]:
    """The calendar of an edition, the eve of the invitation; Sayabec has registered already."""
    with clock.pretend(BEFORE):
        with app.app_context(), transaction():
            register(open_campaign(), SAYABEC, now=BEFORE)
        yield


@pytest.fixture
def left(app: Flask) -> Iterator[None]:
    """The invitation has left: one letter delivered, one refused, one still queued; one registered before."""
    with app.app_context(), transaction():
        edition = open_campaign()
        register(edition, SAYABEC, now=BEFORE)
        mailing = send(edition)
        became(mailing, RIMOUSKI, MessageState.DELIVERED)
        became(mailing, PERCE, MessageState.BOUNCED, why="550 5.1.1 User unknown")
        outbox.beat("worker", AFTER - timedelta(seconds=12))
    with clock.pretend(AFTER):
        yield


def state_of(app: Flask, key: str = "invitation") -> MailingState:
    with app.app_context():
        return queries.get_mailing(current_edition(), key).state


def holds(app: Flask) -> list[tuple[str, str, str]]:
    with app.app_context():
        return [(hold.batch, hold.author, hold.reason) for hold in list_holds()]


def messages(app: Flask) -> dict[str, MessageState]:
    with app.app_context():
        rows = db.session.execute(sa.select(Message.to_email, Message.state).where(Message.batch != ""))
        return dict(rows.all())


# --- who may ------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("left")
@pytest.mark.parametrize("role", [Role.ADMIN, Role.ORGANIZER, Role.VIEWER])
def test_the_team_reads_every_page(client: Client, role: Role) -> None:
    sign_in(client, role)

    assert {address: client.get(address).status_code for address in PAGES} == dict.fromkeys(PAGES, 200)


@pytest.mark.usefixtures("left")
def test_a_stranger_and_a_host_read_nothing(client: Client) -> None:
    strange = {client.get(address).status_code for address in PAGES}
    sign_in(client, Role.HOST)

    assert strange == {302}
    assert {client.get(address).status_code for address in PAGES} == {403}


@pytest.mark.usefixtures("left")
@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.VIEWER])
def test_only_organizers_act(app: Flask, client: Client, role: Role) -> None:
    app.config["WTF_CSRF_ENABLED"] = False  # the guard must hold by itself
    sign_in(client, role, "01")

    seen = [client.visit(address) for address in (ENVOIS, INVITATION, f"{INVITATION}/destinataires")]

    assert {client.get(address).status_code for address in QUESTIONS} == {403}
    assert {client.post(address).status_code for address in POSTED} == {403}
    assert [page.texts("main form[method=post]") for page in seen] == [[], [], []]
    assert not any("Tout suspendre" in page.text for page in seen)


@pytest.mark.usefixtures("left")
def test_nothing_is_done_without_our_token(app: Flask, client: Client) -> None:
    sign_in(client, Role.ORGANIZER)
    before = (state_of(app), messages(app))

    assert {client.post(address).status_code for address in POSTED} == {400}
    assert (state_of(app), messages(app), holds(app)) == (*before, [])


@pytest.mark.usefixtures("left")
def test_a_coordinator_sees_the_rows_of_their_regions_only(client: Client) -> None:
    sign_in(client, Role.COORDINATOR, "09")

    seen = "".join(client.get(address).get_data(as_text=True) for address in PAGES)
    page = client.visit(INVITATION)
    other_region = client.get(f"{INVITATION}/destinataires?region=01").status_code

    assert "Baie-Comeau" in seen
    assert not any(name in seen for name in ("Rimouski", "Sayabec", "Verte", "manon@", "info@10043"))
    assert page.texts("#decisions tfoot td") == ["1"]
    assert other_region == 403
    assert client.get(f"{INVITATION}/destinataires.csv?region=01").status_code == 403


# --- the timeline -------------------------------------------------------------------------------------


@pytest.mark.usefixtures("draft")
def test_the_timeline_says_each_moment_and_why(client: Client) -> None:
    sign_in(client)

    page = client.visit(ENVOIS)

    lines = page.text
    assert "J−45 tombe le vendredi 1er\u00a0octobre\u00a02027, et une sollicitation part" in lines
    assert "Ailleurs\u00a0: 9\u00a0h, heure de l’Atlantique" in lines
    assert "Aucun envoi n’est planifié." in lines
    assert (
        "Adoptez la résolution avant la pause électorale" in lines.split("années d’élections municipales")[1]
    )
    assert "n’a jamais donné signe de vie" in lines


@pytest.mark.usefixtures("left")
def test_what_leaves_stands_first_with_its_progress(client: Client) -> None:
    sign_in(client)

    page = client.visit(ENVOIS)

    now = page.one("#en-route")
    assert [heading.get_text() for heading in now.select("h3")] == ["Invitation"]
    assert now.select_one("progress")["value"] == "2"  # type: ignore[index]  # asserted by the line above
    assert "2 sur 3" in page.text
    assert "4 adresses examinées, 1 exclue, 1 message parti, 1 à traiter" in page.text
    assert "a donné signe de vie il y a 12\u00a0secondes." in page.text


@pytest.mark.usefixtures("left")
def test_a_silent_worker_is_told_with_what_to_do(client: Client) -> None:
    sign_in(client)
    with clock.pretend(AFTER + timedelta(minutes=4)):
        page = client.visit(ENVOIS)

    notice = page.texts(".notice--danger")[0]
    assert "ne donne plus signe de vie" in notice
    assert "il y a 4\u00a0minutes" in notice
    assert "python -m campaign worker" in notice


def test_an_election_is_warned_of_and_its_mailing_applies(app: Flask, client: Client) -> None:
    with clock.pretend(BEFORE.replace(year=2029)):
        with app.app_context(), transaction():
            from_2029()
        sign_in(client)
        page = client.visit(ENVOIS)

    assert "période électorale municipale" in page.text
    assert "années d’élections municipales" not in page.text


def from_2029() -> None:
    edition = open_campaign()
    edition.start_on, edition.year = edition.start_on.replace(year=2029, day=19), 2029  # type: ignore[union-attr]
    edition.end_on, edition.flag_on = edition.start_on + timedelta(days=6), edition.start_on


@pytest.mark.usefixtures("draft")
@pytest.mark.parametrize("address", [ENVOIS, "/gestion"])
def test_the_timeline_asks_as_much_for_one_mailing_as_for_all(
    app: Flask, client: Client, address: str
) -> None:
    sign_in(client)
    client.visit(address)
    with app.app_context(), transaction() as session:
        edition = current_edition()
        keys = [mailing.key for mailing in queries.list_mailings(edition)]
        for key in ("invitation", "rappel-1"):
            services.schedule(queries.get_mailing(edition, key), edition, author="Jeanne", now=BEFORE)
        session.flush()
    with count_queries(app) as many:
        client.visit(address)
    with app.app_context(), transaction() as session:
        session.execute(sa.delete(Mailing).where(Mailing.key != "invitation"))
    with count_queries(app) as one:
        client.visit(address)

    assert len(keys) > 20
    assert len(one) == len(many)


@pytest.mark.usefixtures("left")
def test_the_ledger_asks_as_much_for_one_row_as_for_three(app: Flask, client: Client) -> None:
    sign_in(client)
    client.visit(f"{INVITATION}/destinataires")

    with count_queries(app) as one:
        assert len(client.visit(f"{INVITATION}/destinataires?region=09").all("tbody tr")) == 1
    with count_queries(app) as three:
        assert len(client.visit(f"{INVITATION}/destinataires?region=01").all("tbody tr")) == 3

    assert len(one) == len(three)


@pytest.mark.usefixtures("left")
def test_the_board_names_what_leaves(client: Client) -> None:
    sign_in(client)

    page = client.visit("/gestion")

    assert "Envoi en cours\u00a0: Invitation, 2 messages sur 3." in page.text
    assert client.visit(page.link("Invitation")).h1 == "Invitation"


# --- one mailing --------------------------------------------------------------------------------------


@pytest.mark.usefixtures("left")
def test_a_mailing_says_its_figures(client: Client) -> None:
    sign_in(client)

    page = client.visit(INVITATION)

    assert page.texts("#decisions tbody th, #decisions tbody td") == ["Incluses", "3", "Déjà inscrite", "1"]
    assert page.texts("#decisions tfoot td") == ["4"]
    assert page.texts("#messages tbody th, #messages tbody td") == [
        "En file",
        "1",
        "Livré",
        "1",
        "Adresse refusée",
        "1",
    ]
    assert page.texts("#messages tfoot td") == ["3"]
    assert "Aucune municipalité n’a encore répondu depuis." in page.text
    assert "J−90" in page.text


def test_a_mailing_that_does_not_exist(client: Client, left: None) -> None:
    sign_in(client)

    assert client.get(f"{ENVOIS}/inconnu").status_code == 404


@pytest.mark.usefixtures("draft")
def test_schedules_then_goes_back_to_the_draft(app: Flask, client: Client) -> None:
    sign_in(client, Role.ORGANIZER)
    question = client.visit(client.visit(INVITATION).link("Planifier l’envoi"))

    page = client.submit(question, "main form")

    assert "3\u00a0messages, sur 4\u00a0adresses" in question.text
    assert "L’envoi est planifié." in page.text
    assert state_of(app) is MailingState.SCHEDULED
    assert "par Dominique Roy" in page.text
    back = client.submit(page, "main form[action$=brouillon]")
    assert "L’envoi est revenu au brouillon" in back.text
    assert state_of(app) is MailingState.DRAFT


@pytest.mark.usefixtures("draft")
def test_a_refusal_is_said_beside_and_changes_nothing(app: Flask, client: Client) -> None:
    with app.app_context(), transaction():
        set_organization("Collectif petite enfance", contact="bonjour@exemple.quebec")
    sign_in(client)
    question = client.visit(f"{INVITATION}/planifier")

    page = client.submit(question, "main form", status=409)

    assert "Il manque\u00a0: son adresse postale." in page.texts(".notice--danger")[0]
    assert page.h1 == question.h1
    assert state_of(app) is MailingState.DRAFT


@pytest.mark.usefixtures("draft")
def test_the_last_minutes_count_down(app: Flask, client: Client) -> None:
    sign_in(client)
    client.submit(client.visit(f"{INVITATION}/planifier"), "main form")

    with clock.pretend(MOMENT - timedelta(hours=1, minutes=7, seconds=30)):  # an hour sooner on the islands
        page = client.visit(INVITATION)

    assert "Part dans 8 minutes. Vous pouvez encore l’annuler." in page.text


@pytest.mark.usefixtures("left")
def test_pauses_and_resumes(app: Flask, client: Client) -> None:
    sign_in(client)

    paused = client.submit(client.visit(INVITATION), "#pause", reason="Mauvais objet")
    question = client.visit(paused.link("Reprendre l’envoi"))
    first = (state_of(app), holds(app))
    client.submit(question, "main form")

    assert first[0] is MailingState.PAUSED
    assert [(author, reason) for _, author, reason in first[1]] == [("Dominique Roy", "Mauvais objet")]
    assert "Mauvais objet" in paused.text
    assert "1\u00a0message dans la file." in question.text
    assert (state_of(app), holds(app)) == (MailingState.LEAVING, [])


@pytest.mark.usefixtures("left")
def test_a_refused_pause_keeps_what_was_typed(app: Flask, client: Client) -> None:
    sign_in(client)
    page = client.visit(INVITATION)
    with app.app_context(), transaction():
        services.cancel(queries.get_mailing(current_edition(), "invitation"), author="Jeanne", now=AFTER)

    refused = client.send(page, "#pause", reason="Mauvais objet")

    assert refused.status_code == 409
    assert "n’est pas en route" in refused.get_data(as_text=True)
    assert state_of(app) is MailingState.CANCELLED


@pytest.mark.usefixtures("left")
def test_cancels_what_has_not_left(app: Flask, client: Client) -> None:
    sign_in(client)
    question = client.visit(client.visit(INVITATION).link("Annuler l’envoi"))

    client.submit(question, "main form")

    assert "1\u00a0message dans la file\u00a0: plus rien ne partira." in question.text
    assert state_of(app) is MailingState.CANCELLED
    assert sorted(messages(app).values()) == [
        MessageState.DELIVERED,
        MessageState.BOUNCED,
        MessageState.WITHDRAWN,
    ]


@pytest.mark.usefixtures("draft")
def test_lets_a_late_mailing_leave(app: Flask, client: Client) -> None:
    with app.app_context(), transaction():
        edition = current_edition()
        mailing = queries.get_mailing(edition, "invitation")
        services.schedule(mailing, edition, author="Jeanne", now=BEFORE)
        services.advance(mailing.id, now=MOMENT + timedelta(days=7))
    late = MOMENT + timedelta(days=7)
    with clock.pretend(late):
        sign_in(client)
        waiting = client.visit(INVITATION)
        page = client.submit(client.visit(waiting.link("Laisser partir")), "main form")

    assert "En retard de plus de 48 heures" in waiting.text
    assert "Part dans 10 minutes." in page.text
    assert state_of(app) is MailingState.SCHEDULED


@pytest.mark.usefixtures("left")
def test_holds_everything_then_releases(app: Flask, client: Client) -> None:
    sign_in(client)
    question = client.visit(client.visit(ENVOIS).link("Tout suspendre"))
    page = client.submit(question, "main form", reason="Erreur de liste")
    held = holds(app)
    elsewhere = client.visit(INVITATION)
    client.submit(client.visit(page.link("Reprendre les envois")), "main form")

    assert held == [("*", "Dominique Roy", "Erreur de liste")]
    assert "Erreur de liste" in page.texts(".notice--warning")[0]
    assert "Tous les envois sont suspendus" in elsewhere.text
    assert "Tout suspendre" not in page.text
    assert holds(app) == []


# --- simulations --------------------------------------------------------------------------------------


@pytest.mark.usefixtures("draft")
def test_simulates_any_instant(client: Client) -> None:
    sign_in(client)
    page = client.visit(f"{INVITATION}/simulation?date=2027-09-01&heure=10 h 30")

    assert page.texts("main h2") == ["Le 1er\u00a0septembre\u00a02027 à 10\u00a0h\u00a030"]
    assert page.texts("#totaux tbody td") == ["3", "1"]
    assert page.texts("#totaux tfoot td") == ["4"]
    assert len(page.all("#adresses tbody tr")) == 4
    chosen = client.visit(page.link("Déjà inscrite"))
    assert [row.split("Exclue")[0].strip() for row in chosen.texts("#adresses tbody tr")] == [
        "manon@exemple.quebecManon Tremblay"
    ]


@pytest.mark.usefixtures("draft")
def test_a_date_that_nobody_understands_is_said_beside(client: Client) -> None:
    sign_in(client)

    page = client.visit(f"{INVITATION}/simulation?date=jamais&heure=9 h")

    assert page.texts(".field__error") != []
    assert page.one("#date")["value"] == "jamais"
    assert page.texts("#totaux tfoot td") == ["4"]


@pytest.mark.usefixtures("draft")
def test_the_simulation_as_a_file(client: Client) -> None:
    sign_in(client)

    text = client.get(f"{INVITATION}/simulation.csv?date=2027-09-01&heure=9 h").get_data(as_text=True)

    assert text.startswith("\ufeffadresse;decision;motif;variante;municipalites;moment\r\n")
    rows = list(csv.reader(text.removeprefix("\ufeff").splitlines(), delimiter=";"))[1:]
    assert sorted(row[1] for row in rows) == ["exclue", "incluse", "incluse", "incluse"]


# --- the ledger ---------------------------------------------------------------------------------------


@pytest.mark.usefixtures("left")
def test_the_ledger_leads_to_the_exact_message(app: Flask, client: Client) -> None:
    sign_in(client)
    page = client.visit(f"{INVITATION}/destinataires?q=rimouski")

    message = client.visit(page.link("Livré"))

    assert "info@10043.exemple.quebec" in message.text
    assert "Rimouski" in message.text


@pytest.mark.usefixtures("left")
def test_writes_again_to_those_ticked(app: Flask, client: Client) -> None:
    with app.app_context(), transaction():
        get_territory(PERCE).email = "nouvelle@exemple.quebec"
    sign_in(client)
    page = client.visit(f"{INVITATION}/destinataires")
    (box,) = page.all("input[name=recipient]")

    done = client.submit(page, "#renvoyer", recipient=box["value"])
    again = client.send(page, "#renvoyer", recipient=box["value"], follow_redirects=True)

    assert "Remis en file\u00a0: 1\u00a0message." in done.text
    assert "Son message attend déjà son départ." in again.get_data(as_text=True)
    assert list(messages(app)).count("nouvelle@exemple.quebec") == 1
    assert messages(app)["nouvelle@exemple.quebec"] is MessageState.QUEUED


@pytest.mark.usefixtures("left")
def test_says_who_cannot_be_written_to_again(client: Client) -> None:
    sign_in(client)
    with_boxes = client.visit(f"{INVITATION}/destinataires")

    assert with_boxes.all("input[name=recipient]") == []
    assert with_boxes.all("#renvoyer") == []


@pytest.mark.usefixtures("left")
def test_asks_to_tick_somebody(app: Flask, client: Client) -> None:
    with app.app_context(), transaction():
        get_territory(PERCE).email = "nouvelle@exemple.quebec"
    sign_in(client)

    page = client.submit(client.visit(f"{INVITATION}/destinataires"), "#renvoyer", status=409)

    assert "Cochez d’abord à qui renvoyer l’envoi." in page.text


@pytest.mark.usefixtures("left")
def test_the_list_of_calls_has_the_telephone(app: Flask, client: Client) -> None:
    with app.app_context(), transaction():
        get_territory(PERCE).phone = "4188982812"
    sign_in(client)

    page = client.visit(client.visit(INVITATION).link("À relancer par téléphone"))

    assert page.h1 == "À relancer par téléphone"
    assert page.texts("#destinataires tbody a[href^='tel:']") == ["418\u00a0898-2812"]
    assert "L’Isle-Verte" in page.text
    assert "Rimouski" not in page.text


@pytest.mark.usefixtures("left")
def test_a_shared_letter_filed_elsewhere_is_not_opened_by_a_coordinator(app: Flask, client: Client) -> None:
    """The letter is kept under its first municipality, in a region that is not theirs."""
    with app.app_context(), transaction() as session:
        mailing = queries.get_mailing(current_edition(), "invitation")
        recipient = recipient_of(mailing, RIMOUSKI)
        session.add(RecipientTerritory(recipient_id=recipient.id, territory_id=get_territory(BAIE_COMEAU).id))
        session.execute(
            sa.update(Recipient).where(Recipient.id == recipient.id).values(detail="Rimouski : A décliné")
        )
    sign_in(client, Role.COORDINATOR, "09")

    page = client.visit(f"{INVITATION}/destinataires")

    assert "Livré" in page.text
    assert "Rimouski" not in page.text
    assert [link for link in page.texts("#destinataires a") if link == "Livré"] == []


@pytest.mark.usefixtures("left")
def test_what_is_over_is_neither_cancelled_nor_paused(app: Flask, client: Client) -> None:
    with app.app_context(), transaction():
        mailing = queries.get_mailing(current_edition(), "invitation")
        became(mailing, BAIE_COMEAU, MessageState.DELIVERED)
    sign_in(client)

    page = client.visit(INVITATION)

    assert "Terminé" in page.text
    assert page.texts("main .button") == []
