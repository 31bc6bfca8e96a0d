"""A real SMTP server that answers as it is told."""

import email
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import default

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


class Mailbox:
    """Takes letters; `on_rcpt`, `on_data` answer something else when they are set."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.connections = 0
        self.on_rcpt: Callable[[str], str] = lambda address: "250 OK"
        self.on_data: Callable[[EmailMessage], str] = lambda letter: "250 OK"
        self.raw: list[bytes] = []
        self.lock = threading.Lock()

    async def handle_EHLO(  # noqa: N802 - the hook's name
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        self.connections += 1
        return responses

    async def handle_RCPT(  # noqa: N802 - the hook's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self.on_rcpt(address)
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - the hook's name
        assert isinstance(envelope.content, bytes)
        letter = email.message_from_bytes(envelope.content, policy=default)
        assert isinstance(letter, EmailMessage)
        answer = self.on_data(letter)
        if answer == "cut":
            server.transport.abort()
            return "250 never read"
        if answer.startswith("250"):
            with self.lock:
                self.letters.append(letter)
                self.raw.append(envelope.content)
        return answer

    @property
    def recipients(self) -> list[str]:
        return [str(letter["To"]) for letter in self.letters]


class _Authenticator:
    """One user, « pavois », one password."""

    def __call__(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: object
    ) -> AuthResult:
        is_right = isinstance(given, LoginPassword) and (given.login, given.password) == (
            b"pavois",
            b"secret",
        )
        return AuthResult(success=is_right, handled=is_right)


@contextmanager
def running(mailbox: Mailbox, *, asks_password: bool = False) -> Iterator[int]:
    """Serve on a free port of the loopback; gives the port."""
    more = {"authenticator": _Authenticator(), "auth_require_tls": False} if asks_password else {}
    controller = Controller(mailbox, hostname="127.0.0.1", port=free_port(), **more)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
