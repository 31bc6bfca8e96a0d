"""A letter as the bytes that travel (RFC 5322): text first, the same in HTML, pictures, files."""

from __future__ import annotations

from collections.abc import Callable
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import format_datetime, parseaddr

from campaign.outbox.letters import Enclosure, Letter


class VerbatimHeader(UnstructuredHeader, BaseHeader):
    """A header written as it is: Python would encode a long address, and mail programs read
    List-Unsubscribe without decoding it."""

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {self!s}{policy.linesep}"


_registry = HeaderRegistry(default_class=VerbatimHeader)
_registry.map_to_type("message-id", VerbatimHeader)

POLICY = SMTP.clone(cte_type="7bit", header_factory=_registry)
"""Pure ASCII on the wire: every relay carries it unchanged, and signatures stay valid."""


def compose(letter: Letter, mail_from: str) -> EmailMessage:
    """The same letter gives the same headers and parts at each attempt."""
    message = EmailMessage(policy=POLICY)
    message["From"] = _address(*parseaddr(mail_from))
    message["To"] = _address(letter.to_name, letter.to_email)
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(letter.written_at)
    message["Message-ID"] = letter.message_id
    for name, value in letter.headers.items():
        message[name] = value
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    shown = [file for file in letter.enclosures if file.content_id]
    for file in shown:
        _enclose(_html_part(message).add_related, file, cid=f"<{file.content_id}>", disposition="inline")
    for file in letter.enclosures:
        if not file.content_id:
            _enclose(message.add_attachment, file, disposition="attachment")
    return message


def _html_part(message: EmailMessage) -> EmailMessage:
    part = message.get_body(("related", "html"))
    if not isinstance(part, EmailMessage):  # pragma: no cover - it has just been added
        raise TypeError("the letter has no HTML")
    return part


def _enclose(add: Callable[..., None], file: Enclosure, **more: str) -> None:
    kind, _, rest = file.content_type.partition(";")
    main, _, sub = kind.strip().partition("/")
    parameters = {
        name.strip(): value.strip().strip('"')
        for name, _, value in (piece.partition("=") for piece in rest.split(";") if piece.strip())
    }
    add(file.data, maintype=main, subtype=sub, params=parameters, filename=file.filename, **more)


def _address(name: str, email: str) -> Address:
    user, _, domain = email.rpartition("@")
    return Address(name, user, domain)
