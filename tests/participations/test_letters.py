"""What leaves for the municipality: words, calendar, code, and nothing twice."""

from dataclasses import replace
from datetime import date, time, timedelta
from io import BytesIO

import icalendar
import pytest
import sqlalchemy as sa
import zxingcpp
from PIL import Image

from campaign.campaigns.services import set_organization
from campaign.db import db
from campaign.events.documents import calendar_entry
from campaign.events.ical import write_calendar
from campaign.events.services import When
from campaign.outbox import services as outbox
from campaign.outbox.models import Message
from campaign.participations import letters, links, services
from campaign.participations.models import Mode, Participation
from campaign.participations.services import MUNICIPALITY_BY_LINK
from tests import builders
from tests.builders import DAY_J, MANON, NOW
from tests.lasting import database as database
from tests.typography import faults

pytestmark = pytest.mark.usefixtures("session")

LATER = NOW + timedelta(days=3)
NBSP = "\u00a0"

CONFIRMED = """\
C’est noté! La Municipalité d’Hébertville participera à la Grande semaine des tout-petits, \
du 15 au 21_novembre_2027.
Votre numéro est GSTP-2027-0001.

Lever du drapeau à Hébertville
Date_: lundi 15_novembre_2027
Heure_: 10_h
Lieu_: Hôtel de ville
Page publique_: http://localhost/evenements/lever-du-drapeau-a-hebertville-2027
Affiche à imprimer_: http://localhost/p/JETON/affiche.pdf

Votre lien personnel, pour modifier, reporter ou annuler (gardez-le)_:
http://localhost/p/JETON

Résolution modèle pour le conseil (Word)_:
http://localhost/p/JETON/resolution.docx

Prochaine étape_: lundi 8_novembre_2027. Nous vous écrirons le déroulement proposé_: \
allocution, ordre des drapeaux, photos.

Le fichier joint ajoute la cérémonie à votre calendrier.

Merci de hisser le drapeau pour les tout-petits.
Collectif petite enfance
"""

VERIFICATION = """\
Bonjour,

Quelqu’un vient d’inscrire la Municipalité d’Hébertville à la Grande semaine des tout-petits, \
du 15 au 21_novembre_2027, en donnant votre adresse.

Pour confirmer, ouvrez ce lien et appuyez sur le bouton_:
http://localhost/inscription/confirmer/JETON

Le lien est bon deux semaines. Si vous n’y êtes pour rien, ignorez ce message_: rien ne sera publié.

Merci de hisser le drapeau pour les tout-petits.
Collectif petite enfance
"""


@pytest.fixture(autouse=True)
def _organization(session: object) -> None:
    set_organization("Collectif petite enfance")


def last_letter() -> Message:
    db.session.flush()
    return db.session.scalars(
        sa.select(Message)
        .options(sa.orm.selectinload(Message.attachments))
        .order_by(Message.id.desc())
        .limit(1)
    ).one()


def count() -> int:
    db.session.flush()
    return db.session.scalar(sa.select(sa.func.count(Message.id))) or 0


def noted(participation: Participation) -> Message:
    letters.confirm_registration(participation, "JETON", now=NOW)
    return last_letter()


def test_the_confirmation_in_words() -> None:
    letter = noted(builders.confirm())

    assert letter.subject == "C’est noté! Municipalité d’Hébertville – GSTP-2027-0001"
    words, _, leave = letter.text.partition(f"\nGérer mes courriels{NBSP}:\n")
    assert words == CONFIRMED.replace("_", NBSP)
    token = outbox.unsubscribe_token(MANON.email, "12", now=NOW)
    assert leave == f"http://localhost/desabonnement/{token}\n"
    assert (letter.to_email, letter.to_name, letter.regarding) == (MANON.email, "Manon Tremblay", "93022")


def test_the_confirmation_says_that_the_public_page_opens_later() -> None:
    letter = noted(builders.confirm(needs_review=True))

    later = "(dès que l’équipe aura vérifié l’inscription)"
    assert f"Page publique {later}{NBSP}: http://localhost/evenements/" in letter.text
    assert later in (letter.html or "")


def test_the_proof_asked_for_in_words() -> None:
    letters.ask_verification(builders.register(), "JETON", now=NOW)

    letter = last_letter()
    assert letter.subject == "Confirmez l’inscription d’Hébertville"
    assert letter.text == VERIFICATION.replace("_", NBSP)


SAID = {
    "confirmed": "C’est noté!",
    "postponed": "la cérémonie est reportée",
    "indoors": "la cérémonie aura lieu à l’intérieur",
    "ceremony off": "la cérémonie est annulée, et votre participation continue",
    "cancelled": "est annulée. Vous pouvez la rétablir",
    "link": "Voici le lien",
    "team": "à la demande de votre municipalité",
}
"""What each letter tells first."""


@pytest.mark.parametrize("modes", [(Mode.FLAG,), (Mode.RESOLUTION,)])
@pytest.mark.parametrize("step", list(SAID))
def test_every_letter_is_good_french_in_text_and_in_html(step: str, modes: tuple[Mode, ...]) -> None:
    participation = builders.confirm(answers=builders.details(modes=modes))
    if step in ("postponed", "indoors", "ceremony off") and not participation.raises_flag:
        participation = builders.confirm("92005")
    common = {"reason": "Vent", "author": MUNICIPALITY_BY_LINK, "now": LATER}
    match step:
        case "confirmed":
            noted(participation)
        case "postponed":
            services.postpone(participation, when=When(day=DAY_J, at=time(13)), **common)
        case "indoors":
            services.move_indoors(participation, place="Gymnase", **common)
        case "ceremony off":
            services.cancel_ceremony(participation, **common)
        case "cancelled":
            services.cancel(participation, **common)
        case "link":
            letters.send_link(builders.edition(), builders.territory(), "JETON", to=MANON.email, now=NOW)
        case "team":
            letters.ask_verification(participation, "JETON", now=NOW, team_enters=True)
    if count() == 0:
        letters.tell_change(participation, "http://localhost/p/JETON", now=LATER)

    letter = last_letter()

    calendars = [file for file in letter.attachments if file.filename.endswith(".ics")]
    assert SAID[step] in letter.text
    assert ("fichier joint" in letter.text) is bool(calendars)
    assert faults(letter.text) == []
    assert faults(letter.subject) == []
    assert "JETON" in letter.html
    assert "<script" not in letter.html
    assert "http://localhost" in letter.html


def calendar_of(letter: Message) -> icalendar.cal.Component:
    (file,) = [file for file in letter.attachments if file.filename == "lever-du-drapeau.ics"]
    assert file.content_type == "text/calendar; charset=utf-8; method=PUBLISH"
    (event,) = icalendar.Calendar.from_ical(file.data).walk("VEVENT")
    return event


def test_the_calendar_file_is_the_event_of_the_feed_and_grows_with_each_change() -> None:
    participation = builders.confirm()
    event = participation.event
    assert event is not None
    first = calendar_of(noted(participation))
    entry = calendar_entry(event, participation.territory, "http://localhost/x")
    assert entry is not None
    (in_feed,) = icalendar.Calendar.from_ical(write_calendar([entry], name="Levers")).walk("VEVENT")

    services.postpone(
        participation,
        when=When(day=date(2027, 11, 17), at=time(13)),
        reason="Vent",
        author=MUNICIPALITY_BY_LINK,
        now=LATER,
    )
    letters.tell_change(participation, "http://localhost/p/JETON", now=LATER)
    second = calendar_of(last_letter())

    assert first["UID"] == second["UID"] == in_feed["UID"] == event.uid
    assert first["SEQUENCE"] == in_feed["SEQUENCE"] < second["SEQUENCE"]
    assert str(second["DTSTART"].dt) == "2027-11-17 13:00:00-05:00"


def test_the_calendar_file_of_a_cancellation_takes_the_ceremony_away() -> None:
    participation = builders.confirm()
    services.cancel(participation, reason="Deuil", author=MUNICIPALITY_BY_LINK, now=LATER)
    letters.tell_change(participation, "http://localhost/p/JETON", now=LATER)

    assert calendar_of(last_letter())["STATUS"] == "CANCELLED"


def test_the_code_leads_to_the_page_of_the_event() -> None:
    participation = builders.confirm()
    (code,) = [file for file in noted(participation).attachments if file.content_type == "image/png"]

    with Image.open(BytesIO(code.data)) as picture:
        found = zxingcpp.read_barcodes(picture)

    assert participation.event is not None
    assert [each.text for each in found] == [f"http://localhost/evenements/{participation.event.slug}"]
    assert f"cid:{code.content_id}" in last_letter().html


def test_a_letter_written_twice_leaves_once() -> None:
    participation = builders.confirm()
    for _ in range(2):
        letters.confirm_registration(participation, "JETON", now=NOW)
        letters.tell_change(participation, "http://localhost/p/JETON", now=NOW)
        letters.send_link(builders.edition(), builders.territory(), "JETON", to=MANON.email, now=NOW)

    assert count() == 3


def test_when_nobody_is_named_the_town_hall_is_written_to() -> None:
    participation = builders.confirm()
    participation.contact = None

    letter = noted(participation)

    assert (letter.to_email, letter.to_name) == ("info@ville.saint-bruno.qc.ca", "")


def test_the_link_of_the_letter_opens_the_participation() -> None:
    participation = builders.confirm()
    token = links.issue(builders.edition(), builders.territory(), now=NOW)
    letters.confirm_registration(participation, token, now=NOW)
    db.session.flush()

    assert f"http://localhost/p/{token}\n" in last_letter().text
    assert links.get_link(token, now=NOW).territory_id == participation.territory_id


def test_what_people_typed_cannot_become_markup_or_headers() -> None:
    contact = replace(MANON, first_name="<b>Manon</b>", last_name="Tremblay")
    letter = noted(
        builders.confirm(answers=builders.details(contact=contact, place="<script>Quai</script> & fils"))
    )

    assert "<script>" not in letter.html
    assert "&lt;script&gt;Quai" in letter.html
    assert "\n" not in letter.subject + letter.to_name
