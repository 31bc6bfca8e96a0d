"""Files that people send: none is chosen twice, few people read them, each is erased with its answer."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any, TypeVar

import pytest
import sqlalchemy as sa
from flask import Flask

from campaign import clock
from campaign.accounts.models import Role
from campaign.db import db, key_of, transaction
from campaign.errors import Conflict
from campaign.events import planning
from campaign.registrations import cloning, file_kinds, files, queries, questions, retention, team_files
from campaign.registrations.answers import GivenFile
from campaign.registrations.models import (
    Answer,
    AnswerFile,
    Attendee,
    Question,
    QuestionKind,
    Registration,
    SensitiveAnswer,
)
from tests.builders import NOW
from tests.pages import Client, Page, checked
from tests.people import sign_in
from tests.queries import count_queries
from tests.registrations import world
from tests.registrations.test_file_kinds import CV, LETTER
from tests.registrations.test_public_views import RENEE, address, link_of, opened
from tests.registrations.test_public_views import registered as everybody

pytestmark = pytest.mark.usefixtures("directory")

Found = TypeVar("Found")
EVENTS = "/gestion/evenements"


def at(app: Flask, act: Callable[[], Found]) -> Found:
    """What that gives, written and left."""
    with app.app_context(), transaction():
        return act()


def ask(app: Flask, slug: str, label: str = "Votre CV", **said: Any) -> int:
    """A file question of that event; its number."""

    def add() -> int:
        event_id = queries.get_number_to_register(slug)
        usual: dict[str, Any] = {"kind": QuestionKind.FILE, "purpose": "", "position": 5}
        question = Question(event_id=event_id, label=label, **(usual | said))
        db.session.add(question)
        db.session.flush()
        return question.id

    return at(app, add)


def send(
    client: Client,
    page: Page,
    chosen: dict[str, tuple[bytes, str]] | None = None,
    status: int = 200,
    step: str = "inscrire",
    **answers: str,
) -> Page:
    """The form of the page with these files chosen, as a browser sends it."""
    form = page.form("main form[enctype='multipart/form-data']")
    boxes = {str(tag["name"]) for tag in form.select("input[type=file]")}
    assert set(chosen or {}) <= boxes, f"{page.url}: only {sorted(boxes)}"
    data: dict[str, Any] = page.fields("main form[enctype]") | {name: [it] for name, it in answers.items()}
    data |= {"etape": [step]}
    data |= {name: (io.BytesIO(content), named) for name, (content, named) in (chosen or {}).items()}
    address = str(form.get("action") or page.url)
    return checked(client.post(address, data=data, follow_redirects=True), status)


def kept(app: Flask) -> list[tuple[str, int | None, int | None]]:
    """Each file: its name, and whose answer it is."""
    with app.app_context():
        columns = sa.select(AnswerFile.name, AnswerFile.answer_id, AnswerFile.sensitive_answer_id)
        return [tuple(row) for row in db.session.execute(columns.order_by(AnswerFile.id))]


def names(app: Flask) -> list[str]:
    return [name for name, *_whose in kept(app)]


def contents(app: Flask) -> list[bytes]:
    with app.app_context():
        return list(db.session.scalars(sa.select(AnswerFile.content)))


# --- by telephone -------------------------------------------------------------------------------------


def telephoned(app: Flask, client: Client, slug: str) -> Page:
    """The form that the team fills in for who telephones."""
    sign_in(client)
    number = at(app, lambda: queries.get_number_to_register(slug))
    return client.visit(f"{EVENTS}/{number}/inscriptions/ajouter")


def test_the_team_joins_the_file_of_who_telephones(app: Flask, client: Client) -> None:
    slug = opened(app)
    asked = ask(app, slug, is_required=True)
    page = telephoned(app, client, slug)

    shown = send(client, page, {f"people-0-q{asked}-fichier": (CV, "../../CV.pdf")}, **RENEE)

    assert "CV.pdf" in shown.text
    assert [(name, whose is not None) for name, whose, _apart in kept(app)] == [("CV.pdf", True)]
    assert contents(app) == [CV]


def test_who_telephones_sends_their_file_later(app: Flask, client: Client) -> None:
    slug = opened(app)
    ask(app, slug, is_required=True)

    send(client, telephoned(app, client, slug), **RENEE)

    assert "Joindre le fichier" in client.visit(link_of(app, 1)).text


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"<html>cv</html>", file_kinds.UNKNOWN),
        (b"%PDF-1.7" + bytes(1000), file_kinds.TOO_HEAVY),
    ],
)
def test_a_file_of_who_telephones_is_checked_as_any_other(
    app: Flask, client: Client, content: bytes, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_kinds, "MAX_BYTES", 1000)
    slug = opened(app)
    asked = ask(app, slug)
    page = telephoned(app, client, slug)

    refused = send(client, page, {f"people-0-q{asked}-fichier": (content, "cv.pdf")}, status=422, **RENEE)

    assert refused.texts(".error-summary li") == [sentence.replace("\n", " ")]
    assert refused.one("[name=people-0-first_name]")["value"] == "Renée"
    assert kept(app) == []


def test_a_form_of_the_team_that_comes_back_keeps_its_file(app: Flask, client: Client) -> None:
    slug = opened(app)
    asked = ask(app, slug)
    page = telephoned(app, client, slug)

    two = send(client, page, {f"people-0-q{asked}-fichier": (CV, "cv.pdf")}, step="ajouter", **RENEE)
    refused = send(client, two, status=422)
    assert kept(app) == [("cv.pdf", None, None)]
    send(client, refused, **{"people-1-first_name": "Luc", "people-1-last_name": "Roy"})

    assert [(name, whose is not None) for name, whose, _apart in kept(app)] == [("cv.pdf", True)]
    assert "cv.pdf" in client.visit(link_of(app, 1)).text


def test_what_is_told_in_confidence_is_not_joined_by_the_team(app: Flask, client: Client) -> None:
    slug = opened(app)
    ask(app, slug, "Votre plan d’intervention", is_sensitive=True, purpose="Vous accueillir")

    page = telephoned(app, client, slug)

    assert page.all("input[type=file]") == []
    assert page.form("main form.form").get("enctype") is None


# --- registering --------------------------------------------------------------------------------------


def test_a_file_goes_with_the_answer_that_names_it(app: Flask, client: Client) -> None:
    slug = opened(app)
    asked = ask(app, slug, is_required=True)

    page = client.visit(address(slug))
    send(client, page, {f"people-0-q{asked}-fichier": (CV, "../../CV.pdf")}, **RENEE)

    assert client.visit(link_of(app, 1)).texts(".registered__file") == ["CV.pdf"]
    with app.app_context():
        answer = db.session.scalars(sa.select(Answer)).one()
        assert answer.value == {"reponse": "CV.pdf"}
    assert kept(app) == [("CV.pdf", answer.id, None)]
    assert contents(app) == [CV]


def test_a_form_without_file_question_is_as_it_was(app: Flask, client: Client) -> None:
    page = client.visit(address(opened(app)))

    assert page.form("main form.form").get("enctype") is None
    assert page.all("input[type=file]") == []


def test_a_required_file_is_asked_for_like_any_other_answer(app: Flask, client: Client) -> None:
    slug = opened(app)
    ask(app, slug, is_required=True)

    page = send(client, client.visit(address(slug)), status=422, **RENEE)

    assert page.texts(".error-summary li") == ["Joignez le fichier «\u00a0Votre CV\u00a0»."]
    assert kept(app) == []


def test_a_file_that_the_answers_do_not_ask_for_is_neither_required_nor_kept(
    app: Flask, client: Client
) -> None:
    slug = opened(app)
    parent = ask(app, slug, "Animez-vous un atelier?", kind=QuestionKind.CONSENT, position=1)
    asked = ask(app, slug, is_required=True, condition_id=parent, condition_value="oui")
    page = client.visit(address(slug))

    send(client, page, {f"people-0-q{asked}-fichier": (b"<html>", "cv.html")}, **RENEE)
    other = client.visit(address(slug))
    luc = RENEE | {"people-0-email": "luc@exemple.quebec", f"people-0-q{parent}": "1"}
    refused = send(client, other, status=422, **luc)

    assert kept(app) == []
    assert refused.texts(".error-summary li") == ["Joignez le fichier «\u00a0Votre CV\u00a0»."]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"<html>cv</html>", file_kinds.UNKNOWN),
        (b"%PDF-1.7" + bytes(1000), file_kinds.TOO_HEAVY),
    ],
)
def test_a_file_that_cannot_be_taken_has_its_sentence_and_nothing_typed_is_lost(
    app: Flask, client: Client, content: bytes, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_kinds, "MAX_BYTES", 1000)
    slug = opened(app)
    asked = ask(app, slug)

    page = client.visit(address(slug))
    refused = send(client, page, {f"people-0-q{asked}-fichier": (content, "cv.pdf")}, status=422, **RENEE)

    assert refused.texts(".error-summary li") == [sentence.replace("\n", " ")]
    assert refused.one("[name=people-0-first_name]")["value"] == "Renée"
    assert refused.one(".error-summary a")["href"] == f"#people-0-q{asked}"
    assert kept(app) == []


def test_a_form_that_comes_back_keeps_its_file(app: Flask, client: Client) -> None:
    slug = opened(app)
    asked = ask(app, slug, is_required=True)
    name = f"people-0-q{asked}-fichier"

    page = client.visit(address(slug))
    refused = send(client, page, {name: (CV, "cv.pdf")}, status=422, **(RENEE | {"people-0-email": "x"}))
    assert "«\u00a0cv.pdf\u00a0» (1\u00a0ko) est gardé avec vos réponses" in refused.text
    again = send(client, refused, status=422, **{"people-0-email": "y"})
    assert kept(app) == [("cv.pdf", None, None)]
    send(client, again, **{"people-0-email": "renee@exemple.quebec"})

    assert [whose is not None for _name, whose, _apart in kept(app)] == [True]
    assert contents(app) == [CV]


def test_a_file_stays_while_people_are_added_and_each_has_theirs(app: Flask, client: Client) -> None:
    slug = opened(app)
    asked = ask(app, slug)
    page = client.visit(address(slug))

    two = send(client, page, {f"people-0-q{asked}-fichier": (CV, "a.pdf")}, step="ajouter", **RENEE)
    second = {"people-1-first_name": "Luc", "people-1-last_name": "Roy"}
    send(client, two, {f"people-1-q{asked}-fichier": (LETTER, "b.docx")}, **second)

    assert client.visit(link_of(app, 1)).texts(".registered__file") == ["a.pdf", "b.docx"]
    with app.app_context():
        event_id = queries.get_number_to_register(slug)
        owners = {one.person: one.name for one in team_files.list_of_event(event_id)}
    assert owners == {"Côté Renée": "a.pdf", "Roy Luc": "b.docx"}


def test_a_file_kept_may_be_taken_away_or_replaced_before_sending(app: Flask, client: Client) -> None:
    slug = opened(app)
    asked = ask(app, slug)
    name = f"people-0-q{asked}"
    wrong = RENEE | {"people-0-email": "x"}
    page = client.visit(address(slug))
    first = send(client, page, {f"{name}-fichier": (CV, "a.pdf")}, status=422, **wrong)

    other = send(client, first, {f"{name}-fichier": (LETTER, "b.docx")}, status=422)
    assert "b.docx" in other.text
    none = send(client, other, status=422, **{f"{name}-retirer": "1"})
    assert "b.docx" not in none.text
    send(client, none, **{"people-0-email": "renee@exemple.quebec"})

    assert [whose for _name, whose, _apart in kept(app)] == [None, None]


def test_a_wrong_file_chosen_after_a_good_one_leaves_the_good_one(app: Flask, client: Client) -> None:
    slug = opened(app)
    name = f"people-0-q{ask(app, slug)}-fichier"
    page = client.visit(address(slug))
    first = send(client, page, {name: (CV, "a.pdf")}, status=422, **(RENEE | {"people-0-email": "x"}))

    refused = send(
        client, first, {name: (b"MZ", "a.exe")}, status=422, **{"people-0-email": "r@exemple.quebec"}
    )

    assert refused.texts(".error-summary li") == [file_kinds.UNKNOWN]
    assert "a.pdf" in refused.text
    send(client, refused)
    assert [(name, whose is not None) for name, whose, _apart in kept(app)] == [("a.pdf", True)]


def test_the_same_sending_twice_is_one_registration_with_one_file(app: Flask, client: Client) -> None:
    slug = opened(app)
    name = f"people-0-q{ask(app, slug)}-fichier"
    sheet = client.visit(address(slug))

    first = send(client, sheet, {name: (CV, "cv.pdf")}, **RENEE)
    second = send(client, sheet, {name: (CV, "cv.pdf")}, **RENEE)

    assert first.url == second.url
    assert len(kept(app)) == 1


def test_a_sending_with_a_file_kept_is_one_even_when_it_comes_twice(app: Flask, client: Client) -> None:
    slug = opened(app)
    name = f"people-0-q{ask(app, slug)}-fichier"
    page = client.visit(address(slug))
    sheet = send(client, page, {name: (CV, "cv.pdf")}, status=422, **(RENEE | {"people-0-email": "x"}))

    mended = {"people-0-email": "renee@exemple.quebec"}
    first, second = send(client, sheet, **mended), send(client, sheet, **mended)

    assert first.url == second.url
    assert len(kept(app)) == 1


def test_a_file_taken_by_a_first_form_is_asked_again_of_a_second_one(app: Flask, client: Client) -> None:
    """Somebody goes back in their browser to register a colleague with the same sheet."""
    slug = opened(app)
    name = f"people-0-q{ask(app, slug)}-fichier"
    page = client.visit(address(slug))
    sheet = send(client, page, {name: (CV, "cv.pdf")}, status=422, **(RENEE | {"people-0-email": "x"}))
    send(client, sheet, **{"people-0-email": "renee@exemple.quebec"})

    refused = send(client, sheet, status=409, **{"people-0-email": "luc@exemple.quebec"})

    assert files.NO_LONGER_KEPT in refused.text
    assert refused.one("[name=people-0-email]")["value"] == "luc@exemple.quebec"
    assert "cv.pdf" not in refused.text
    send(client, refused)
    assert "aucun fichier joint" in client.visit(link_of(app, everybody(app)[-1].id)).text


def test_a_refusal_of_the_registration_keeps_the_file_too(app: Flask, client: Client) -> None:
    slug = opened(app)
    name = f"people-0-q{ask(app, slug)}-fichier"
    page = client.visit(address(slug))

    def close(at_instant: datetime | None) -> None:
        rules = queries.get_rules(queries.get_number_to_register(slug))
        rules.closes_at = at_instant

    at(app, lambda: close(clock.now() - timedelta(hours=1)))
    refused = send(client, page, {name: (CV, "cv.pdf")}, status=409, **RENEE)
    assert kept(app) == [("cv.pdf", None, None)]
    at(app, lambda: close(None))
    send(client, refused)

    assert [whose is not None for _name, whose, _apart in kept(app)] == [True]


def test_the_handle_of_another_question_or_of_nobody_finds_nothing(app: Flask, client: Client) -> None:
    slug = opened(app)
    asked, other = ask(app, slug), ask(app, slug, "Votre lettre")
    page = client.visit(address(slug))
    name = f"people-0-q{asked}"
    sheet = send(client, page, {f"{name}-fichier": (CV, "cv.pdf")}, status=422, **{"people-0-email": "x"})
    handle = str(sheet.one(f"input[type=hidden][name={name}]")["value"])

    def found(question_id: int, word: str, now: datetime) -> str:
        with app.app_context():
            known = files.find_kept(word, question_id, now=now)
            return known.name if known else ""

    now = clock.now()
    assert found(asked, handle, now) == "cv.pdf"
    assert found(other, handle, now) == ""
    assert found(asked, handle[::-1], now) == ""
    assert found(asked, handle, now + files.KEPT_ASIDE + timedelta(minutes=1)) == ""
    with app.app_context():
        assert handle not in str(db.session.execute(sa.select(sa.text("*")).select_from(AnswerFile)).all())


def test_nobody_makes_a_store_of_forms_that_are_never_finished(
    app: Flask, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    slug = opened(app)
    name = f"people-0-q{ask(app, slug)}-fichier"
    monkeypatch.setattr(files, "MOST_KEPT_ASIDE", len(CV) - 1)

    page = client.visit(address(slug))
    refused = send(client, page, {name: (CV, "cv.pdf")}, status=422, **{"people-0-email": "x"})

    assert files.NO_LONGER_KEPT in refused.text
    assert kept(app) == []


def test_a_robot_leaves_nothing(app: Flask, client: Client) -> None:
    slug = opened(app)
    name = f"people-0-q{ask(app, slug)}-fichier"

    send(client, client.visit(address(slug)), {name: (CV, "cv.pdf")}, site_web="https://x.example", **RENEE)

    assert kept(app) == []


def test_a_file_kept_is_taken_once_by_two_forms_at_the_same_instant(app: Flask) -> None:
    def begin() -> tuple[int, int, int]:
        rules = world.gathering()
        question = Question(event_id=rules.event_id, kind=QuestionKind.FILE, label="CV", position=0)
        db.session.add(question)
        db.session.flush()
        handle = files.keep_aside(question.id, file_kinds.read("cv.pdf", CV), now=NOW)
        known = files.find_kept(handle, question.id, now=NOW)
        assert known is not None
        assert known.kept_id is not None
        return rules.event_id, question.id, known.kept_id

    event_id, question_id, kept_id = at(app, begin)
    together = Barrier(4)

    def come(number: int) -> bool:
        file = GivenFile(name="cv.pdf", media_type="x", size_bytes=1, digest="x", kept_id=kept_id)
        one = world.person(f"P{number}", answers={question_id: "cv.pdf"}, files={question_id: file})
        together.wait()
        try:
            at(app, lambda: world.register(queries.get_rules(event_id), one))
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(4) as hands:
        came = list(hands.map(come, range(4)))

    assert sorted(came) == [False, False, False, True]
    assert len(at(app, lambda: db.session.scalars(sa.select(Registration.id)).all())) == 1
    assert len(kept(app)) == 1


# --- what is told in confidence -----------------------------------------------------------------------


def test_a_sensitive_file_needs_an_express_consent_and_has_its_end(app: Flask, client: Client) -> None:
    slug = opened(app)
    asked = ask(
        app, slug, "Votre billet médical", is_sensitive=True, purpose="Adapter la salle", kept_days=10
    )
    name = f"people-0-q{asked}-fichier"

    refused = send(client, client.visit(address(slug)), {name: (CV, "billet.pdf")}, status=422, **RENEE)
    assert "elles ne sont pas gardées" in refused.text
    send(client, refused, **{"people-0-sensitive_consent": "1"})

    with app.app_context():
        told = db.session.scalars(sa.select(SensitiveAnswer)).one()
        assert (told.value, told.purge_on) == ("billet.pdf", world.DAY + timedelta(days=10))
        assert db.session.scalars(sa.select(Answer)).all() == []
    assert kept(app) == [("billet.pdf", None, told.id)]


# --- the person ---------------------------------------------------------------------------------------


def registered(app: Flask, client: Client, **said: Any) -> tuple[str, int]:
    """Renée with « cv.pdf »: the page of her registration, and the number of the question."""
    slug = opened(app)
    asked = ask(app, slug, **said)
    more = {"people-0-sensitive_consent": "1"} if said.get("is_sensitive") else {}
    page = client.visit(address(slug))
    send(client, page, {f"people-0-q{asked}-fichier": (CV, "cv.pdf")}, **(RENEE | more))
    return link_of(app, 1), asked


def link_words(page: Page, words: str) -> str:
    """The address of the link that begins with these words."""
    (found,) = [tag for tag in page.all("a[href]") if tag.get_text().startswith(words)]
    return str(found["href"])


def test_a_person_replaces_their_file_and_the_former_one_is_gone(app: Flask, client: Client) -> None:
    link, _asked = registered(app, client)
    form = client.visit(link_words(client.visit(link), "Remplacer le fichier"))

    refused = send(client, form, {"fichier-fichier": (b"GIF89a", "x.gif")}, status=422)
    assert refused.texts(".error-summary li") == [file_kinds.UNKNOWN]
    page = send(client, refused, {"fichier-fichier": (LETTER, "lettre.docx")})

    assert "Le fichier est joint." in page.text
    assert "lettre.docx" in page.text
    assert names(app) == ["lettre.docx"]
    with app.app_context():
        assert [one.value for one in db.session.scalars(sa.select(Answer))] == [{"reponse": "lettre.docx"}]


def test_a_person_takes_their_file_back_and_may_join_another(app: Flask, client: Client) -> None:
    link, _asked = registered(app, client)
    page = client.submit(client.visit(link_words(client.visit(link), "Retirer le fichier")))

    assert kept(app) == []
    assert "aucun fichier joint" in page.text
    form = client.visit(link_words(page, "Joindre le fichier"))
    send(client, form, {"fichier-fichier": (CV, "autre.pdf")})
    assert names(app) == ["autre.pdf"]


def test_a_required_file_is_replaced_not_taken_back(app: Flask, client: Client) -> None:
    link, asked = registered(app, client, is_required=True)

    assert "Retirer le fichier" not in client.visit(link).text
    with app.app_context():
        person = db.session.scalars(sa.select(Attendee.id)).one()
    page = client.visit(f"{link}/personnes/{person}/fichiers/{asked}/retirer")
    client.submit(page, status=409)
    assert names(app) == ["cv.pdf"]


def test_a_sensitive_file_is_replaced_with_the_consent_given_again(app: Flask, client: Client) -> None:
    link, _asked = registered(app, client, is_sensitive=True, purpose="Adapter la salle", kept_days=5)
    form = client.visit(link_words(client.visit(link), "Remplacer le fichier"))

    refused = send(client, form, {"fichier-fichier": (LETTER, "b.docx")}, status=422)
    assert refused.texts(".error-summary li") == [
        "Cochez l’autorisation\u00a0: sans elle, ce fichier n’est pas gardé."
    ]
    send(client, refused, consent="1")

    with app.app_context():
        told = db.session.scalars(sa.select(SensitiveAnswer)).one()
        assert (told.value, told.purge_on) == ("b.docx", world.DAY + timedelta(days=5))
    assert kept(app) == [("b.docx", None, told.id)]


def test_a_colleague_who_comes_instead_does_not_inherit_the_file(app: Flask, client: Client) -> None:
    link, _asked = registered(app, client)
    form = client.visit(link_words(client.visit(link), "Me faire remplacer"))
    page = client.submit(
        form, button="Remplacer", first_name="Luc", last_name="Roy", email="luc@exemple.quebec"
    )

    assert "cv.pdf" not in page.text
    assert "aucun fichier joint" in page.text
    with app.app_context():
        event_id = db.session.scalars(sa.select(Registration.event_id)).one()
        assert team_files.list_of_event(event_id) == []
    assert names(app) == ["cv.pdf"]


def test_the_files_of_whoever_sends_too_often_are_not_looked_at(app: Flask, client: Client) -> None:
    link, _asked = registered(app, client)
    form = client.visit(link_words(client.visit(link), "Remplacer le fichier"))
    for _ in range(20):
        send(client, form, status=422)

    page = send(client, form, {"fichier-fichier": (LETTER, "b.docx")}, status=429)

    assert "Trop d’envois en peu de temps" in page.text
    assert names(app) == ["cv.pdf"]


def test_nothing_changes_once_the_registration_is_cancelled(app: Flask, client: Client) -> None:
    link, _asked = registered(app, client)
    form = client.visit(link_words(client.visit(link), "Remplacer le fichier"))
    client.submit(client.visit(f"{link}/annuler"))

    send(client, form, {"fichier-fichier": (LETTER, "b.docx")}, status=409)

    assert names(app) == ["cv.pdf"]


def test_the_link_of_somebody_else_opens_no_file(app: Flask, client: Client) -> None:
    link, asked = registered(app, client)
    with app.app_context():
        mine = db.session.scalars(sa.select(Attendee.id)).one()
    other = opened(app)
    client.submit(client.visit(address(other)), button="S’inscrire", **RENEE)

    for path in (f"personnes/{mine}/fichiers/{asked}", f"personnes/{mine}/fichiers/{asked}/retirer"):
        client.visit(f"{link_of(app, 2)}/{path}", status=404)
    client.visit(f"{link}xx/personnes/{mine}/fichiers/{asked}", status=404)


# --- the team -----------------------------------------------------------------------------------------


def numbers(app: Flask) -> tuple[int, int]:
    """The event and its only file."""
    with app.app_context():
        return (
            db.session.scalars(sa.select(Registration.event_id)).one(),
            db.session.scalars(sa.select(AnswerFile.id)).one(),
        )


def test_the_team_saves_a_file_which_no_browser_shows(app: Flask, client: Client) -> None:
    registered(app, client)
    event_id, number = numbers(app)
    sign_in(client, Role.ORGANIZER)

    page = client.visit(f"{EVENTS}/{event_id}/inscriptions/1")
    answer = client.get(page.link("cv.pdf"))

    assert answer.data == CV
    assert answer.mimetype == "application/pdf"
    assert answer.headers["Content-Disposition"] == "attachment; filename=cv.pdf"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    assert page.link("cv.pdf") == f"{EVENTS}/{event_id}/inscriptions/fichiers/{number}"


def test_strangers_hosts_viewers_and_other_regions_read_no_file(app: Flask, client: Client) -> None:
    registered(app, client)
    event_id, number = numbers(app)
    with app.app_context():
        region = queries.get_event(event_id).territory.region_code
    home = f"{EVENTS}/{event_id}/inscriptions/fichiers"
    paths = (f"{home}/{number}", f"{home}/tous.zip")

    def status(*who: Any, path: str) -> int:
        browser = app.test_client()
        if who:
            sign_in(browser, *who, email=f"{'-'.join(map(str, who))}@exemple.quebec")
        return browser.get(path).status_code

    elsewhere = "01" if region != "01" else "02"
    for path in paths:
        assert status(path=path) == 302
        assert status(Role.HOST, path=path) == status(Role.VIEWER, path=path) == 403
        assert status(Role.COORDINATOR, elsewhere, path=path) in (403, 404)
        assert status(Role.COORDINATOR, region, path=path) == 200
    with app.app_context(), transaction():
        other = world.gathering().event_id
    assert status(Role.ADMIN, path=f"{EVENTS}/{other}/inscriptions/fichiers/{number}") == 404


def test_a_file_sent_in_confidence_is_for_those_who_read_confidences(app: Flask, client: Client) -> None:
    registered(app, client, is_sensitive=True, purpose="Adapter la salle")
    event_id, number = numbers(app)
    with app.app_context():
        region = queries.get_event(event_id).territory.region_code
    home = f"{EVENTS}/{event_id}/inscriptions"

    sign_in(client, Role.COORDINATOR, region)
    assert client.get(f"{home}/fichiers/{number}").status_code == 403
    assert "cv.pdf" not in client.visit(f"{home}/1").text
    assert "ZIP" not in client.visit(home).text
    sign_in(client, Role.ORGANIZER)
    page = client.visit(f"{home}/confidentiel")
    assert client.get(page.link("cv.pdf")).data == CV


def test_the_archive_has_the_ordinary_files_of_those_who_come(app: Flask, client: Client) -> None:
    slug = opened(app)
    asked, apart = ask(app, slug, "CV / biographie"), ask(app, slug, "Billet", is_sensitive=True, purpose="x")
    for number, first in enumerate(("Renée", "Luc", "Luc", "Zoé")):
        person = RENEE | {"people-0-first_name": first, "people-0-email": f"p{number}@exemple.quebec"}
        chosen = {
            f"people-0-q{asked}-fichier": (CV + bytes([number]), "../cv.pdf"),
            f"people-0-q{apart}-fichier": (CV, "secret.pdf"),
        }
        send(client, client.visit(address(slug)), chosen, **{"people-0-sensitive_consent": "1"}, **person)
    client.submit(client.visit(f"{link_of(app, 4)}/annuler"))
    sign_in(client, Role.ORGANIZER)
    event_id = at(app, lambda: db.session.scalars(sa.select(Registration.event_id).limit(1)).one())

    page = client.visit(f"{EVENTS}/{event_id}/inscriptions")
    answer = client.get(page.link("Les 3\u00a0fichiers joints (ZIP)".replace("\u00a0", " ")))

    assert answer.mimetype == "application/zip"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="fichiers-{slug}.zip"'
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name)[-1] for name in archive.namelist()} == {
            "Côté Luc - CV biographie.pdf": 1,
            "Côté Luc - CV biographie (2).pdf": 2,
            "Côté Renée - CV biographie.pdf": 0,
        }


def test_the_archive_holds_one_file_at_a_time(app: Flask, client: Client) -> None:
    registered(app, client)
    event_id, _number = numbers(app)
    with app.app_context():
        found = team_files.list_of_event(event_id) * 3
        pieces = list(team_files.zipped(found, now=NOW))
        at_once = max(map(len, pieces))

    assert len(pieces) == 4
    assert at_once < 2 * len(CV) + 500


def test_the_export_names_the_file(app: Flask, client: Client) -> None:
    registered(app, client)
    event_id, _number = numbers(app)
    sign_in(client, Role.ORGANIZER)

    lines = client.get(f"{EVENTS}/{event_id}/inscriptions/export.csv").get_data(as_text=True).splitlines()

    assert lines[0].endswith(";Votre CV")
    assert lines[1].endswith(";cv.pdf")


def test_the_pages_ask_as_little_for_three_files_as_for_one(app: Flask, client: Client) -> None:
    slug = opened(app)
    asked = [ask(app, slug, f"Fichier {number}") for number in range(3)]
    for number in range(2):
        chosen = {f"people-0-q{one}-fichier": (CV, "cv.pdf") for one in asked[: 1 + 2 * number]}
        person = RENEE | {"people-0-email": f"p{number}@exemple.quebec"}
        send(client, client.visit(address(slug)), chosen, **person)

    counts = []
    for number in (1, 2):
        link = link_of(app, number)
        with count_queries(app) as asked_of:
            client.visit(link)
        counts.append(len(asked_of))

    assert counts[0] == counts[1]


# --- until when ---------------------------------------------------------------------------------------


def forget(app: Flask, now: datetime) -> int:
    return at(app, lambda: retention.forget(now))


def test_a_sensitive_file_is_erased_on_its_day_even_of_who_cancelled(app: Flask, client: Client) -> None:
    link, _asked = registered(app, client, is_sensitive=True, purpose="Adapter la salle", kept_days=30)
    client.submit(client.visit(f"{link}/annuler"))
    last = clock.to_utc(world.DAY + timedelta(days=29), NOW.time(), "America/Toronto")

    forget(app, last)
    assert names(app) == ["cv.pdf"]
    forget(app, last + timedelta(days=1))
    assert kept(app) == []


def test_an_ordinary_file_goes_with_a_form_that_nobody_proved(app: Flask, client: Client) -> None:
    slug = opened(app, needs_verification=True)
    name = f"people-0-q{ask(app, slug)}-fichier"
    send(client, client.visit(address(slug)), {name: (CV, "cv.pdf")}, **RENEE)

    forget(app, clock.now() + timedelta(days=6))
    assert names(app) == ["cv.pdf"]
    forget(app, clock.now() + timedelta(days=7, minutes=1))
    assert kept(app) == []


def test_a_file_whose_form_never_came_back_is_forgotten_after_a_day(app: Flask, client: Client) -> None:
    slug = opened(app)
    name = f"people-0-q{ask(app, slug)}-fichier"
    send(client, client.visit(address(slug)), {name: (CV, "a.pdf")}, status=422)
    send(client, client.visit(address(slug)), {name: (CV, "b.pdf")}, **RENEE)

    assert forget(app, clock.now() + timedelta(hours=23)) == 0
    assert forget(app, clock.now() + timedelta(hours=25)) == 1
    assert names(app) == ["b.pdf"]


def test_another_event_made_from_this_one_asks_the_question_and_has_no_file(
    app: Flask, client: Client
) -> None:
    registered(app, client)
    event_id, _number = numbers(app)

    def clone() -> tuple[list[str], int]:
        event = planning.get_event(event_id)
        twin = cloning.clone(
            event, edition=event.edition, title="Suite", first_on=world.DAY, form_token="x", now=NOW
        )
        asked = [one.label for one in questions.list_questions(key_of(twin))]
        return asked, team_files.count_of_event(key_of(twin))

    assert at(app, clone) == (["Votre CV"], 0)
    assert names(app) == ["cv.pdf"]


def test_a_question_that_has_a_file_is_not_removed(app: Flask, client: Client) -> None:
    _link, asked = registered(app, client)

    def remove() -> None:
        questions.remove_question(db.session.get_one(Question, asked))

    with pytest.raises(Conflict):
        at(app, remove)
    assert names(app) == ["cv.pdf"]
