"""Shows each letter on the terminal: nothing leaves, so everything can be tried."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Self, TextIO

from campaign.outbox.letters import Answer, Letter, Verdict

RULE = "─" * 72


class ConsoleTransport:
    """Writes letters where a person reads them. Not into the log, where no address may stand."""

    together = 1

    def __init__(self, mail_from: str, stream: TextIO | None = None) -> None:
        self.mail_from = mail_from
        self.stream = stream

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        pass

    def send(self, letters: Sequence[Letter]) -> list[Answer]:
        """Show each letter as its reader would see it."""
        stream = self.stream or sys.stderr
        for letter in letters:
            stream.write(self._shown(letter))
        stream.flush()
        return [Answer(verdict=Verdict.ACCEPTED) for _ in letters]

    def _shown(self, letter: Letter) -> str:
        to = f"{letter.to_name} <{letter.to_email}>" if letter.to_name else letter.to_email
        lines = [
            RULE,
            "Courriel montré à l’écran; rien n’est parti (MAIL_TRANSPORT=console).",
            f"De : {self.mail_from}",
            f"À : {to}",
            f"Objet : {letter.subject}",
            *(f"{name} : {value}" for name, value in letter.headers.items()),
            *(
                f"Pièce jointe : {file.filename} ({file.content_type}, {len(file.data)} octets)"
                for file in letter.enclosures
            ),
            "",
            letter.text.rstrip("\n"),
            RULE,
        ]
        return "\n".join(lines) + "\n"
