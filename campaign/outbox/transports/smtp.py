"""Sends letters to an SMTP server: one connection for a batch, each step's answer understood for itself."""

from __future__ import annotations

import logging
import re
import smtplib
import ssl
import time
from collections.abc import Sequence
from email.utils import parseaddr
from typing import Self

from campaign.config import Settings, SmtpSecurity
from campaign.outbox.letters import Answer, Letter, Verdict
from campaign.outbox.transports.mime import compose

log = logging.getLogger(__name__)

TIMEOUT_SECONDS = 30.0
SILENCE_SECONDS = 2.0
"""After which a connection that was kept is tried before it is used."""

ENHANCED = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")


class SmtpTransport:
    """Connects at the first letter, so that an empty queue disturbs nobody."""

    together = 1
    """A conversation is about one letter: a worker that dies leaves one in doubt on each of its lines."""

    def __init__(self, settings: Settings, timeout: float = TIMEOUT_SECONDS) -> None:
        self.settings = settings
        self.sender = parseaddr(settings.mail_from)[1]
        self.timeout = timeout
        self.line: smtplib.SMTP | None = None
        self.last_word = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._hang_up()

    def send(self, letters: Sequence[Letter]) -> list[Answer]:
        """Try each once, over the open connection if there is one."""
        return [self._send(letter) for letter in letters]

    def _send(self, letter: Letter) -> Answer:
        """Try once, over the open connection if there is one."""
        try:
            body = compose(letter, self.settings.mail_from)
        except ValueError:
            log.exception("letter that cannot be put together", extra={"message_pk": letter.id})
            return Answer(verdict=Verdict.REFUSED, reason="Ce message ne peut pas être mis en forme.")
        try:
            return self._hand_over(self._ready_line(), letter, body)
        except (OSError, smtplib.SMTPException) as error:
            # Before the final dot was sent: the server cannot have taken the letter.
            self._hang_up()
            return Answer(verdict=Verdict.LATER, reason=_why(error), is_line_down=True)
        finally:
            self.last_word = time.monotonic()

    def _ready_line(self) -> smtplib.SMTP:
        """The open connection, after a word to see that it still is when nothing was said for a while."""
        if self.line is not None and time.monotonic() - self.last_word > SILENCE_SECONDS:
            try:
                is_alive = self.line.noop()[0] == 250
            except (OSError, smtplib.SMTPException):
                is_alive = False
            if not is_alive:
                self._hang_up()
        return self._open_line()

    def _open_line(self) -> smtplib.SMTP:
        if self.line is not None:
            return self.line
        settings = self.settings
        if settings.smtp_security is SmtpSecurity.TLS:
            line: smtplib.SMTP = smtplib.SMTP_SSL(
                settings.smtp_host,
                settings.smtp_port,
                timeout=self.timeout,
                context=ssl.create_default_context(),
            )
        else:
            line = smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=self.timeout)
        self.line = line
        line.ehlo_or_helo_if_needed()
        if settings.smtp_security is SmtpSecurity.STARTTLS:
            line.starttls(context=ssl.create_default_context())
            line.ehlo()
        if settings.smtp_user:
            line.login(settings.smtp_user, settings.smtp_password)
        return line

    def _hand_over(self, line: smtplib.SMTP, letter: Letter, body: bytes) -> Answer:
        size = f" SIZE={len(body)}" if line.has_extn("size") else ""
        code, words = line.docmd("MAIL", f"FROM:<{self.sender}>{size}")
        if code != 250:
            return self._refusal(line, code, words)
        code, words = line.docmd("RCPT", f"TO:<{letter.to_email}>")
        if code not in (250, 251):
            return self._refusal(line, code, words, is_about_recipient=True)
        code, words = line.docmd("DATA")
        if code != 354:
            return self._refusal(line, code, words)
        line.send(_dotted(body))
        try:
            code, words = line.getreply()
        except (OSError, smtplib.SMTPException) as error:
            # Everything was sent and the answer is lost: it may be in the mailbox by now.
            self._hang_up()
            return Answer(verdict=Verdict.UNKNOWN, reason=_why(error), is_line_down=True)
        if code != 250:
            return self._refusal(line, code, words)
        return Answer(verdict=Verdict.ACCEPTED)

    def _refusal(
        self, line: smtplib.SMTP, code: int, words: bytes, *, is_about_recipient: bool = False
    ) -> Answer:
        """4xx is for now, 5xx for good; the connection is made ready for the next letter."""
        reason = _said(code, words)
        is_closing = code == 421
        if is_closing:
            self._hang_up()
        else:
            line.rset()
        if code >= 500:
            is_dead = is_about_recipient and _blames_address(words)
            return Answer(verdict=Verdict.REFUSED, reason=reason, is_address_dead=is_dead)
        return Answer(verdict=Verdict.LATER, reason=reason, is_line_down=is_closing)

    def _hang_up(self) -> None:
        line, self.line = self.line, None
        if line is None:
            return
        try:
            line.quit()
        except (OSError, smtplib.SMTPException):
            line.close()


def _dotted(body: bytes) -> bytes:
    """The letter as DATA wants it: leading dots doubled, one dot alone at the end (RFC 5321 §4.5.2)."""
    return body.replace(b"\r\n.", b"\r\n..") + (b".\r\n" if body.endswith(b"\r\n") else b"\r\n.\r\n")


def _blames_address(words: bytes) -> bool:
    """Is the address itself wrong (5.1.x, 5.2.1, or no detail)?

    A refusal of our server, of our reputation (5.7.x) or of a full mailbox (5.2.2) says nothing against it:
    holding back a whole list because a relay was badly set up would be worse than the fault.
    """
    found = ENHANCED.search(words.decode("utf-8", "replace"))
    if found is None:
        return True
    return found[2] == "1" or (found[2], found[3]) == ("2", "1")


def _said(code: int, words: bytes) -> str:
    """The server's words without any address in them."""
    return f"{code} " + re.sub(r"\S*@\S*", "…", words.decode("utf-8", "replace")).replace("\n", " ")


def _why(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        words = error.smtp_error if isinstance(error.smtp_error, bytes) else str(error.smtp_error).encode()
        return _said(error.smtp_code, words)
    return f"Le serveur de courriel ne répond pas comme il faut ({type(error).__name__})."
