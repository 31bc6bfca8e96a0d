"""The door in a real Chromium: without network, on several phones, killed, cut off, over at midnight."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from campaign import clock
from campaign.checkin import presence, queries, services
from campaign.checkin.models import Attendance, DoorDevice, Scan, ScanAction
from campaign.db import db, transaction
from campaign.events.qr import qr_png
from campaign.registrations.queries import get_event, get_rules
from tests.browser.conftest import CheckAxe, open_context
from tests.browser.door_phone import DoorPage, KillableBrowser, Line, truth, wait_for
from tests.browser.serving import Server
from tests.checkin.doors import Gathering, make_gathering
from tests.registrations import world

NARROW_PHONE = 320
PHONE_WIDTH = 375


TOO_WIDE = """() => document.documentElement.scrollWidth <= innerWidth ? [] :
  [...document.querySelectorAll("body *")]
    .filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
    .map((one) => `${one.tagName} ${one.id} ${one.className}`)"""
"""What makes the page scroll sideways."""


class NewPhone(Protocol):
    """Opens the browser of one phone; Playwright's options by name."""

    def __call__(self, *, width: int = PHONE_WIDTH, height: int = 760, **options: Any) -> Page: ...


@pytest.fixture
def new_phone(chromium: Browser, server: Server) -> Iterator[NewPhone]:
    """Browsers that lose the network: what they then say of it is expected, a script that fails is not, nor
    anything that our own policy refuses."""
    contexts = []
    faults: list[str] = []

    def open_page(*, width: int = PHONE_WIDTH, height: int = 760, **options: Any) -> Page:
        context = open_context(chromium, server.url, width=width, height=height, **options)
        contexts.append(context)
        context.on("weberror", lambda failure: faults.append(str(failure.error)))
        context.on("console", lambda said: "Policy" in said.text and faults.append(said.text))
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()
    assert faults == []


def gather(server: Server, people: int = 3, **more: object) -> Gathering:
    with server.app.app_context(), clock.pretend(server.now), transaction():
        return make_gathering(people, now=server.now, **more)  # type: ignore[arg-type]  # by name


@pytest.fixture
def door(server: Server, new_phone: NewPhone) -> DoorPage:
    """A phone of an organizer whose list is open, with three people and one who cancelled."""
    return opened(server, new_phone(), gather(server, 3, cancels=1))


def opened(server: Server, page: Page, gathering: Gathering, name: str = "Porte 1") -> DoorPage:
    door = DoorPage(page, gathering)
    door.sign_in(server)
    door.open_list(name)
    return door


@pytest.fixture
def killable(chromium: Browser, tmp_path: Path) -> Iterator[KillableBrowser]:
    browser = KillableBrowser(chromium.browser_type, tmp_path / "profile")
    yield browser
    browser.kill()


@pytest.fixture
def line(server: Server) -> Iterator[Line]:
    line = Line(urlsplit(server.url).port or 0)
    yield line
    line.cut()


def test_the_whole_morning_on_two_phones_without_network_one_of_them_killed(
    server: Server, new_phone: NewPhone, killable: KillableBrowser
) -> None:
    gathering = gather(server, 120, cancels=1)
    tickets = gathering.tickets
    first = DoorPage(killable.start(), gathering, server.url)
    first.sign_in(server)
    first.open_list("Porte 1")
    second = opened(server, new_phone(), gathering, "Porte 2")
    expect(first.state).to_have_text("Tout est synchronisé")

    first.scan(tickets[0], "Bienvenue")
    expect(first.state).to_have_text("Tout est synchronisé (1 de 1)")
    for phone in (first, second):
        phone.context.set_offline(True)
    for ticket in tickets[1:40]:
        first.scan(ticket, "Bienvenue")
    first.scan(tickets[5], "Déjà enregistré")
    first.walk_in("Léa", "Bérubé")
    expect(first.state).to_have_text("Hors ligne\u00a0: 40 lectures à envoyer")

    killable.kill()
    first = DoorPage(killable.start(), gathering, server.url)
    first.context.set_offline(True)
    first.visit()
    expect(first.state).to_have_text("Hors ligne\u00a0: 40 lectures à envoyer")
    assert first.count() == "41 présentes sur 121 attendues"

    for ticket in tickets[40:60]:
        first.scan(ticket, "Bienvenue")
    for ticket in (*tickets[57:60], *tickets[60:]):  # the first three are in at the other door already
        second.scan(ticket, "Bienvenue")
    second.scan(gathering.cancelled, "Annulée")
    second.walk_in("Noé", "D’Astous")

    second.context.set_offline(False)  # the later phone tells first
    expect(second.state).to_contain_text("Tout est synchronisé")
    first.context.clear_cookies()  # a browser that is killed may forget its session too
    first.context.set_offline(False)
    expect(first.state).to_have_text("Reconnectez-vous\u00a0: rien n’est perdu (60 à envoyer)")
    first.sign_in(server)
    first.visit()
    expect(first.state).to_contain_text("Tout est synchronisé")
    second.page.evaluate("dispatchEvent(new Event('online'))")
    for phone in (first, second):
        expect(phone.page.locator("#compte")).to_have_text("122 présentes sur 122 attendues")
    expect(second.page.locator("#conflits-titre")).to_have_text("Conflits (3)")
    expect(first.page.locator("#conflits-volet")).to_be_hidden()
    assert truth(server.app) == {"present": 122, "scans": 60 + 1 + 63 + 1}
    with server.app.app_context():
        assert len(queries.list_conflicts(gathering.event_id)) == 3


def test_each_scan_is_on_the_disk_before_the_screen_answers(door: DoorPage) -> None:
    door.context.set_offline(True)
    door.page.evaluate(
        """() => new MutationObserver(([change], watcher) => {
          if (change.target.hidden) return;
          watcher.disconnect();
          window.atFirstWord = new Promise((resolve) => {
            const opening = indexedDB.open(`pavois-porte-${document.getElementById("porte").dataset.event}`);
            opening.onsuccess = () => {
              const asked = opening.result.transaction("lectures").objectStore("lectures").count();
              asked.onsuccess = () => resolve(asked.result);
            };
          });
        }).observe(document.getElementById("resultat"), { attributes: true, attributeFilter: ["hidden"] })"""
    )

    door.type(door.gathering.codes[0])

    expect(door.result).to_contain_text("Prénom0 Tremblay")
    assert door.page.evaluate("window.atFirstWord") == 1


def test_the_page_opens_again_and_goes_on_while_the_server_is_down(
    server: Server, line: Line, new_phone: NewPhone
) -> None:
    gathering = gather(server, 3)
    page = new_phone(base_url=line.url)
    door = opened(server, page, gathering)
    line.cut()

    door.scan(gathering.codes[0], "Bienvenue")
    page.reload()
    door.wait_until_ready()
    door.scan(gathering.codes[1], "Bienvenue")
    expect(door.state).to_have_text("Hors ligne\u00a0: 2 lectures à envoyer")
    door.scan(gathering.codes[0], "Déjà enregistré")
    assert truth(server.app)["present"] == 0
    line.mend()
    page.get_by_text("Ce téléphone", exact=True).click()
    page.get_by_role("button", name="Synchroniser maintenant").click()

    expect(door.state).to_have_text("Tout est synchronisé (2 de 2)")
    assert truth(server.app) == {"present": 2, "scans": 2}


def test_no_cache_of_the_browser_holds_anybody(door: DoorPage) -> None:
    held = door.page.evaluate(
        """async () => {
          const texts = [];
          for (const name of await caches.keys()) {
            const cache = await caches.open(name);
            for (const request of await cache.keys()) {
              texts.push(new URL(request.url).pathname, await (await cache.match(request)).text());
            }
          }
          return texts.join("\\n");
        }"""
    )

    assert f"/gestion/accueil/{door.gathering.event_id}" in held
    assert "main.mjs" in held
    assert door.kept("personnes") == 4
    assert [word for word in ("Prénom0", "Tremblay", *door.gathering.tickets) if word in held] == []
    assert "liste.json" not in held.split("\n")


def test_a_phone_cut_off_erases_all_as_soon_as_it_speaks(server: Server, door: DoorPage) -> None:
    door.context.set_offline(True)
    door.scan(door.gathering.codes[0], "Bienvenue")
    with server.app.app_context(), transaction() as session:
        services.revoke(session.scalars(sa.select(DoorDevice)).one(), now=server.now)

    door.context.set_offline(False)

    expect(door.page.get_by_role("alert")).to_have_text(
        "Cet appareil a été retiré par l’équipe. La liste en a été effacée."
    )
    assert {store: door.kept(store) for store in ("personnes", "lectures", "admissions", "porte")} == {
        "personnes": 0, "lectures": 0, "admissions": 0, "porte": 0,
    }  # fmt: skip
    expect(door.result).to_be_hidden()
    assert "Prénom0" not in door.page.content()
    assert truth(server.app)["present"] == 0


def test_at_midnight_names_are_erased_and_what_was_not_told_is_kept_then_told(
    server: Server, new_phone: NewPhone
) -> None:
    page = new_phone()
    page.clock.install()
    door = opened(server, page, gather(server, 3))
    door.context.set_offline(True)
    door.scan(door.gathering.codes[0], "Bienvenue")

    page.clock.fast_forward("18:00:00")

    expect(page.get_by_role("alert")).to_contain_text("La journée est terminée")
    assert {store: door.kept(store) for store in ("personnes", "admissions", "lectures")} == {
        "personnes": 0, "admissions": 0, "lectures": 1,
    }  # fmt: skip
    assert "Prénom0" not in page.content()
    door.context.set_offline(False)
    page.evaluate("dispatchEvent(new Event('online'))")
    wait_for(lambda: truth(server.app)["present"] == 1)


def test_a_list_left_open_is_erased_by_the_next_load_after_midnight(
    server: Server, new_phone: NewPhone
) -> None:
    page = new_phone()
    door = opened(server, page, gather(server, 3))
    page.clock.install()
    door.context.set_offline(True)
    page.clock.fast_forward("18:00:00")

    page.reload()

    expect(page.get_by_role("alert")).to_contain_text("La journée est terminée")
    assert door.kept("personnes") == 0


def test_a_session_that_ended_loses_nothing(server: Server, door: DoorPage) -> None:
    door.context.set_offline(True)
    door.scan(door.gathering.codes[0], "Bienvenue")
    door.context.clear_cookies()
    door.context.set_offline(False)

    expect(door.state).to_contain_text("rien n’est perdu")
    expect(door.page.get_by_role("link", name="Me reconnecter")).to_be_visible()
    assert door.kept("lectures") == 1

    door.sign_in(server)
    door.visit()
    expect(door.state).to_have_text("Tout est synchronisé (1 de 1)")
    assert truth(server.app) == {"present": 1, "scans": 1}


def test_ending_asks_before_it_loses_what_was_not_told(door: DoorPage) -> None:
    door.context.set_offline(True)
    door.scan(door.gathering.codes[0], "Bienvenue")
    door.page.get_by_text("Ce téléphone", exact=True).click()
    door.page.get_by_role("button", name="Terminer et effacer").click()

    dialog = door.page.get_by_role("dialog")
    expect(dialog).to_contain_text("1 lecture n’a pas été envoyée")
    dialog.get_by_role("button", name="Revenir").click()
    assert door.kept("lectures") == 1

    door.page.get_by_role("button", name="Terminer et effacer").click()
    dialog.get_by_role("button", name="Effacer de ce téléphone").click()
    expect(door.page.get_by_role("alert")).to_contain_text("La liste a été effacée")
    assert (door.kept("personnes"), door.kept("lectures")) == (0, 0)


def test_a_full_phone_says_so_and_goes_on_from_memory(server: Server, door: DoorPage) -> None:
    door.page.evaluate(
        """() => { IDBObjectStore.prototype.put = () => {
          throw new DOMException("", "QuotaExceededError");
        }; }"""
    )

    door.scan(door.gathering.codes[0], "Bienvenue")

    expect(door.page.get_by_role("alert")).to_contain_text("ce téléphone ne peut plus rien garder")
    expect(door.state).to_have_text("Tout est synchronisé (1 de 1)")
    assert truth(server.app)["present"] == 1


def test_a_photo_of_a_ticket_is_read_without_network(server: Server, door: DoorPage) -> None:
    door.context.set_offline(True)
    picture = qr_png(f"{server.url}/accueil/{door.gathering.tickets[2]}", scale=8)

    door.page.locator("#photo").set_input_files(
        {"name": "billet.png", "mimeType": "image/png", "buffer": picture}
    )

    expect(door.result).to_contain_text("Prénom2 Tremblay")


def test_a_photo_without_code_says_so(door: DoorPage) -> None:
    octets = BytesIO()
    Image.new("RGB", (400, 300), "white").save(octets, "JPEG")

    door.page.locator("#photo").set_input_files(
        {"name": "mur.jpg", "mimeType": "image/jpeg", "buffer": octets.getvalue()}
    )

    expect(door.page.locator("#camera-etat")).to_contain_text("Aucun code QR lisible")


def test_codes_are_understood_as_people_type_them(door: DoorPage) -> None:
    door.context.set_offline(True)
    code = door.gathering.codes[0]

    door.scan(f" {code[:3].lower()} {code[3:].lower()} ", "Bienvenue")

    expect(door.result).to_contain_text("Prénom0 Tremblay")


def test_names_are_found_without_accents_and_let_in_then_out_again(server: Server, door: DoorPage) -> None:
    door.context.set_offline(True)
    door.page.locator("#saisie").press_sequentially("prenom1")
    door.page.get_by_role("button", name="Admettre Prénom1 Tremblay").click()
    expect(door.result).to_contain_text("Prénom1 Tremblay")
    assert door.count() == "1 présente sur 3 attendues"

    door.page.locator("#saisie").fill("farandole")
    door.page.get_by_role("button", name="Retirer l’entrée de Prénom1 Tremblay").click()
    expect(door.page.locator("#compte")).to_have_text("0 présentes sur 3 attendues")
    door.scan(door.gathering.codes[2], "Bienvenue")
    door.page.get_by_role("button", name="Annuler la dernière").click()

    expect(door.page.locator("#compte")).to_have_text("0 présentes sur 3 attendues")
    door.context.set_offline(False)
    expect(door.state).to_have_text("Tout est synchronisé (4 de 4)")
    assert truth(server.app)["present"] == 0


def test_a_walk_in_taken_back_is_awaited_no_more(server: Server, door: DoorPage) -> None:
    door.context.set_offline(True)
    door.walk_in("Léa", "Bé")
    before = door.count()

    door.page.get_by_role("button", name="Annuler la dernière").click()

    expect(door.page.locator("#compte")).to_have_text("0 présentes sur 3 attendues")
    door.context.set_offline(False)
    expect(door.state).to_have_text("Tout est synchronisé (2 de 2)")
    door.page.reload()
    expect(door.page.locator("#compte")).to_have_text("0 présentes sur 3 attendues")
    assert before == "1 présente sur 4 attendues"


def test_another_sitting_is_said_and_may_be_forced(server: Server, new_phone: NewPhone) -> None:
    gathering = gather(server, 2, workshops=2)
    door = opened(server, new_phone(), gathering)
    door.context.set_offline(True)
    door.page.get_by_label("Séance ou atelier").select_option(str(gathering.sittings[1]))

    door.scan(gathering.codes[0], "Autre séance")
    door.page.get_by_role("button", name="Admettre quand même").click()
    expect(door.result.get_by_role("heading")).to_have_text("Bienvenue")

    door.context.set_offline(False)
    expect(door.state).to_have_text("Tout est synchronisé (1 de 1)")
    with server.app.app_context():
        assert db.session.scalars(sa.select(Attendance.session_id)).all() == [gathering.sittings[1]]


def test_somebody_of_another_workshop_is_found_by_name_and_let_in_without_network(
    server: Server, new_phone: NewPhone
) -> None:
    gathering = gather(server, 2, workshops=2)
    door = opened(server, new_phone(), gathering)
    door.context.set_offline(True)
    door.page.get_by_label("Séance ou atelier").select_option(str(gathering.sittings[2]))

    door.page.locator("#saisie").press_sequentially("prenom1")
    row = door.page.locator("#trouves li")
    expect(row).to_contain_text("Cette personne est attendue à\u00a0:")
    row.get_by_role("button", name="Admettre Prénom1 Tremblay").click()
    expect(door.result.get_by_role("heading")).to_have_text("Autre séance")
    door.page.get_by_role("button", name="Admettre quand même").click()
    expect(door.result.get_by_role("heading")).to_have_text("Bienvenue")
    assert door.count() == "1 présente"

    door.context.set_offline(False)
    expect(door.state).to_have_text("Tout est synchronisé (1 de 1)")
    with server.app.app_context():
        event = get_event(gathering.event_id)
        crossovers = [sheet.crossovers for sheet in presence.sheets(event, now=server.now)]
        assert crossovers == [0, 0, 1]


def test_children_are_counted_and_corrected(server: Server, new_phone: NewPhone) -> None:
    gathering = gather(server, 2, takes_children=True)
    door = opened(server, new_phone(), gathering)
    door.context.set_offline(True)
    door.scan(gathering.codes[0], "Bienvenue")

    door.page.get_by_role("button", name="Un enfant de plus").click()
    expect(door.result).to_contain_text("1 enfant")
    door.page.get_by_role("button", name="Un enfant de plus").click()
    expect(door.result).to_contain_text("2 enfants")

    door.context.set_offline(False)
    expect(door.state).to_contain_text("Tout est synchronisé")
    with server.app.app_context():
        assert db.session.scalars(sa.select(Attendance.children)).all() == [2]
        undone = sa.select(sa.func.count()).select_from(Scan).where(Scan.action == ScanAction.UNDO)
        assert db.session.scalar(undone) == 2


def test_a_ticket_of_another_event_is_told_as_such_with_network(server: Server, door: DoorPage) -> None:
    other = gather(server, 1, title="Ailleurs")

    door.scan(other.tickets[0], "Autre événement")
    door.context.set_offline(True)
    door.scan(other.tickets[0], "Inconnu")


def test_somebody_who_registers_meanwhile_is_let_in_with_network(server: Server, door: DoorPage) -> None:
    with server.app.app_context(), clock.pretend(server.now), transaction():
        late = world.register(
            get_rules(door.gathering.event_id),
            world.person("Tard", email="tard@exemple.quebec"),
            now=server.now,
        )
        code = late.attendees[0].short_code

    door.scan(code, "Bienvenue")

    expect(door.result).to_contain_text("Tard Tremblay")


def test_the_keyboard_alone_does_it_all(door: DoorPage) -> None:
    page = door.page
    door.context.set_offline(True)
    assert page.evaluate("document.activeElement.id") == "saisie"
    page.keyboard.type(door.gathering.tickets[0])
    page.keyboard.press("Enter")
    expect(door.result).to_contain_text("Prénom0 Tremblay")
    assert page.evaluate("document.activeElement.id") == "saisie"  # the next ticket follows at once

    page.keyboard.type("prenom1")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Admettre Prénom1 Tremblay")).to_be_focused()
    page.keyboard.press("Enter")
    expect(door.result).to_contain_text("Prénom1 Tremblay")

    page.get_by_role("button", name="Inscrire sur place").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Prénom")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("button", name="Inscrire sur place")).to_be_focused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_state_is_sound_for_axe_and_fits_a_narrow_phone(
    server: Server, new_phone: NewPhone, check_axe: CheckAxe, scheme: str
) -> None:
    gathering = gather(server, 3, cancels=1, workshops=2, takes_children=True)
    page = new_phone(width=NARROW_PHONE, height=640, color_scheme=scheme)
    door = DoorPage(page, gathering)
    door.sign_in(server)
    door.visit()
    check(page, check_axe)
    door.open_list()
    door.context.set_offline(True)
    for code, word in (
        (gathering.codes[0], "Bienvenue"),
        (gathering.codes[0], "Déjà enregistré"),
        (gathering.cancelled, "Annulée"),
        ("ZZZZZZ", "Inconnu"),
    ):
        door.scan(code, word)
        check(page, check_axe)
    page.locator("#saisie").fill("tremblay")
    page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true })")
    check(page, check_axe)
    targets = page.locator("#accueil button:visible, #accueil select:visible, #saisie")
    assert {name: box for name, box in sizes(targets.element_handles()).items() if box < 56} == {}
    page.set_viewport_size({"width": 640, "height": 320})
    door.scan(gathering.codes[1], "Bienvenue")
    expect(page.locator("#resultat-qui")).to_be_in_viewport()
    assert page.evaluate(TOO_WIDE) == []
    page.get_by_role("button", name="Inscrire sur place").click()
    check(page, check_axe)


def check(page: Page, check_axe: CheckAxe) -> None:
    check_axe(page)
    assert page.evaluate(TOO_WIDE) == []


def sizes(elements: list[object]) -> dict[str, float]:
    """The height of each thing to touch, by its words."""
    return {
        str(one.inner_text() or one.get_attribute("id")): (one.bounding_box() or {"height": 0})["height"]  # type: ignore[attr-defined]  # handles of Playwright
        for one in elements
    }


def test_without_script_people_are_admitted_with_network(server: Server, new_phone: NewPhone) -> None:
    gathering = gather(server, 1)
    page = new_phone(java_script_enabled=False)
    door = DoorPage(page, gathering)
    door.sign_in(server)

    page.goto(f"/gestion/accueil/{gathering.event_id}/reseau")
    page.get_by_label("Code du billet").fill(gathering.codes[0])
    page.get_by_role("button", name="Admettre", exact=True).click()

    expect(page.get_by_role("status")).to_contain_text("Prénom0 Tremblay\u00a0: bienvenue.")
    assert truth(server.app)["present"] == 1
