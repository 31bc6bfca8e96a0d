"""What a door sees, and how it is felt: the camera, the sound, the vibration, the screen that stays lit."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.browser.door_phone import PHONE, DoorPage, film, truth
from tests.browser.printed import Sight, photograph
from tests.browser.serving import Server, find_chromium
from tests.browser.test_door import gather, opened
from tests.checkin.doors import Gathering

NewCamera = Callable[..., Page]


@pytest.fixture
def new_camera(server: Server, chromium: Browser, tmp_path: Path) -> Iterator[NewCamera]:
    """Opens the browser of a phone before whose camera that picture is held."""
    browsers = []

    def open_page(held: Image.Image, *, script: str = "", **options: Any) -> Page:
        browser = chromium.browser_type.launch(
            executable_path=find_chromium(),
            args=[
                "--use-fake-device-for-media-stream",
                "--use-fake-ui-for-media-stream",
                f"--use-file-for-fake-video-capture={film(tmp_path / 'billet.y4m', held)}",
            ],
        )
        browsers.append(browser)
        context = browser.new_context(
            base_url=server.url,
            permissions=["camera", "screen-wake-lock"],
            locale="fr-CA",
            viewport=PHONE,
            **options,
        )
        context.set_default_timeout(15_000)
        if script:
            context.add_init_script(script)
        return context.new_page()

    yield open_page
    for browser in browsers:
        browser.close()


def held_ticket(server: Server, gathering: Gathering, number: int) -> Image.Image:
    """A printed ticket, held askew in a dim hall."""
    sight = Sight(turn=40, tilt=20, light=(0.35, 0.7), grain=10, blur=0.8)
    return photograph(f"{server.url}/accueil/{gathering.tickets[number]}", sight, seed=number)


def test_a_camera_reads_tickets_without_network_nor_any_help_of_the_browser(
    server: Server, new_camera: NewCamera
) -> None:
    gathering = gather(server, 2)
    page = new_camera(held_ticket(server, gathering, 1))
    door = opened(server, page, gathering)
    assert page.evaluate("'BarcodeDetector' in window") is False
    door.context.set_offline(True)
    page.reload()  # what reads was kept with the page
    door.wait_until_ready()

    page.get_by_role("button", name="Lire les billets").click()

    expect(door.result).to_contain_text("Prénom1 Tremblay")
    expect(door.result.get_by_role("heading")).to_have_text("Bienvenue")
    expect(page.locator("#camera-etat")).to_have_text("Présentez le code QR devant l’appareil photo.")
    page.get_by_role("button", name="Arrêter l’appareil photo").click()
    expect(page.locator("#camera")).to_be_hidden()
    door.context.set_offline(False)
    expect(door.state).to_have_text("Tout est synchronisé (1 de 1)")
    assert truth(server.app)["present"] == 1


WITHOUT_WORKERS = "window.Worker = class { constructor() { throw new Error('no worker here'); } };"


def test_a_browser_without_such_workers_reads_on_the_page_itself(
    server: Server, new_camera: NewCamera
) -> None:
    gathering = gather(server, 1)
    page = new_camera(held_ticket(server, gathering, 0), script=WITHOUT_WORKERS)
    door = opened(server, page, gathering)
    door.context.set_offline(True)

    page.get_by_role("button", name="Lire les billets").click()

    expect(door.result).to_contain_text("Prénom0 Tremblay")


def test_what_neither_the_browser_nor_the_page_reads_is_read_by_the_server(
    server: Server, new_camera: NewCamera
) -> None:
    gathering = gather(server, 2)
    page = new_camera(held_ticket(server, gathering, 1), service_workers="block")
    page.route(
        "**/qr.mjs",
        lambda route: route.fulfill(body="export const decode = () => '';", content_type="text/javascript"),
    )
    door = opened(server, page, gathering)

    with page.expect_response("**/lire") as answered:
        page.get_by_role("button", name="Lire les billets").click()

    expect(door.result).to_contain_text("Prénom1 Tremblay")
    assert answered.value.json() == {"codes": [f"{server.url}/accueil/{gathering.tickets[1]}"]}
    door.context.set_offline(True)
    assert page.locator("#camera-etat").inner_text() == "Présentez le code QR devant l’appareil photo."


# --- a browser that reads codes: Chromium has no such reading on Linux, only that is supplied --------------

DETECTOR = """
  window.detections = [];
  window.BarcodeDetector = class {
    static async getSupportedFormats() { return ["code_128", "qr_code"]; }
    constructor({ formats }) { this.formats = formats; }
    async detect(source) {
      const width = source.videoWidth ?? source.width;
      const height = source.videoHeight ?? source.height;
      const canvas = Object.assign(document.createElement("canvas"), { width, height });
      const brush = canvas.getContext("2d");
      brush.drawImage(source, 0, 0);
      const { data } = brush.getImageData(0, 0, width, height);
      let signs = "";
      for (let place = 0; place < data.length; place += 4) signs += String.fromCharCode(data[place]);
      window.detections.push(this.formats.join());
      return (await window.readPixels(btoa(signs), width, height)).map((rawValue) => ({ rawValue }));
    }
  };
"""


def read_pixels(octets: str, width: int, height: int) -> list[str]:
    """What a decoder makes of the very pixels that the camera gave."""
    picture = Image.frombytes("L", (width, height), b64decode(octets))
    formats = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    return [code.text for code in zxingcpp.read_barcodes(picture, formats=formats)]


def watch_requests(page: Page) -> list[str]:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    return asked


@pytest.mark.parametrize(
    "sight",
    [Sight(turn=0), Sight(turn=90, tilt=30, light=(0.2, 0.35), grain=8, blur=0.8)],
    ids=["before the eyes", "askew and dark"],
)
def test_a_browser_that_reads_codes_does_it_alone(
    server: Server, new_camera: NewCamera, sight: Sight
) -> None:
    gathering = gather(server, 2)
    picture = photograph(f"{server.url}/accueil/{gathering.tickets[1]}", sight, seed=3)
    page = new_camera(picture, script=DETECTOR)
    page.expose_function("readPixels", read_pixels)
    door = opened(server, page, gathering)
    asked = watch_requests(page)
    door.context.set_offline(True)

    page.get_by_role("button", name="Lire les billets").click()

    expect(door.result).to_contain_text("Prénom1 Tremblay")
    expect(door.result.get_by_role("heading")).to_have_text("Bienvenue")
    assert set(page.evaluate("detections")) == {"qr_code"}
    assert [url for url in asked if "reader.mjs" in url or "/lire" in url] == []


def test_a_ticket_that_stays_before_the_camera_is_read_once(server: Server, new_camera: NewCamera) -> None:
    gathering = gather(server, 2)
    page = new_camera(held_ticket(server, gathering, 0), script=DETECTOR)
    page.expose_function("readPixels", read_pixels)
    door = opened(server, page, gathering)

    page.get_by_role("button", name="Lire les billets").click()
    expect(door.result).to_contain_text("Prénom0 Tremblay")
    page.wait_for_function("() => detections.length > 8")

    expect(door.result.get_by_role("heading")).to_have_text("Bienvenue")
    assert truth(server.app) == {"present": 1, "scans": 1}


BROKEN = {
    "it fails at each picture": """
      window.BarcodeDetector = class {
        static async getSupportedFormats() { return ["qr_code"]; }
        async detect() { throw new DOMException("", "NotSupportedError"); }
      };""",
    "it reads no such code": """
      window.BarcodeDetector = class {
        static async getSupportedFormats() { return ["ean_13"]; }
        async detect() { return [{ rawValue: "4006381333931" }]; }
      };""",
    "it does not know what it reads": """
      window.BarcodeDetector = class {
        static async getSupportedFormats() { throw new DOMException("", "UnknownError"); }
      };""",
}


@pytest.mark.parametrize("script", BROKEN.values(), ids=BROKEN)
def test_a_browser_that_only_says_that_it_reads_codes_is_done_without(
    server: Server, new_camera: NewCamera, script: str
) -> None:
    gathering = gather(server, 1)
    door = opened(server, new_camera(held_ticket(server, gathering, 0), script=script), gathering)
    door.context.set_offline(True)

    door.page.get_by_role("button", name="Lire les billets").click()

    expect(door.result).to_contain_text("Prénom0 Tremblay")


def test_a_camera_that_is_refused_says_what_to_do(server: Server, new_camera: NewCamera) -> None:
    gathering = gather(server, 1)
    refused = """navigator.mediaDevices.getUserMedia = async () => {
      throw new DOMException("", "NotAllowedError");
    };"""
    door = opened(server, new_camera(held_ticket(server, gathering, 0), script=refused), gathering)

    door.page.get_by_role("button", name="Lire les billets").click()

    expect(door.page.locator("#camera-etat")).to_contain_text("L’appareil photo n’est pas accessible.")
    expect(door.page.get_by_role("button", name="Lire les billets")).to_be_visible()
    door.scan(gathering.codes[0], "Bienvenue")


# --- what is felt ------------------------------------------------------------------------------------------

SENSES = """
  window.felt = { vibrations: [], tones: [], wakes: [], peak: 0 };
  const vibrate = Navigator.prototype.vibrate;
  Navigator.prototype.vibrate = function (pattern) {
    felt.vibrations.push(pattern.join(" "));
    return vibrate.call(this, pattern);
  };
  const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (at) {
    felt.tones.push([Math.round(this.frequency.value), this.context.state]);
    return start.call(this, at);
  };
  const connect = AudioNode.prototype.connect;
  AudioNode.prototype.connect = function (target, ...more) {
    if (target === this.context.destination) {
      const ear = this.context.createAnalyser();
      const heard = new Float32Array(ear.fftSize);
      connect.call(this, ear);
      const listen = setInterval(() => {
        ear.getFloatTimeDomainData(heard);
        felt.peak = Math.max(felt.peak, ...heard);
      }, 10);
      setTimeout(clearInterval, 2000, listen);
    }
    return connect.call(this, target, ...more);
  };
  const request = WakeLock.prototype.request;
  WakeLock.prototype.request = async function (kind) {
    const asked = { kind };
    felt.wakes.push(asked);
    asked.lock = await request.call(this, kind);
    return asked.lock;
  };
"""


def felt(door: DoorPage, name: str) -> Any:
    return door.page.evaluate(f"felt.{name}")


@pytest.fixture
def felt_door(server: Server, new_camera: NewCamera) -> DoorPage:
    """A door whose sounds, vibrations and locks of the screen are heard; they are those of the browser."""
    gathering = gather(server, 3, cancels=1)
    page = new_camera(Image.new("L", (640, 480), 200), script=SENSES)
    return opened(server, page, gathering)


def test_each_answer_has_its_vibration_and_its_sound_from_the_first_one(felt_door: DoorPage) -> None:
    gathering = felt_door.gathering
    felt_door.context.set_offline(True)
    felt_door.page.reload()
    felt_door.wait_until_ready()
    notes = {"Bienvenue": [880, 1320], "Déjà enregistré": [520, 520], "Annulée": [220], "Inconnu": [220]}
    vibrations = {"Bienvenue": "60", "Déjà enregistré": "60 60 60"}
    expected: list[list[object]] = []
    for code, word in (
        (gathering.codes[0], "Bienvenue"),
        (gathering.codes[0], "Déjà enregistré"),
        (gathering.cancelled, "Annulée"),
        ("ZZZZZZ", "Inconnu"),
    ):
        felt_door.scan(code, word)
        expected += [[note, "running"] for note in notes[word]]
        felt_door.page.wait_for_function("(count) => felt.tones.length >= count", arg=len(expected))
        assert felt(felt_door, "vibrations")[-1] == vibrations.get(word, "250 80 250")

    assert felt(felt_door, "tones") == expected
    assert len(felt(felt_door, "vibrations")) == 4
    felt_door.page.wait_for_function("() => felt.peak > 0.05")  # it is heard


SLOW_SOUND = """
  const wake = AudioContext.prototype.resume;
  window.AudioContext = class extends AudioContext {
    constructor() { super(); this.suspend(); }
    async resume() {
      await new Promise((resolve) => setTimeout(resolve, 200));
      return wake.call(this);
    }
  };
"""


def test_the_first_sound_waits_for_a_phone_that_is_slow_to_make_one(
    server: Server, new_camera: NewCamera
) -> None:
    gathering = gather(server, 1)
    page = new_camera(Image.new("L", (640, 480), 200), script=SENSES + SLOW_SOUND)
    door = opened(server, page, gathering)
    page.reload()
    door.wait_until_ready()

    door.scan(gathering.codes[0], "Bienvenue")

    page.wait_for_function("() => felt.tones.length === 2")
    assert felt(door, "tones") == [[880, "running"], [1320, "running"]]


def test_the_screen_stays_lit_while_the_list_is_open_and_may_go_dark_at_the_end(felt_door: DoorPage) -> None:
    page = felt_door.page
    page.wait_for_function("() => felt.wakes[0]?.lock?.released === false")
    assert [asked["kind"] for asked in felt(felt_door, "wakes")] == ["screen"]

    page.evaluate("felt.wakes[0].lock.release()")  # as the browser does when another page is before it
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_function("() => felt.wakes[1]?.lock?.released === false")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.get_by_role("button", name="Lire les billets").click()
    expect(page.get_by_role("button", name="Arrêter l’appareil photo")).to_be_visible()
    assert len(felt(felt_door, "wakes")) == 2  # held already: it is not asked again

    page.get_by_text("Ce téléphone", exact=True).click()
    page.get_by_role("button", name="Terminer et effacer").click()
    page.get_by_role("dialog").get_by_role("button", name="Effacer de ce téléphone").click()
    expect(page.get_by_role("alert")).to_contain_text("La liste a été effacée")
    page.wait_for_function("() => felt.wakes.every(({ lock }) => lock.released)")


WITHOUT_SENSES = {
    "they refuse": """
      WakeLock.prototype.request = async () => { throw new DOMException("", "NotAllowedError"); };
      Navigator.prototype.vibrate = () => false;
      AudioContext.prototype.resume = () => new Promise(() => {});
    """,
    "the browser has none": """
      delete Navigator.prototype.wakeLock;
      delete Navigator.prototype.vibrate;
      delete window.AudioContext;
    """,
}


@pytest.mark.parametrize("script", WITHOUT_SENSES.values(), ids=WITHOUT_SENSES)
def test_nothing_is_lost_where_there_is_neither_sound_nor_vibration_nor_lock(
    server: Server, new_camera: NewCamera, script: str
) -> None:
    gathering = gather(server, 2)
    page = new_camera(Image.new("L", (640, 480), 200), script=script)
    failures: list[str] = []
    page.context.on("weberror", lambda failure: failures.append(str(failure.error)))
    door = opened(server, page, gathering)

    door.scan(gathering.codes[0], "Bienvenue")
    door.scan(gathering.codes[0], "Déjà enregistré")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

    expect(door.state).to_have_text("Tout est synchronisé (1 de 1)")
    assert failures == []
