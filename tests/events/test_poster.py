"""Posters: what is printed on them, read by eyes that are not those of the tool that set them."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import time, timedelta

import pypdfium2
import pytest
import zxingcpp
from flask import Flask
from PIL import Image

from campaign.db import transaction
from campaign.events import services
from campaign.events.content import Sitting
from campaign.events.poster import PosterContent, render_poster
from campaign.events.typesetting import breakable
from tests.builders import DAY_J, NOW
from tests.events import activities
from tests.pages import Client

ORDINARY = PosterContent(
    title_line="Levons le drapeau pour les tout-petits",
    municipality_sentence="La Municipalité d’Hébertville vous invite à la cérémonie.",
    official_name="Hébertville",
    date_text="Lundi 15 novembre 2027",
    time_text="10\u00a0h",
    place="Hôtel de ville",
    address="351, rue Turgeon, Hébertville",
    opening_text="Ouvert à toutes et à tous",
    edition_text="12e édition – du 15 au 21 novembre 2027",
    url="https://exemple.quebec/evenements/lever-du-drapeau-hebertville-2027",
    url_text="exemple.quebec/evenements/lever-du-drapeau-hebertville-2027",
    organization="Collectif petite enfance",
)
SKYLINE = 792 - 440
LONG_NAME = "Saint-Bernard-de-Lacolle-et-Notre-Dame-des-Monts"
LONGEST = replace(
    ORDINARY,
    municipality_sentence=f"La Municipalité de {LONG_NAME} vous invite à la cérémonie.",
    official_name=LONG_NAME,
    date_text="Mercredi 17 novembre 2027",
    time_text="10\u00a0h\u00a030, heure de l’Atlantique",
    place="Centre communautaire Simonne-Monet-Chartrand, " * 6,
    address=f"12345, boulevard de la Grande-Concorde, bureau 1200, {LONG_NAME}, " * 4,
    opening_text="Sur invitation, à l’intérieur en cas de mauvais temps, " * 4,
    url="https://exemple.quebec/evenements/" + "lever-du-drapeau-" * 7,
    url_text="exemple.quebec/evenements/" + "lever-du-drapeau-" * 7,
    organization="Collectif petite enfance, avec Espace MUNI et leurs nombreux partenaires, " * 3,
    is_simulated=True,
)


def pages(pdf: bytes) -> Iterator[pypdfium2.PdfPage]:
    with closing(pypdfium2.PdfDocument(pdf)) as document:
        for index in range(len(document)):
            with closing(document[index]) as page:
                yield page


def text_of(pdf: bytes) -> str:
    """The words, one space wherever a line ends; a hyphen at the end of a line is read as \\x02."""
    texts = []
    for page in pages(pdf):
        with closing(page.get_textpage()) as textpage:
            texts.append(textpage.get_text_bounded())
    return re.sub(r"[ \r\n]+", " ", " ".join(texts).replace("\x02", "-"))


def metadata_of(pdf: bytes) -> bytes:
    """The XMP packet, where a file says to which standard it conforms."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL)
    packets = [stream for stream in streams if stream.startswith(b"<?xpacket")]
    return b"".join(packets)


def picture_of(pdf: bytes, scale: float = 1.5) -> Image.Image:
    (picture,) = [page.render(scale=scale).to_pil() for page in pages(pdf)]
    return picture


@pytest.mark.parametrize("content", [ORDINARY, LONGEST], ids=["ordinary", "longest"])
def test_it_is_one_letter_page(content: PosterContent) -> None:
    assert [page.get_size() for page in pages(render_poster(content))] == [(612, 792)]


@pytest.mark.parametrize("content", [ORDINARY, LONGEST], ids=["ordinary", "longest"])
def test_a_phone_reads_the_address(content: PosterContent) -> None:
    codes = zxingcpp.read_barcodes(picture_of(render_poster(content)))

    assert [code.text for code in codes] == [content.url]


def test_it_says_who_when_and_where() -> None:
    text = text_of(render_poster(ORDINARY))

    for words in (
        "Levons le drapeau pour les tout-petits",
        "Lundi 15 novembre 2027",
        "2027 10 h Hôtel de ville",
        "Hôtel de ville",
    ):
        assert words in text
    assert "Hébertville La Municipalité d’Hébertville vous invite à la cérémonie." in text
    assert "351, rue Turgeon, Hébertville Ouvert à toutes et à tous" in text
    assert "12e édition – du 15 au 21 novembre 2027" in text
    assert "Collectif petite enfance" in text


def test_a_long_name_stands_once_on_a_line_of_its_own() -> None:
    lines = []
    for page in pages(render_poster(LONGEST)):
        with closing(page.get_textpage()) as textpage:
            lines = textpage.get_text_bounded().splitlines()

    assert any(LONG_NAME in line for line in lines)


def test_the_hour_of_the_atlantic_is_said_in_words() -> None:
    text = text_of(render_poster(replace(ORDINARY, time_text="10\u00a0h, heure de l’Atlantique")))

    assert "10 h heure de l’Atlantique Hôtel de ville" in text


@pytest.mark.parametrize(
    "name", [LONG_NAME, "Saint-Louis-du-Ha! Ha!", "L’Île-d’Anticosti", "Kawawachikamach" * 6, "Y"]
)
def test_no_letter_sticks_out_of_the_page_or_reaches_the_mast(name: str) -> None:
    pdf = render_poster(
        replace(LONGEST, official_name=name, municipality_sentence=f"La Ville de {name} vous invite.")
    )

    boxes = []
    for page in pages(pdf):
        with closing(page.get_textpage()) as textpage:
            boxes += [textpage.get_charbox(index) for index in range(textpage.count_chars())]
    for left, bottom, right, top in boxes:
        assert left >= 36
        assert bottom >= 18
        assert top <= 792
        assert right <= (490 if bottom > SKYLINE else 576)


@pytest.mark.parametrize("content", [ORDINARY, LONGEST], ids=["ordinary", "longest"])
def test_texts_do_not_overlap(content: PosterContent) -> None:
    bounds = []
    for page in pages(render_poster(content)):
        with closing(page.get_textpage()) as textpage:
            lines = [textpage.get_rect(index) for index in range(textpage.count_rects())]
            bounds = [(left, bottom, right, top) for left, bottom, right, top in lines if right - left > 20]

    assert len(bounds) > 12
    for index, (left, bottom, right, top) in enumerate(bounds):
        for other_left, other_bottom, other_right, other_top in bounds[index + 1 :]:
            shared_width = min(right, other_right) - max(left, other_left)
            shared_height = min(top, other_top) - max(bottom, other_bottom)
            assert shared_width <= 0 or shared_height <= 2


def test_a_ceremony_whose_hour_and_place_are_not_public_has_its_poster() -> None:
    text = text_of(
        render_poster(replace(ORDINARY, time_text="", place="", address="", opening_text="Sur invitation"))
    )

    assert "Lundi 15 novembre 2027 Sur invitation" in text


def test_what_people_type_is_never_markup() -> None:
    typed = '#panic("x") *gras* $x$ = titre @ref <a> \\ //'

    text = text_of(render_poster(replace(ORDINARY, place=typed)))

    assert typed in text


def test_a_simulated_ceremony_says_so() -> None:
    assert "cérémonie fictive" in text_of(render_poster(replace(ORDINARY, is_simulated=True)))
    assert "fictive" not in text_of(render_poster(ORDINARY))


def test_a_screen_reader_is_told_the_language_the_title_and_the_picture() -> None:
    pdf = render_poster(ORDINARY)

    with closing(pypdfium2.PdfDocument(pdf)) as document:
        assert document.get_metadata_value("Title") == "Levons le drapeau pour les tout-petits – Hébertville"
        assert document.is_tagged()
    assert b"/Lang(fr-CA)" in pdf
    assert "Code QR qui mène à exemple.quebec".encode("utf-16-be").hex().upper().encode() in pdf
    assert b"pdfuaid" in metadata_of(pdf)


@pytest.mark.parametrize("place", ["Salle ᓄᓇᕗᑦ", "Parc 👶", "Hôtel\u0000 de ville"])
def test_a_letter_that_our_faces_lack_does_not_prevent_the_poster(place: str) -> None:
    text = text_of(render_poster(replace(ORDINARY, place=place)))

    assert "Lundi 15 novembre 2027" in text


def test_the_same_content_gives_the_same_bytes_in_any_thread() -> None:
    with ThreadPoolExecutor(4) as pool:
        posters = set(pool.map(render_poster, [ORDINARY] * 8))

    assert len(posters) == 1


ACTIVITY = replace(
    ORDINARY,
    title_line="Heure du conte en pyjama",
    municipality_sentence="Heure du conte – Bibliothèque d’Hébertville",
    date_text="3 dates",
    time_text="",
    dates=(
        "Lundi 15\u00a0novembre\u00a02027, de 10\u00a0h à 11\u00a0h",
        "Mercredi 17\u00a0novembre\u00a02027, de 10\u00a0h à 11\u00a0h",
        "Vendredi 19\u00a0novembre\u00a02027, de 10\u00a0h à 11\u00a0h",
    ),
    place="Bibliothèque municipale",
    address="",
    opening_text="Gratuit – 3-5 ans, Parents",
)
FULL = replace(
    LONGEST,
    title_line="Une très longue journée de jeux, de contes et de musique pour toute la famille " * 2,
    date_text="9 dates",
    time_text="",
    dates=(*(f"{day}, heure de l’Atlantique" for day in ACTIVITY.dates), "et encore", "et 5 autres dates"),
)


@pytest.mark.parametrize("content", [ACTIVITY, FULL], ids=["three dates", "too much"])
def test_the_poster_of_an_activity_lists_its_dates_on_one_page(content: PosterContent) -> None:
    pdf = render_poster(content)
    text = text_of(pdf).replace("\u00a0", " ")

    assert [page.get_size() for page in pages(pdf)] == [(612, 792)]
    assert [code.text for code in zxingcpp.read_barcodes(picture_of(pdf))] == [content.url]
    for day in content.dates:
        assert day.replace("\u00a0", " ") in text
    assert content.title_line[:40] in text


@pytest.mark.parametrize("content", [ACTIVITY, FULL], ids=["three dates", "too much"])
def test_the_texts_of_an_activity_do_not_reach_the_foot(content: PosterContent) -> None:
    for page in pages(render_poster(content)):
        with closing(page.get_textpage()) as textpage:
            boxes = [textpage.get_charbox(index) for index in range(textpage.count_chars())]
            left = [(bottom, top) for x, bottom, _right, top in boxes if x < 388 and bottom < SKYLINE]
    foot = 792 - 742

    assert [bottom for bottom, _top in left if foot - 2 < bottom < foot + 4] == []


@pytest.mark.usefixtures("directory")
def test_the_poster_of_an_activity_comes_from_its_page(app: Flask, client: Client) -> None:
    several = tuple(Sitting(day=DAY_J + timedelta(days=days), starts=time(10)) for days in range(7))
    with app.app_context(), transaction():
        one = activities.publish(activities.content(title="Un seul jour")).slug
        event = activities.publish(activities.content(sittings=several))
        services.cancel_sitting(event, event.sessions[0], reason="", now=NOW)
        many = event.slug

    first = text_of(client.get(f"/evenements/{one}/affiche.pdf").data).replace("\u00a0", " ")
    second = text_of(client.get(f"/evenements/{many}/affiche.pdf").data).replace("\u00a0", " ")

    assert "Un seul jour Hébertville Heure du conte – Bibliothèque d’Hébertville" in first
    assert "Lundi 15 novembre 2027 de 10 h à 11 h Bibliothèque municipale" in first
    assert "Gratuit – 3-5 ans, Parents" in first
    assert "6 dates Mardi 16 novembre 2027, 10 h" in second
    assert "et 2 autres dates, à l’adresse ci-contre" in second
    assert "15 novembre 2027," not in second


def test_a_word_without_end_stays_on_the_page() -> None:
    pdf = render_poster(replace(ACTIVITY, title_line=breakable("W" * 200)))

    for page in pages(pdf):
        with closing(page.get_textpage()) as textpage:
            boxes = [textpage.get_charbox(index) for index in range(textpage.count_chars())]
    assert max(right for _left, bottom, right, _top in boxes if bottom > SKYLINE) <= 490
