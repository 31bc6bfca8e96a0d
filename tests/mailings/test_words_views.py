"""The pages of a mailing's words and plan: who may change them, what they keep, what they never do."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from flask import Flask

from campaign import clock
from campaign.accounts.models import Role
from campaign.campaigns import queries as campaigns
from campaign.campaigns.services import set_organization
from campaign.db import db, transaction
from campaign.mailings import queries, services
from campaign.mailings.models import Mailing, MailingState, MailingText, Recipient
from campaign.outbox.models import Message, MessageState, Stencil, Stream, UnsubscribeLink
from campaign.outbox.queries import words_of
from campaign.participations.models import PersonalLink
from campaign.web.filters import NBSP
from tests.pages import Client, Page
from tests.people import sign_in

pytestmark = pytest.mark.usefixtures("demo")

NOW = datetime(2026, 11, 22, 12, 5, tzinfo=UTC)
TEXT = "/gestion/envois/rappel-1/texte"
LOOK = "/gestion/envois/rappel-1/apercu"
PLAN = "/gestion/envois/rappel-1/plan"
LOOKED_AT = [TEXT, f"{TEXT}/versions", LOOK, f"{LOOK}/lettre", PLAN]
WRITES = "form:has(textarea)"
TO_ORGANIZATION = f"Ouvrir la page «{NBSP}Organisme{NBSP}»"
PLANS = "form:has([name=who])"


@pytest.fixture(autouse=True)
def _day_of_the_demonstration(app: Flask) -> Iterator[None]:
    with clock.pretend(NOW):
        yield


def mailing_of(key: str = "rappel-1") -> Mailing:
    return queries.get_mailing(campaigns.current_edition(), key)


def reopen(app: Flask, key: str) -> None:
    """As if nothing of it had left in the demonstration."""
    with app.app_context(), transaction():
        mailing = mailing_of(key)
        mailing.state, mailing.started_at, mailing.finished_at = MailingState.DRAFT, None, None


def write(client: Client, address: str = TEXT, **changes: str) -> Page:
    return client.submit(client.visit(address), WRITES, **changes)


def versions(app: Flask) -> list[tuple[str, str, str]]:
    """(subject, variant, author) of each version, the latest first."""
    with app.app_context():
        return [(each.subject, each.variant, each.author) for each in queries.list_texts(mailing_of())]


# --- who ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", LOOKED_AT)
@pytest.mark.parametrize(
    ("role", "status"), [(Role.ORGANIZER, 200), (Role.COORDINATOR, 200), (Role.VIEWER, 200), (Role.HOST, 403)]
)
def test_readers_look(client: Client, role: Role, status: int, address: str) -> None:
    sign_in(client, role, *(["01"] if role is Role.COORDINATOR else []))

    assert client.get(address).status_code == status


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.VIEWER])
def test_only_organizers_change(app: Flask, client: Client, role: Role) -> None:
    app.config["WTF_CSRF_ENABLED"] = False  # the guard must hold by itself
    sign_in(client, role, *(["01"] if role is Role.COORDINATOR else []))

    shown = [client.visit(address).all("main form[method=post]") for address in (TEXT, LOOK, PLAN)]
    answers = [
        client.post(address).status_code
        for address in (
            TEXT,
            PLAN,
            "/gestion/envois/rappel-1/essai",
            f"{TEXT}/versions/1/reprendre",
            "/gestion/envois/ajouter",
        )
    ]

    assert shown == [[], [], []]
    assert answers == [403] * 5


# --- the words ----------------------------------------------------------------------------------------


def test_saving_adds_a_version_and_keeps_the_others(app: Flask, client: Client) -> None:
    sign_in(client, Role.ORGANIZER)

    write(client, subject="Un premier objet")
    page = write(client, subject="Un second objet")

    assert "Le texte est enregistré." in page.text
    assert [subject for subject, _, _ in versions(app)] == ["Un second objet", "Un premier objet"]
    assert {author for _, _, author in versions(app)} == {"Dominique Roy"}


def test_saving_what_stands_already_adds_nothing(app: Flask, client: Client) -> None:
    sign_in(client, Role.ORGANIZER)

    page = write(client)

    assert "Rien n’a changé." in page.text
    assert versions(app) == []


def test_an_earlier_version_is_taken_again(app: Flask, client: Client) -> None:
    sign_in(client, Role.ORGANIZER)
    write(client, subject="Un premier objet")
    write(client, subject="Un second objet")

    page = client.submit(client.visit(f"{TEXT}/versions"), "main form")

    assert page.one("#subject")["value"] == "Un premier objet"
    assert [subject for subject, _, _ in versions(app)] == [
        "Un premier objet",
        "Un second objet",
        "Un premier objet",
    ]


def test_each_variant_and_english_have_their_own_versions(app: Flask, client: Client) -> None:
    sign_in(client, Role.ORGANIZER)
    reopen(app, "invitation")
    address = "/gestion/envois/invitation/texte"
    write(client, f"{address}?variante=de-retour", subject="Pour qui revient")
    write(
        client, f"{address}?langue=en", subject="In English", body="Hello {{prenom}},\n\n[Answer]({{lien}})"
    )

    with app.app_context():
        words = services.words_of(mailing_of("invitation"), campaigns.current_edition())

    assert words["de-retour"].french.subject == "Pour qui revient"
    assert words["premiere-fois"].french.subject != "Pour qui revient"
    assert {each.english.subject for each in words.values() if each.english} == {"In English"}


def test_an_english_version_written_empty_is_withdrawn(app: Flask, client: Client) -> None:
    sign_in(client, Role.ORGANIZER)

    write(client, f"{TEXT}?langue=en", subject="", preheader="", body="")

    with app.app_context():
        words = services.words_of(mailing_of(), campaigns.current_edition())
    assert [each.english for each in words.values()] == [None]


def test_each_fault_is_beside_its_field_and_nothing_typed_is_lost(app: Flask, client: Client) -> None:
    sign_in(client, Role.ORGANIZER)

    page = client.submit(
        client.visit(TEXT),
        WRITES,
        status=422,
        subject="Bonjour {{nomm}}",
        body="Une ligne\nEt [ceci](javascript:alert)",
    )

    assert "Vouliez-vous dire" in page.texts("#subject-erreur")[0]
    assert page.texts("#body-erreur")[0].startswith(f"Ligne{NBSP}2{NBSP}: ")
    assert page.one("#subject")["value"] == "Bonjour {{nomm}}"
    assert "javascript:alert" in page.one("#body").text
    assert versions(app) == []


def test_a_text_that_somebody_else_changed_meanwhile_is_not_overwritten_unknowingly(
    app: Flask, client: Client
) -> None:
    sign_in(client, Role.ORGANIZER)
    mine = client.visit(TEXT)
    write(client, subject="Celui de l’autre")

    page = client.submit(mine, WRITES, status=409, subject="Le mien")

    assert "Quelqu’un a enregistré un autre texte" in page.text
    assert page.one("#subject")["value"] == "Le mien"
    assert [subject for subject, _, _ in versions(app)] == ["Celui de l’autre"]

    client.submit(page, WRITES)
    assert [subject for subject, _, _ in versions(app)] == ["Le mien", "Celui de l’autre"]


def test_non_breaking_spaces_of_a_subject_are_kept(app: Flask, client: Client) -> None:
    sign_in(client, Role.ORGANIZER)

    write(client, subject=f"Rappel{NBSP}: le drapeau")

    assert versions(app)[0][0] == f"Rappel{NBSP}: le drapeau"


def test_what_changes_is_told_without_colour(client: Client) -> None:
    sign_in(client, Role.ORGANIZER)
    before = str(client.visit(TEXT).one("#subject")["value"])

    page = write(client, subject=f"Vite {before}")

    assert page.one("#changements").text == "Ce qui change du texte de départ"
    assert page.texts(".changes ins") == ["Vite"]
    assert page.all(".changes del") == []


def test_what_a_phone_would_cut_is_said_without_script(client: Client) -> None:
    sign_in(client, Role.ORGANIZER)

    page = write(client, subject="Un objet " + "beaucoup trop long " * 4)

    assert "et couperait" in page.text
    assert "Un téléphone coupe après 60 environ." in page.one("#subject-longueur").text


def test_every_field_is_listed_with_its_meaning_and_an_example(client: Client) -> None:
    sign_in(client, Role.ORGANIZER)

    page = client.visit(TEXT)

    assert "{{a_nom}}" in page.texts(".holes code")
    assert len(page.all(".holes__example")) == len(page.all(".holes code")) > 30


def test_the_words_of_a_mailing_that_began_are_only_read(app: Flask, client: Client) -> None:
    sign_in(client, Role.ORGANIZER)
    opened = client.visit(TEXT)
    with app.app_context(), transaction():
        mailing = mailing_of()
        mailing.state, mailing.started_at = MailingState.LEAVING, NOW

    page = client.submit(opened, WRITES, status=409, subject="Trop tard")

    assert "Cet envoi a commencé à partir." in page.text
    assert client.visit(TEXT).all("main form[method=post]") == []
    assert versions(app) == []


def test_a_mailing_that_leaves_by_itself_says_so(client: Client) -> None:
    sign_in(client, Role.ORGANIZER)

    for page in (client.visit(f"/gestion/envois/accuse/{name}") for name in ("texte", "apercu")):
        assert "Ses mots font partie du produit." in page.text
        assert page.all("main form") == []


# --- the letter ---------------------------------------------------------------------------------------


COUNTED = (PersonalLink, UnsubscribeLink, Message, Stencil, Recipient, MailingText)


def counts(app: Flask) -> dict[str, int]:
    with app.app_context():
        return {
            each.__name__: db.session.scalar(sa.select(sa.func.count()).select_from(each)) or 0
            for each in COUNTED
        }


def samples_of(page: Page) -> list[str]:
    return [str(option["value"]) for option in page.all("[name=exemple] option")]


def test_looking_at_a_letter_issues_no_link_and_writes_nothing(app: Flask, client: Client) -> None:
    sign_in(client, Role.ORGANIZER)
    before = counts(app)

    page = client.visit(LOOK)
    for sample in samples_of(page):
        seen = client.visit(f"{LOOK}?exemple={sample}")
        frame = client.get(f"{LOOK}/lettre?exemple={sample}")
        assert "/p/apercu" in seen.one("pre.letter").text
        assert frame.status_code == 200

    assert counts(app) == before
    assert client.get("/p/apercu").status_code == 404
    assert client.get("/desabonnement/apercu").status_code == 404


def test_awkward_names_are_right(client: Client) -> None:
    sign_in(client, Role.ORGANIZER)

    said = {
        sample: client.visit(f"/gestion/envois/invitation/apercu?exemple={sample}").one("pre.letter").text
        for sample in ("aux", "la", "ha-ha", "voyelle")
    }

    assert " aux " in said["aux"]
    assert "à Les" not in said["aux"]
    assert " à La " in said["la"]
    assert "Saint-Louis-du-Ha! Ha!" in said["ha-ha"]


def test_at_least_ten_records_are_shown_and_homonyms_carry_their_mrc(client: Client) -> None:
    sign_in(client, Role.ORGANIZER)

    page = client.visit(LOOK)

    options = {str(each["value"]): each.text for each in page.all("[name=exemple] option")}
    assert len(options) >= 10
    names = [options[key].split(" – ")[0] for key in ("homonyme", "son-homonyme")]
    assert names[0].split(" (")[0] == names[1].split(" (")[0]
    assert names[0] != names[1]


def test_a_coordinator_sees_only_records_of_their_regions(app: Flask, client: Client) -> None:
    sign_in(client, Role.COORDINATOR, "09")

    page = client.visit(LOOK)

    with app.app_context():
        cote_nord = {
            case.place.name
            for case in queries.load_cases(
                mailing_of(),
                campaigns.current_edition(),
                services.brief_of(mailing_of(), campaigns.current_edition()).audience,
                now=NOW,
            )
            if case.place and case.place.region_code == "09"
        }
    shown = {each.text.split(" – ")[0].split(" (")[0] for each in page.all("[name=exemple] option")}
    assert shown
    assert shown <= cote_nord


def test_a_press_list_has_a_made_up_reader_while_it_is_empty(client: Client) -> None:
    sign_in(client, Role.ORGANIZER)

    page = client.visit("/gestion/envois/avis-medias/apercu")

    assert samples_of(page) == ["invente"]


def test_the_frame_of_the_letter_runs_nothing(client: Client) -> None:
    sign_in(client)

    answer = client.get(f"{LOOK}/lettre")

    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert client.visit(LOOK).one("iframe.preview").has_attr("sandbox")


def test_the_dark_letter_is_dark_whatever_the_mode_of_the_person(client: Client) -> None:
    sign_in(client)

    light = client.get(f"{LOOK}/lettre").get_data(as_text=True)
    dark = client.get(f"{LOOK}/lettre?mode=sombre").get_data(as_text=True)

    assert "@media not all" in light
    assert "@media all" in dark
    assert "prefers-color-scheme" not in light + dark


def test_a_field_that_exists_no_more_is_told_and_never_leaves(app: Flask, client: Client) -> None:
    """A text of an earlier year may use a field that the product has dropped since."""
    sign_in(client, Role.ORGANIZER)
    opened = client.visit(LOOK)
    with app.app_context(), transaction() as session:
        session.add(
            MailingText(mailing_id=mailing_of().id, subject="Bonjour", body="{{disparu}}", written_at=NOW)
        )

    page = client.visit(LOOK)
    trial = client.submit(opened, "main form[method=post]", status=409)

    assert f"Rien ne remplit le champ «{NBSP}disparu{NBSP}»" in page.text
    assert page.all("iframe") == []
    assert f"Rien ne remplit le champ «{NBSP}disparu{NBSP}»" in trial.text
    assert client.get(f"{LOOK}/lettre").get_data(as_text=True) == ""
    assert queued(app) == []


# --- the trial ----------------------------------------------------------------------------------------


def queued(app: Flask) -> list[Message]:
    with app.app_context():
        return list(
            db.session.scalars(
                sa.select(Message).where(Message.subject.startswith("[Essai]")).order_by(Message.id)
            )
        )


def test_a_trial_goes_to_the_person_alone_and_opens_nothing(app: Flask, client: Client) -> None:
    sign_in(client, Role.ORGANIZER)
    before = counts(app)

    page = client.submit(client.visit(f"{LOOK}?exemple=aux"), "main form[method=post]")

    (message,) = queued(app)
    assert message.to_email == "organizer@exemple.quebec"
    assert (message.stream, message.batch, message.state) == (Stream.SERVICE, "", MessageState.QUEUED)
    with app.app_context():
        text, html = words_of(db.session.get_one(Message, message.id))
    assert "/p/apercu" in text
    assert "/p/apercu" in html
    assert "Un essai part à organizer@exemple.quebec." in page.text
    after = counts(app)
    assert (after.pop("Message"), after.pop("Stencil")) == (
        before.pop("Message") + 1,
        before.pop("Stencil") + 1,
    )
    assert after == before


def test_trials_are_counted_for_each_person(app: Flask, client: Client) -> None:
    sign_in(client, Role.ORGANIZER)
    page = client.visit(LOOK)

    answers = [client.send(page, "main form[method=post]").status_code for _ in range(31)]

    assert set(answers[:30]) == {303}
    assert answers[30] == 429


def test_no_trial_leaves_without_the_sender_and_the_page_to_open_is_linked(
    app: Flask, client: Client
) -> None:
    sign_in(client, Role.ORGANIZER)
    with app.app_context(), transaction():
        set_organization("Collectif petite enfance", contact="bonjour@exemple.quebec")

    page = client.submit(client.visit(LOOK), "main form[method=post]", status=409)

    assert "son adresse postale" in page.text
    assert page.link(TO_ORGANIZATION) == "/gestion/organisme"
    assert queued(app) == []


def test_a_departure_refused_for_want_of_a_sender_leads_to_the_same_page(app: Flask, client: Client) -> None:
    sign_in(client, Role.ORGANIZER)
    with app.app_context(), transaction():
        set_organization("Collectif petite enfance", contact="bonjour@exemple.quebec")

    page = client.submit(client.visit("/gestion/envois/outils/planifier"), "main form", status=409)

    assert page.link(TO_ORGANIZATION) == "/gestion/organisme"


# --- the plan -----------------------------------------------------------------------------------------


def test_the_plan_is_changed_in_plain_words(app: Flask, client: Client) -> None:
    sign_in(client, Role.ORGANIZER)

    page = client.submit(
        client.visit(PLAN),
        PLANS,
        days="40",
        side="avant",
        at="10 h",
        regions=["09"],
        states=["sollicitee"],
        received="invitation",
        received_days="12",
        returning="non",
    )

    with app.app_context():
        mailing = mailing_of()
        assert mailing.rule == {"anchor": "jour_j", "at": "10:00", "days": -40}
        assert mailing.audience == {
            "who": "municipalites",
            "regions": ["09"],
            "states": ["sollicitee"],
            "returning": False,
            "received": {"key": "invitation", "days": 12},
        }
    said = page.texts(".definition dd")
    assert "J−40" in said[0]
    assert "Côte-Nord" in said[1]
    assert "n’ont pas participé l’an dernier" in said[1]
    assert page.all("#exclues tbody tr")


def test_the_counts_of_the_plan_add_up(client: Client) -> None:
    sign_in(client)

    page = client.visit("/gestion/envois/invitation/plan")

    lead = page.one("#public + p").text.replace(NBSP, "")
    included, total = (int(word.rstrip(".")) for word in lead.split() if word.rstrip(".").isdigit())
    excluded = sum(int(each.replace(NBSP, "")) for each in page.texts("#exclues .number")[1:])
    assert included + excluded == total > 1000


def test_saving_the_plan_of_a_standard_mailing_as_it_stands_changes_nothing(
    app: Flask, client: Client
) -> None:
    """One of each way to count and of each list; `test_forms` goes through the whole calendar."""
    sign_in(client)
    keys = ("rappel-1", "photo", "veille", "avis-medias", "conservation")
    with app.app_context():
        before = {key: (mailing_of(key).rule, mailing_of(key).audience) for key in keys}

    for key in keys:
        client.submit(client.visit(f"/gestion/envois/{key}/plan"), PLANS)

    with app.app_context():
        assert {key: (mailing_of(key).rule, mailing_of(key).audience) for key in keys} == before


@pytest.mark.parametrize(
    ("key", "changes", "field"),
    [
        ("rappel-1", {"at": ""}, "at"),
        ("rappel-1", {"anchor": "date_fixe"}, "on"),
        ("rappel-1", {"days": "500"}, "anchor"),
        ("rappel-1", {"days": "beaucoup"}, "days"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_beside_its_field(
    app: Flask, client: Client, key: str, changes: dict[str, str], field: str
) -> None:
    sign_in(client)

    page = client.submit(client.visit(PLAN), PLANS, status=422, **changes)

    assert page.texts(f"#{field}-erreur") != []
    with app.app_context():
        assert mailing_of().rule == {"anchor": "jour_j", "at": "09:00", "days": -75}


def test_a_service_message_cannot_become_commercial(client: Client) -> None:
    sign_in(client)

    page = client.submit(client.visit("/gestion/envois/merci/plan"), PLANS, status=409, nature="commercial")

    assert "Un message commercial est une sollicitation" in page.text
    assert page.one("[name=nature][checked]")["value"] == "commercial"


def test_the_plan_of_a_mailing_that_began_is_refused(app: Flask, client: Client) -> None:
    sign_in(client)
    opened = client.visit(PLAN)
    with app.app_context(), transaction():
        mailing_of().started_at = NOW

    client.submit(opened, PLANS, status=409, days="3")

    assert client.visit(PLAN).all("main form[method=post]") == []


# --- a new one ----------------------------------------------------------------------------------------


def test_an_organizer_adds_a_mailing_plans_it_and_writes_it(app: Flask, client: Client) -> None:
    sign_in(client, Role.ORGANIZER)

    page = client.submit(
        client.visit("/gestion/envois/ajouter"),
        "main form",
        title="Rentrée scolaire",
        mailing_class="sollicitation",
        nature="information",
    )
    assert page.url == "/gestion/envois/rentree-scolaire/plan"
    write(
        client,
        "/gestion/envois/rentree-scolaire/texte",
        subject="Bonne rentrée {{a_nom}}",
        body="{{salutation}}",
    )

    seen = client.visit("/gestion/envois/rentree-scolaire/apercu?exemple=aux")
    assert "Bonne rentrée aux " in seen.texts(".inbox__subject")[0]
    with app.app_context():
        mailing = mailing_of("rentree-scolaire")
        assert (mailing.state, mailing.line, mailing.is_automatic) == (MailingState.DRAFT, 0, False)


def test_a_title_that_is_taken_gets_a_key_of_its_own(app: Flask, client: Client) -> None:
    sign_in(client, Role.ORGANIZER)
    answers = {"mailing_class": "service", "nature": "service"}

    addresses = [
        client.submit(client.visit("/gestion/envois/ajouter"), "main form", title=title, **answers).url
        for title in ("Invitation", "Invitation", "Ajouter", "日本")
    ]

    assert [address.split("/")[3] for address in addresses] == [
        "invitation-2", "invitation-3", "ajouter-2", "envoi",
    ]  # fmt: skip


def test_a_new_mailing_asks_for_what_it_is(client: Client) -> None:
    sign_in(client, Role.ORGANIZER)

    page = client.submit(client.visit("/gestion/envois/ajouter"), "main form", status=422, title="")

    assert page.texts("#title-erreur") == ["Donnez un titre à l’envoi."]
    assert page.texts("#mailing_class-erreur") == ["Choisissez ce qu’est cet envoi."]
