"""Writing a mailing in the browser: a field at the cursor, the length while typing, the letter framed."""

from playwright.sync_api import Page, expect

from campaign.accounts.models import Role
from tests.browser.serving import Server
from tests.browser.test_team import enter

MAILING = "/gestion/envois/outils"


def test_a_field_goes_where_the_cursor_was_and_counts_for_its_example(page: Page, server: Server) -> None:
    enter(page, server, Role.ORGANIZER)
    page.goto(f"{MAILING}/texte")
    subject = page.get_by_label("Objet")
    subject.fill("Les outils , enfin")
    subject.press("Home")
    for _ in "Les outils ":
        subject.press("ArrowRight")

    page.get_by_text("Champs à insérer").click()
    page.get_by_role("button", name="Insérer de_nom", exact=True).click()

    expect(subject).to_have_value("Les outils {{de_nom}}, enfin")
    expect(subject).to_be_focused()
    expect(page.locator("#subject-longueur")).to_contain_text("31 sur 60")
    subject.fill("{{La_municipalite}} " * 3)
    expect(page.locator("#subject-longueur")).to_contain_text("Un téléphone coupe après 60 environ.")


def test_the_letter_shows_in_its_frame_and_a_trial_leaves_from_there(page: Page, server: Server) -> None:
    enter(page, server, Role.ORGANIZER)
    page.goto(f"{MAILING}/texte")
    page.get_by_role("link", name="Voir la lettre sur de vraies fiches").click()

    page.get_by_label("Fiche").select_option("la")
    page.get_by_role("button", name="Voir", exact=True).click()

    frame = page.frame_locator("iframe.preview")
    expect(frame.get_by_role("heading", level=1)).to_contain_text("à La ")
    page.get_by_role("link", name="Mode sombre").click()
    expect(frame.locator(".content")).to_have_css("background-color", "rgb(23, 38, 56)")
    page.get_by_role("button", name="M’envoyer un essai").click()
    expect(page.get_by_role("status")).to_contain_text("Un essai part à organizer@exemple.quebec.")
