"""Papers of the door, read by eyes that are not those of the tool that set them."""

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import pypdfium2
import pytest
import sqlalchemy as sa
import zxingcpp
from flask import Flask

from campaign.accounts.models import Role, User
from campaign.checkin.models import EventHost
from campaign.checkin.papers import Paper, PrintedEvent, PrintedPerson, render
from campaign.db import transaction
from campaign.registrations import queries, services
from tests.builders import NOW
from tests.pages import Client
from tests.people import sign_in
from tests.registrations import world
from tests.registrations.world import person, register

GATHERING = PrintedEvent(
    title="Rassemblement régional",
    when_text="Mercredi 13 octobre 2027, de 9\u00a0h à 12\u00a0h",
    organization="Collectif petite enfance",
    printed_text="Imprimé le 12 octobre 2027 à 16\u00a0h",
)
SCANNED_AT = 110
"""Dots an inch: a telephone held well above the page."""


def printed(number: int, **names: str) -> PrintedPerson:
    usual = {"first_name": f"Prénom{number}", "last_name": "Tremblay", "organization": "CPE La Farandole"}
    return PrintedPerson(
        **(usual | names),
        code=f"AB{number:03}X",
        choices="Groupe 1, Atelier B",
        url=f"https://exemple.quebec/accueil/TICKET{number:04}",
    )


def pages(pdf: bytes) -> Iterator[pypdfium2.PdfPage]:
    with closing(pypdfium2.PdfDocument(pdf)) as document:
        for index in range(len(document)):
            with closing(document[index]) as page:
                yield page


def text_of(pdf: bytes) -> str:
    words = []
    for page in pages(pdf):
        with closing(page.get_textpage()) as text:
            words.append(text.get_text_bounded())
    return "\n".join(words).replace("\r\n", "\n")


def codes_of(pdf: bytes) -> list[list[str]]:
    """What a reader finds on each page."""
    return [
        [found.text for found in zxingcpp.read_barcodes(page.render(scale=SCANNED_AT / 72).to_pil())]
        for page in pages(pdf)
    ]


def is_tagged(pdf: bytes) -> bool:
    """Whether the file says that it is PDF/UA: typst refuses to write that of a paper that is not."""
    return b"pdfuaid" in pdf


def test_the_code_of_every_badge_is_read_from_the_printed_page() -> None:
    people = [printed(number) for number in range(17)]

    read = codes_of(render(Paper.BADGES, GATHERING, people))

    assert [sorted(page) for page in read] == [
        sorted(one.url for one in people[start : start + 8]) for start in (0, 8, 16)
    ]


def test_a_badge_leaves_its_code_readable_beside_the_longest_names() -> None:
    people = [
        printed(
            number,
            first_name="Marie-Antoinette-Bénédicte",
            last_name="Saint-Pierre-Létourneau de la Chevrotière",
            organization="Centre intégré universitaire de santé et de services sociaux du Saguenay",
        )
        for number in range(8)
    ]

    read = codes_of(render(Paper.BADGES, GATHERING, people))

    assert [sorted(page) for page in read] == [sorted(one.url for one in people)]


def test_a_name_tent_is_a_page_for_each_person_with_a_code_on_each_side() -> None:
    people = [printed(1), printed(2)]

    read = codes_of(render(Paper.TENTS, GATHERING, people))

    assert read == [[one.url] * 2 for one in people]


def test_the_list_has_a_box_a_name_and_a_code_for_each_person_and_numbers_its_pages() -> None:
    people = [printed(number) for number in range(90)]

    pdf = render(Paper.LIST, GATHERING, people)

    text = text_of(pdf)
    assert [text.count(one.code) for one in people] == [1] * 90
    assert text.index("AB000X") < text.index("AB089X")
    assert "Imprimé le 12 octobre 2027" in text
    assert f"Page 1 de {len(codes_of(pdf))}" in text
    assert squares(pdf) == 90


def squares(pdf: bytes) -> int:
    """The boxes to tick: outlines of twelve points by twelve."""
    found = 0
    for page in pages(pdf):
        for shape in page.get_objects(filter=(pypdfium2.raw.FPDF_PAGEOBJ_PATH,)):
            left, bottom, right, top = shape.get_bounds()
            found += all(11.5 < side < 14 for side in (right - left, top - bottom))
    return found


@pytest.mark.parametrize("paper", list(Paper))
def test_papers_are_tagged_for_screen_readers(paper: Paper) -> None:
    assert is_tagged(render(paper, GATHERING, [printed(1)]))


@pytest.mark.parametrize("paper", list(Paper))
@pytest.mark.parametrize("name", ["ᐃᓄᒃᑎᑐᑦ", "Zoé 🎈", "佐藤", "#set text(red) $x$"])
def test_no_name_stops_the_printer(paper: Paper, name: str) -> None:
    people = [printed(1, first_name=name), printed(2)]

    pdf = render(paper, GATHERING, people)

    assert len(list(pages(pdf))) >= 1
    if paper is not Paper.LIST:
        assert sorted({code for page in codes_of(pdf) for code in page}) == [one.url for one in people]


def test_two_hundred_badges_take_a_few_seconds() -> None:
    people = [printed(number) for number in range(200)]
    render(Paper.BADGES, GATHERING, people[:1])  # the faces are read once

    begun = time.process_time()
    pdf = render(Paper.BADGES, GATHERING, people)
    spent = time.process_time() - begun

    assert len(list(pages(pdf))) == 25
    assert spent < 10, f"{spent:.1f} s"


def test_nobody_registered_is_an_empty_list_not_an_error() -> None:
    assert "Rassemblement régional" in text_of(render(Paper.LIST, GATHERING, []))


@dataclass(frozen=True)
class Training:
    """Two people in the first group, one in the second; one who waits, one who cancelled."""

    event_id: int
    sittings: list[int]
    tickets: dict[str, str]

    def address(self, paper: str, sitting: int | None = None) -> str:
        query = "" if sitting is None else f"?seance={self.sittings[sitting]}"
        return f"/gestion/accueil/{self.event_id}/{paper}.pdf{query}"


@pytest.fixture
def training(app: Flask, directory: None) -> Training:
    with app.app_context(), transaction():
        rules, (first, second) = world.training(seats=2)
        groups = {"Zoé": first, "Élise": first, "Marc": second, "Attend": first}
        tickets = {}
        for name, group in groups.items():
            one = person(name, last_name=name, email=f"{len(tickets)}@exemple.quebec", cohort_id=group.id)
            tickets[name] = register(rules, one).attendees[0].ticket_code
        gone = register(rules, person("Partie", cohort_id=second.id))
        services.cancel(gone, author=services.PERSON, now=NOW)
        event = queries.get_event(rules.event_id)
        return Training(event.id, [sitting.id for sitting in event.sessions], tickets)


def test_the_list_is_alphabetical_and_has_only_those_who_hold_a_seat(
    client: Client, training: Training
) -> None:
    sign_in(client)

    response = client.get(training.address("liste"))

    text = text_of(response.data)
    assert response.mimetype == "application/pdf"
    assert response.headers["Cache-Control"] == "no-store"
    assert text.index("Élise") < text.index("Marc") < text.index("Zoé")
    assert "Attend" not in text.replace("Attendue", "")
    assert "Partie" not in text
    assert squares(response.data) == 3


def test_papers_of_a_sitting_have_only_its_people(client: Client, training: Training) -> None:
    sign_in(client)

    badges = {number: client.get(training.address("badges", number)).data for number in (0, 2)}

    read = {number: {code for page in codes_of(pdf) for code in page} for number, pdf in badges.items()}
    link = "http://localhost/accueil/"
    assert read == {
        0: {link + training.tickets["Zoé"], link + training.tickets["Élise"]},
        2: {link + training.tickets["Marc"]},
    }


def test_a_sitting_of_another_event_has_no_paper_here(app: Flask, client: Client, training: Training) -> None:
    with app.app_context(), transaction():
        other = queries.get_event(world.gathering().event_id).sessions[0].id
    sign_in(client)

    client.visit(f"/gestion/accueil/{training.event_id}/liste.pdf?seance={other}", 404)


@pytest.mark.parametrize("paper", list(Paper))
def test_a_host_prints_for_their_own_event_only(
    app: Flask, client: Client, training: Training, paper: Paper
) -> None:
    sign_in(client, Role.HOST)
    refused = client.get(training.address(paper)).status_code

    with app.app_context(), transaction() as session:
        user = session.scalars(sa.select(User).where(User.role == Role.HOST)).one()
        session.add(EventHost(event_id=training.event_id, user_id=user.id))

    assert (refused, client.get(training.address(paper)).status_code) == (403, 200)


def test_a_coordinator_prints_in_their_regions_only(app: Flask, client: Client, training: Training) -> None:
    answers = {}
    for region in ("02", "01"):  # Hébertville is in the Saguenay–Lac-Saint-Jean
        visitor = app.test_client()
        assert isinstance(visitor, Client)
        sign_in(visitor, Role.COORDINATOR, region, email=f"region{region}@exemple.quebec")
        answers[region] = visitor.get(training.address("badges")).status_code

    assert answers == {"02": 200, "01": 403}


def test_somebody_who_only_reads_prints_no_list_of_names(client: Client, training: Training) -> None:
    sign_in(client, Role.VIEWER)

    assert client.get(training.address("liste")).status_code == 403
