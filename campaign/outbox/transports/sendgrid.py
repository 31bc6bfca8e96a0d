"""Sends letters through SendGrid's API: many people in one request, each with their own letter.

The words that letters share travel once, with a tag in each hole: `{{nom}}` in the text, and `{{nom|h}}` in
the HTML, where the value has to be escaped. The values travel in each person's *personalization*.
"""

from __future__ import annotations

import base64
import http.client
import json
import logging
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import parseaddr, parsedate_to_datetime
from html import escape
from typing import Any, Self
from urllib.error import URLError

from python_http_client.exceptions import HTTPError
from sendgrid import SendGridAPIClient

from campaign import clock
from campaign.config import Settings
from campaign.outbox import stencils
from campaign.outbox.letters import Answer, Letter, Verdict

MOST_PEOPLE = 1_000
"""In one request, says SendGrid."""

MOST_BYTES = 18_000_000
"""Of one request; SendGrid takes 20 MB, files included, or 30 MB, from one page of its manual to another."""

MOST_VALUES_BYTES = 9_000
"""Of one person's tags and values; SendGrid refuses 10,000."""

TIMEOUT_SECONDS = 20.0
"""For each step of a request: connecting, handing over, waiting for the answer."""

PATIENCE_SECONDS = 90.0
"""No further request begins after this, so that all is answered for well before the lease is over."""

ACCEPTED = 202
BAD_REQUEST = 400
TOO_LARGE = 413
PATIENT = {408, 425, 429}
NOT_THE_LETTER = {301, 302, 303, 307, 308, 401, 403, 404, 405, 415}
"""The key or the address of the API is wrong: every letter would get the same answer."""

LONGEST_WAIT = timedelta(days=1)
OUT_OF_TIME = Answer(
    verdict=Verdict.LATER, reason="Pas encore tenté : les demandes précédentes ont pris trop de temps."
)

# The library writes whole letters, addresses included, into its log at the level DEBUG.
logging.getLogger("python_http_client").setLevel(logging.WARNING)


class SendGridTransport:
    """One request for all who get the same words; nobody sees another's address."""

    together = MOST_PEOPLE

    def __init__(
        self, settings: Settings, timeout: float = TIMEOUT_SECONDS, patience: float = PATIENCE_SECONDS
    ) -> None:
        self.mail_from = settings.mail_from
        self.patience = patience
        self.client = SendGridAPIClient(settings.sendgrid_api_key, host=settings.sendgrid_api_url)
        self.client.client.timeout = timeout  # without it the library waits for ever

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        pass

    def send(self, letters: Sequence[Letter]) -> list[Answer]:
        """Try each letter once. A refusal is certain; a lost answer is not, for all whom its request carried.

        A request refused for what it says has sent nothing to anybody: it is tried again by halves, until
        whoever is at fault stands alone. One bad address among a thousand costs some twenty requests.
        """
        ends_at = time.monotonic() + self.patience
        answers: dict[int, Answer] = {}
        held: Answer | None = None
        waiting = [request.letters for request in reversed(requests_for(letters))]
        while waiting:
            some = waiting.pop()
            if held is None and time.monotonic() > ends_at:
                held = OUT_OF_TIME
            answer = held or self._post(some)
            if answer is None:
                middle = len(some) // 2
                waiting += [some[middle:], some[:middle]]
                continue
            answers |= {letter.id: answer for letter in some}
            if answer.is_line_down:
                held = _not_tried(answer)
        return [answers[letter.id] for letter in letters]

    def _post(self, letters: Sequence[Letter]) -> Answer | None:
        """One request. None when it was refused for what it says of somebody, nobody knows whom."""
        try:
            # The JSON is ours: the library's own `Mail` refuses a text in which it sees an API key.
            response = self.client.client.mail.send.post(request_body=payload(letters, self.mail_from))
        except HTTPError as error:
            refused = _Refusal.of(error)
            return None if len(letters) > 1 and refused.may_be_one_persons else refused.answer()
        except URLError as error:
            # Raised while connecting or handing over: SendGrid does not have the whole request.
            reason = f"SendGrid est injoignable ({type(error.reason).__name__})."
            return Answer(verdict=Verdict.LATER, reason=reason, is_line_down=True)
        except (OSError, http.client.HTTPException) as error:
            reason = f"La réponse de SendGrid a été perdue ({type(error).__name__})."
            return Answer(verdict=Verdict.UNKNOWN, reason=reason, is_line_down=True)
        if response.status_code != ACCEPTED:
            reason = f"SendGrid a répondu {response.status_code} au lieu de {ACCEPTED}."
            return Answer(verdict=Verdict.UNKNOWN, reason=reason, is_line_down=True)
        return Answer(verdict=Verdict.ACCEPTED)


@dataclass(kw_only=True)
class Request:
    """Letters that leave in one request."""

    letters: list[Letter]
    addresses: set[str] = field(default_factory=set)
    size: int = 0
    """Of its JSON in bytes, rather over than under."""

    def takes(self, letter: Letter, size: int) -> bool:
        """Whether there is room for one more; SendGrid wants each address once."""
        has_room = len(self.letters) < MOST_PEOPLE and self.size + size <= MOST_BYTES
        return has_room and letter.to_email not in self.addresses

    def add(self, letter: Letter, size: int) -> None:
        """One more person."""
        self.letters.append(letter)
        self.addresses.add(letter.to_email)
        self.size += size


def requests_for(letters: Sequence[Letter]) -> list[Request]:
    """Few requests for many letters: those made of one stencil go together, any other goes alone."""
    requests: list[Request] = []
    begun: dict[int, Request] = {}
    for letter in letters:
        if letter.stencil_id is None or not _can_share(letter):
            requests.append(Request(letters=[letter]))
            continue
        size = len(json.dumps(_personalization(letter, is_shared=True)))
        request = begun.get(letter.stencil_id)
        if request is None or not request.takes(letter, size):
            words = len(json.dumps([letter.stencil_text, letter.stencil_html]))
            request = begun[letter.stencil_id] = Request(letters=[], size=words + 1_000)
            requests.append(request)
        request.add(letter, size)
    return requests


def _can_share(letter: Letter) -> bool:
    """Whether SendGrid, replacing tags, makes of the shared words the very letter that was written.

    A value or a subject that holds a tag might be filled a second time, and so might words that already look
    like our second tag.
    """
    if letter.enclosures or "|h}}" in letter.stencil_text or "|h}}" in letter.stencil_html:
        return False
    substitutions = _substitutions(letter)
    if any("{{" in value for value in (letter.subject, *substitutions.values())):
        return False
    return sum(len(f"{tag}{value}".encode()) for tag, value in substitutions.items()) <= MOST_VALUES_BYTES


def _substitutions(letter: Letter) -> dict[str, str]:
    plain = {f"{{{{{name}}}}}": letter.values[name] for name in sorted(stencils.holes(letter.stencil_text))}
    escaped = {
        f"{{{{{name}|h}}}}": escape(letter.values[name])
        for name in sorted(stencils.holes(letter.stencil_html))
    }
    return plain | escaped


def payload(letters: Sequence[Letter], mail_from: str) -> dict[str, Any]:
    """What `POST /v3/mail/send` takes; tracking is off, opened letters are nobody's business."""
    from_name, from_email = parseaddr(mail_from)
    first, is_shared = letters[0], len(letters) > 1
    text = first.stencil_text if is_shared else first.text
    html = stencils.HOLE.sub(r"{{\1|h}}", first.stencil_html) if is_shared else first.html
    body: dict[str, Any] = {
        "personalizations": [_personalization(letter, is_shared=is_shared) for letter in letters],
        "from": _person(from_name, from_email),
        "content": [{"type": "text/plain", "value": text}, {"type": "text/html", "value": html}],
        "tracking_settings": {
            "click_tracking": {"enable": False, "enable_text": False},
            "open_tracking": {"enable": False},
            "subscription_tracking": {"enable": False},
        },
    }
    if first.enclosures:
        body["attachments"] = [
            {
                "content": base64.b64encode(file.data).decode("ascii"),
                "type": file.content_type.partition(";")[0].strip(),
                "filename": file.filename,
                "disposition": "inline" if file.content_id else "attachment",
            }
            | ({"content_id": file.content_id} if file.content_id else {})
            for file in first.enclosures
        ]
    return body


def _personalization(letter: Letter, *, is_shared: bool) -> dict[str, Any]:
    """One person's part. Its `custom_args` come back with each event: they say which message it was, here
    and nowhere else, and nothing of the person, since SendGrid keeps them for ever."""
    part: dict[str, Any] = {
        "to": [_person(letter.to_name, letter.to_email)],
        "subject": letter.subject,
        "headers": letter.headers | {"Message-ID": letter.message_id},
        "custom_args": {"message_id": str(letter.id), "delivery": letter.message_id},
    }
    return part | {"substitutions": _substitutions(letter)} if is_shared else part


def _person(name: str, email: str) -> dict[str, str]:
    return {"email": email, "name": name} if name else {"email": email}


def _not_tried(answer: Answer) -> Answer:
    """What is said of the letters behind one for which the line fell: they certainly did not leave."""
    reason = f"Pas encore tenté. Avant : {answer.reason}"
    return Answer(verdict=Verdict.LATER, reason=reason, wait=answer.wait, is_line_down=True)


@dataclass(frozen=True, kw_only=True)
class _Refusal:
    """An answer that is not 202."""

    status: int
    words: str
    fields: list[str]
    """What SendGrid names as wrong: « personalizations.3.to.0.email », « content.0.value »."""
    wait: timedelta | None

    @classmethod
    def of(cls, error: HTTPError) -> Self:
        faults = _faults(error.body)
        return cls(
            status=error.status_code,
            words=" ".join(str(fault.get("message") or "") for fault in faults[:3]),
            fields=[str(fault.get("field") or "") for fault in faults],
            wait=_patience(error.headers),
        )

    @property
    def may_be_one_persons(self) -> bool:
        """Unless SendGrid names only what all letters have in common."""
        return self.status == TOO_LARGE or (
            self.status == BAD_REQUEST
            and not (
                self.fields and all(name.startswith(("content", "from", "tracking")) for name in self.fields)
            )
        )

    def answer(self) -> Answer:
        words = re.sub(r"\S*@\S*", "…", " ".join(self.words.split()))[:300]
        reason = f"SendGrid a répondu {self.status}" + (f" : {words}" if words else ".")
        if self.status in NOT_THE_LETTER:
            reason = f"{reason} Vérifiez SENDGRID_API_KEY, SENDGRID_API_URL et MAIL_FROM."
            return Answer(verdict=Verdict.LATER, reason=reason, is_line_down=True)
        if self.status in PATIENT or self.status >= 500:
            return Answer(verdict=Verdict.LATER, reason=reason, wait=self.wait, is_line_down=True)
        return Answer(verdict=Verdict.REFUSED, reason=reason)


def _faults(body: Any) -> list[dict[str, Any]]:
    """The faults that SendGrid lists; none when a machine on the way answered a page of its own."""
    try:
        found = json.loads(body)["errors"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return []
    return [fault for fault in found if isinstance(fault, dict)] if isinstance(found, list) else []


def _patience(headers: Any) -> timedelta | None:
    """`Retry-After`: a number of seconds, or a date, read against the answer's own clock."""
    asked = str((headers or {}).get("Retry-After") or "").strip()
    if asked.isascii() and asked.isdigit():
        return min(timedelta(seconds=int(asked[:9])), LONGEST_WAIT)
    try:
        until = parsedate_to_datetime(asked)
        said_at = headers.get("Date")
        wait = until - (parsedate_to_datetime(said_at) if said_at else clock.now())
    except (ValueError, TypeError):
        return None
    return min(max(wait, timedelta()), LONGEST_WAIT)
