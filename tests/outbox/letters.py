"""A template for tests of the post office, and letters made from it."""

from datetime import UTC, datetime, timedelta

from flask import Flask
from jinja2 import ChoiceLoader, DictLoader

from campaign.db import db
from campaign.outbox import delivery, services
from campaign.outbox.letters import Answer, Letter
from campaign.outbox.models import Message, MessageState, Stream

NOON = datetime(2027, 11, 1, 17, tzinfo=UTC)

TEMPLATES = {
    "email/bonjour.txt": "Objet\u00a0: Bonjour {{ name }}\n\nVoici l’été,   \n\n\n\n{{ name }}.\n",
    "email/bonjour.html": "<!doctype html><html lang='fr'><head><title>{{ subject }}</title>"
    "<style>p { color: #123 }</style></head><body><p>{{ name }}</p></body></html>",
    "email/sans_objet.txt": "Bonjour\n",
    "email/sans_objet.html": "<p>Bonjour</p>",
}


def add_templates(app: Flask) -> None:
    """Let the application find the templates above beside its own."""
    own = app.jinja_env.loader
    assert own is not None
    app.jinja_env.loader = ChoiceLoader([DictLoader(TEMPLATES), own])


def write(to: str = "manon@exemple.quebec", name: str = "Manon", **more: object) -> Message:
    """A message in the queue, in the caller's transaction."""
    number = services.enqueue("bonjour", to=to, context={"name": name}, **({"now": NOON} | more))  # type: ignore[arg-type]  # the test's own values
    return db.session.get_one(Message, number)


def letter(**more: object) -> Letter:
    """A letter as a transport gets it."""
    values = {
        "id": 7,
        "leased_until": NOON + timedelta(minutes=5),
        "attempts": 1,
        "to_email": "manon@exemple.quebec",
        "to_name": "Manon Lévesque",
        "subject": "Votre participation à L’Isle-Verte",
        "text": "Bonjour,\n\n.\nÀ bientôt\n",
        "html": "<p>Bonjour</p>",
        "headers": {"Auto-Submitted": "auto-generated"},
        "message_id": "<0123456789abcdef@pavois.example>",
        "written_at": NOON,
    }
    return Letter(**(values | more))  # type: ignore[arg-type]  # the test's own values


def draft(number: int, stencil_id: int, **more: object) -> services.Draft:
    """One of many messages, each to its own address."""
    values = {
        "to": f"p{number}@exemple.quebec",
        "subject": f"Bonjour {number}",
        "stencil_id": stencil_id,
        "values": {"nom": f"Personne {number}"},
        "dedupe_key": f"envoi:1:{number}",
        "stream": Stream.SOLICITATION,
        "campaign": "12",
        "batch": "envoi:1",
    }
    return services.Draft(**(values | more))  # type: ignore[arg-type]  # the test's own values


def new_stencil(text: str = "Bonjour {{nom}},\n", html: str = "<p>Bonjour {{nom}}</p>") -> int:
    """Words with one hole."""
    return services.new_stencil(subject="Bonjour", text=text, html=html, now=NOON).id


def find_due(now: datetime = NOON) -> Letter | None:
    """The next letter of the queue, about to leave."""
    letters = delivery.begin(delivery.reserve(now, 1), 1, now)
    return letters[0] if letters else None


def claimed(now: datetime = NOON) -> Letter:
    """The next letter of the queue, which must be there."""
    letter = find_due(now)
    assert letter is not None
    return letter


def recorded(letter: Letter, answer: Answer, now: datetime) -> MessageState | None:
    """What an answer made of the message."""
    (state,) = delivery.record([letter], [answer], now)
    return state
