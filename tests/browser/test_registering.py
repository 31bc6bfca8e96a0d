"""Registering with a keyboard and with a script, then without one."""

from __future__ import annotations

import sqlalchemy as sa
from playwright.sync_api import Page, expect

from campaign.db import db, transaction
from campaign.registrations import links
from campaign.registrations.models import Registration
from tests.browser.conftest import NewPage
from tests.browser.gatherings import regional_day
from tests.browser.serving import Server


def opened(server: Server) -> str:
    """The form of a gathering that asks everything."""
    with server.app.app_context(), transaction() as session:
        return f"/evenements/{regional_day(session, server.now).slug}/inscription"


def mine(server: Server) -> str:
    """The link that the letter to the last person registered holds."""
    with server.app.app_context():
        found = db.session.scalars(sa.select(Registration).order_by(Registration.id.desc())).first()
        assert found is not None
        return f"/inscriptions/{links.registration_token(found)}"


def fill(page: Page) -> None:
    main = page.get_by_role("main")
    for name, value in (
        ("first_name", "Renée"), ("last_name", "Côté"), ("email", "renee@exemple.quebec"),
    ):  # fmt: skip
        main.locator(f"[name=people-0-{name}]").fill(value)
    main.get_by_label("Sur place").check()
    main.get_by_label("Les transitions douces").check()
    main.get_by_label("Les premiers mots").check()
    main.get_by_role("group", name="Dînerez-vous sur place?").get_by_label("Oui").check()


def test_a_question_shows_once_its_answer_asks_for_it(page: Page, server: Server) -> None:
    page.goto(opened(server))
    dependent = page.get_by_label("Avec qui souhaitez-vous dîner?")
    lunch = page.get_by_role("group", name="Dînerez-vous sur place?")

    expect(dependent).to_be_hidden()
    lunch.get_by_label("Oui").focus()
    page.keyboard.press("Space")
    expect(dependent).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(dependent).to_be_hidden()


def test_without_script_everything_is_asked_and_the_ticket_comes(new_page: NewPage, server: Server) -> None:
    page = new_page(width=320, java_script_enabled=False)
    page.goto(opened(server))
    expect(page.get_by_label("Avec qui souhaitez-vous dîner?")).to_be_visible()

    fill(page)
    page.get_by_role("button", name="S’inscrire", exact=True).last.click()

    expect(page.get_by_role("heading", name="C’est reçu")).to_be_visible()
    page.goto(mine(server))
    expect(page.get_by_text("Votre inscription est confirmée.")).to_be_visible()
    page.get_by_role("link", name="Billet de Renée Côté").click()
    expect(page.get_by_role("img", name="Code QR de ce billet")).to_be_visible()


def test_the_enter_key_sends_the_form_rather_than_adding_somebody(page: Page, server: Server) -> None:
    page.goto(opened(server))
    fill(page)

    page.locator("[name=people-0-email]").press("Enter")

    expect(page.get_by_role("heading", name="C’est reçu")).to_be_visible()


def test_without_script_a_file_is_chosen_once_then_replaced_with_the_keyboard(
    new_page: NewPage, server: Server
) -> None:
    page = new_page(width=375, java_script_enabled=False)
    page.goto(opened(server))
    fill(page)
    slides = {"name": "Lire ensemble.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7\n%%EOF"}
    page.get_by_label("Votre présentation").set_input_files(slides)
    page.get_by_role("button", name="Ajouter une personne").click()

    kept = page.get_by_text("«\u00a0Lire ensemble.pdf\u00a0» (1\u00a0ko) est gardé avec vos réponses.")
    expect(kept).to_be_visible()
    expect(page.get_by_label("Retirer «\u00a0Lire ensemble.pdf\u00a0»")).not_to_be_checked()
    page.get_by_role("button", name="Retirer cette personne").last.click()
    expect(kept).to_be_visible()
    page.get_by_role("button", name="S’inscrire", exact=True).last.click()
    expect(page.get_by_role("heading", name="C’est reçu")).to_be_visible()
    page.goto(mine(server))

    replacing = page.get_by_role("link", name="Remplacer le fichier")
    replacing.focus()
    page.keyboard.press("Enter")
    page.get_by_label("Votre présentation").set_input_files(slides | {"name": "Autre.pdf"})
    page.get_by_role("button", name="Joindre ce fichier").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Le fichier est joint.")).to_be_visible()
    expect(page.get_by_text("Autre.pdf")).to_be_visible()


def test_a_file_too_heavy_is_told_before_it_is_sent(page: Page, server: Server) -> None:
    page.goto(opened(server))
    box = page.get_by_label("Votre présentation")
    told = page.get_by_role("alert").filter(has_text="pèse plus de 8\u00a0Mo")
    slides = {"name": "Photos.pptx", "mimeType": "application/zip"}

    expect(told).to_be_hidden()
    box.set_input_files(slides | {"buffer": bytes(8_000_001)})
    expect(told).to_be_visible()
    assert box.input_value() == ""
    box.set_input_files(slides | {"buffer": b"PK"})
    expect(told).to_be_hidden()
