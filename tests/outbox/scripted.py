"""A way out that answers as it is told, and a queue for it."""

from collections.abc import Callable, Sequence

from flask import Flask

from campaign import clock
from campaign.db import transaction
from campaign.outbox import queries
from campaign.outbox.letters import Answer, Letter, Verdict
from campaign.outbox.models import MessageState
from tests.outbox.letters import write


def accept(_letter: Letter) -> Answer:
    """« 250 OK »."""
    return Answer(verdict=Verdict.ACCEPTED)


class Scripted:
    """Asks for each answer; `taken` holds who was written to."""

    together = 1

    def __init__(self, answer: Callable[[Letter], Answer] = accept) -> None:
        self.answer = answer
        self.taken: list[str] = []
        self.is_open = False

    def __enter__(self) -> "Scripted":
        self.is_open = True
        return self

    def __exit__(self, *_: object) -> None:
        self.is_open = False

    def send(self, letters: Sequence[Letter]) -> list[Answer]:
        answers = [self.answer(letter) for letter in letters]
        self.taken += [letter.to_email for letter in letters]
        return answers


def fill(app: Flask, count: int, **more: object) -> None:
    """That many messages, to leave now."""
    with app.app_context(), transaction():
        for number in range(count):
            write(to=f"p{number}@exemple.quebec", **({"now": clock.now()} | more))


def states(app: Flask) -> dict[MessageState, int]:
    """How many messages are in each."""
    with app.app_context():
        return queries.count_by_state()
