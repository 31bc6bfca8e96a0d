"""The box of the newsletter: never ticked for anybody, and kept with its proof when a person ticks it."""

import pytest
import sqlalchemy as sa
from flask import Flask

from campaign.contacts.models import Basis, Consent, Language, Purpose
from campaign.db import db
from campaign.participations.services import NOTICE_VERSION
from tests import builders
from tests.builders import HEBERTVILLE, SHORTEST
from tests.pages import Client

SHEET = "form:has([name=cle])"
PUBLIC_FORM = f"/inscription/{HEBERTVILLE}"

pytestmark = pytest.mark.usefixtures("directory")


@pytest.fixture(autouse=True)
def _edition(app: Flask) -> None:
    builders.open_edition(app)


def consents(app: Flask) -> list[Consent]:
    with app.app_context():
        return list(db.session.scalars(sa.select(Consent).order_by(Consent.id)))


def test_a_ticked_box_is_kept_with_its_proof(app: Flask, client: Client) -> None:
    client.submit(
        client.visit(PUBLIC_FORM), SHEET, **SHORTEST, newsletter="1", language="francais_et_anglais"
    )

    (consent,) = consents(app)
    assert (
        consent.email, consent.purpose, consent.basis, consent.expires_on, consent.form, consent.text_version,
        consent.language, consent.ip, consent.author,
    ) == (
        "manon@exemple.quebec", Purpose.NEWSLETTER, Basis.EXPRESS, None,
        "Formulaire d’inscription, case de l’infolettre", NOTICE_VERSION, Language.FRENCH_AND_ENGLISH,
        "127.0.0.1", "Le formulaire public",
    )  # fmt: skip


def test_a_box_left_alone_is_no_consent(app: Flask, client: Client) -> None:
    client.submit(client.visit(PUBLIC_FORM), SHEET, **SHORTEST)

    assert consents(app) == []


def test_the_same_form_sent_twice_is_one_consent(app: Flask, client: Client) -> None:
    page = client.visit(PUBLIC_FORM)
    for _ in range(2):
        client.send(page, SHEET, **SHORTEST, newsletter="1")

    assert len(consents(app)) == 1


def test_the_personal_link_keeps_it_too_and_ticks_nothing_the_next_time(app: Flask, client: Client) -> None:
    link = builders.personal_link(app)
    client.submit(client.visit(link), SHEET, **SHORTEST, newsletter="1")

    again = client.visit(f"{link}?modifier=oui")

    assert "newsletter" not in again.fields(SHEET)
    assert [(consent.author, consent.ip) for consent in consents(app)] == [
        ("La municipalité, par son lien personnel", "127.0.0.1")
    ]


def test_a_registration_that_nobody_filled_has_no_network_address(app: Flask) -> None:
    with app.app_context():
        session = db.session()
        builders.register(answers=builders.details(wants_newsletter=True), author=builders.TEAM)
        session.flush()
        (consent,) = session.scalars(sa.select(Consent))
        told = (consent.ip, consent.author)
        session.rollback()

    assert told == ("", "Jeanne")
