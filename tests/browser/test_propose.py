"""Proposing an activity with a keyboard, with a telephone, without script."""

from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage, Watch
from tests.browser.scenes import propose_and_press

FORM = "/calendrier/proposer"


def photo() -> bytes:
    written = BytesIO()
    Image.new("RGB", (640, 480), "teal").save(written, "JPEG")
    return written.getvalue()


def test_without_script_on_a_narrow_telephone(new_page: NewPage) -> None:
    page = new_page(java_script_enabled=False, width=320, height=568)
    page.goto(FORM)
    page.get_by_text("L’activité se répète").click()
    page.locator("summary", has_text="Image").click()
    page.locator("#image").set_input_files({"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": photo()})
    page.get_by_label("Titre de l’activité").fill("Heure du conte")
    page.get_by_role("button", name="Ajouter une date").click()

    expect(page.get_by_label("Titre de l’activité")).to_have_value("Heure du conte")
    expect(page.get_by_role("group", name="Date 2")).to_be_visible()
    assert page.url.endswith("#dates")
    expect(page.locator(".picture-preview")).to_have_js_property("naturalWidth", 640)


def test_a_picture_too_heavy_loses_nothing_that_was_typed(
    new_page: NewPage, watch: Watch, tmp_path: Path
) -> None:
    heavy = tmp_path / "photo.jpg"
    heavy.write_bytes(b"\xff" * 25_000_000)
    page = new_page(java_script_enabled=False)
    page.goto(FORM)
    page.get_by_label("Titre de l’activité").fill("Heure du conte")
    page.locator("#description").fill("Des histoires à partager.")
    page.locator("#audiences-0").check()
    page.locator("summary", has_text="Image").click()
    page.locator("#image").set_input_files(heavy)

    page.get_by_role("button", name="Continuer").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("L’envoi est trop lourd")
    expect(page.get_by_role("main")).to_contain_text("bouton «\u00a0Précédent\u00a0»")
    watch.forgive(413)
    page.go_back()

    expect(page.get_by_label("Titre de l’activité")).to_have_value("Heure du conte")
    expect(page.locator("#description")).to_have_value("Des histoires à partager.")
    expect(page.locator("#audiences-0")).to_be_checked()


def test_a_picture_too_heavy_is_refused_before_it_is_sent(page: Page, watch: Watch, tmp_path: Path) -> None:
    heavy = tmp_path / "photo.jpg"
    heavy.write_bytes(b"\xff" * 8_000_001)
    page.goto(FORM)
    page.locator("summary", has_text="Image").click()
    told = page.get_by_text("Cette image pèse plus de 8\u00a0Mo.")
    expect(told).to_be_hidden()

    page.locator("#image").set_input_files(heavy)
    expect(told).to_be_visible()
    expect(page.locator("#image")).to_have_value("")
    page.locator("#image").set_input_files({"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photo()})

    expect(told).to_be_hidden()
    expect(page.locator("#image")).to_have_value("C:\\fakepath\\a.jpg")


def test_the_whole_way_to_the_letter(page: Page) -> None:
    page.goto(FORM)

    propose_and_press("Continuer")(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Relisez votre activité")
    expect(page.get_by_role("article").get_by_role("listitem")).to_have_count(3)
    page.get_by_role("button", name="Soumettre mon activité").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Vérifiez votre courriel")


def test_enter_sends_the_form_rather_than_adding_a_date(page: Page, watch: Watch) -> None:
    page.goto(FORM)

    page.get_by_label("Titre de l’activité").press("Enter")

    expect(page.get_by_role("alert")).to_contain_text("points sont à corriger")
    expect(page.get_by_role("group", name="Date 2")).to_have_count(0)
    watch.forgive(422)


def test_a_municipality_is_chosen_with_the_keyboard(page: Page) -> None:
    page.goto(FORM)
    box = page.get_by_role("combobox", name="Municipalité")

    box.press_sequentially("saint-augustin")
    expect(page.get_by_role("listbox", name="Suggestions").get_by_role("option").first).to_be_visible()
    box.press("ArrowDown")
    box.press("Enter")

    expect(box).to_have_value("Saint-Augustin (municipalité, MRC Le Golfe-du-Saint-Laurent)")
    expect(page.get_by_role("listbox", name="Suggestions")).to_be_hidden()
    expect(box).to_be_focused()


def test_the_tab_key_follows_the_page(page: Page) -> None:
    page.goto(FORM)
    page.get_by_label("Titre de l’activité").focus()

    names = []
    for _step in range(6):
        page.keyboard.press("Tab")
        names.append(page.evaluate("document.activeElement.name"))

    assert names == ["activity_type", "description", *["audiences"] * 4]


def test_characters_are_counted_while_typed(page: Page) -> None:
    page.goto(FORM)
    title = page.get_by_label("Titre de l’activité")

    title.fill("x" * 81)

    expect(page.locator("#title-longueur")).to_have_text("81 caractères\u00a0: 80 au plus.")
