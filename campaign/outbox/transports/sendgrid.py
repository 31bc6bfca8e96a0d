"""Sends letters through SendGrid's API."""

from __future__ import annotations

import base64
import http.client
from collections.abc import Sequence
from datetime import timedelta
from email.utils import parseaddr
from typing import Any, Self
from urllib.error import URLError

from python_http_client.exceptions import HTTPError
from sendgrid import SendGridAPIClient

from campaign.config import Settings
from campaign.outbox.letters import Answer, Letter, Verdict

TIMEOUT_SECONDS = 20.0
PATIENT = {408, 429}
OUR_FAULT = {401, 403}
"""The key is wrong or was withdrawn: every letter would get the same answer."""


class SendGridTransport:
    """One request for each person, so that nobody sees another's address."""

    together = 1

    def __init__(self, settings: Settings, timeout: float = TIMEOUT_SECONDS) -> None:
        self.mail_from = settings.mail_from
        self.client = SendGridAPIClient(settings.sendgrid_api_key, host=settings.sendgrid_api_url)
        self.client.client.timeout = timeout  # without it the library waits for ever

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        pass

    def send(self, letters: Sequence[Letter]) -> list[Answer]:
        """Try each once."""
        return [self._send(letter) for letter in letters]

    def _send(self, letter: Letter) -> Answer:
        """Try once. A refusal is certain; a lost answer is not."""
        try:
            self.client.client.mail.send.post(request_body=payload(letter, self.mail_from))
        except HTTPError as error:
            return _refusal(error.status_code, error.headers)
        except URLError as error:
            # Raised while connecting or handing over, before an answer was awaited.
            reason = f"SendGrid est injoignable ({type(error.reason).__name__})."
            return Answer(verdict=Verdict.LATER, reason=reason, is_line_down=True)
        except (OSError, http.client.HTTPException) as error:
            reason = f"La réponse de SendGrid a été perdue ({type(error).__name__})."
            return Answer(verdict=Verdict.UNKNOWN, reason=reason, is_line_down=True)
        return Answer(verdict=Verdict.ACCEPTED)


def payload(letter: Letter, mail_from: str) -> dict[str, Any]:
    """The letter as `POST /v3/mail/send` takes it; tracking is off, opened letters are nobody's business."""
    from_name, from_email = parseaddr(mail_from)
    body: dict[str, Any] = {
        "personalizations": [
            {
                "to": [_person(letter.to_name, letter.to_email)],
                "custom_args": {"message_id": str(letter.id)},
            }
        ],
        "from": _person(from_name, from_email),
        "subject": letter.subject,
        "content": [
            {"type": "text/plain", "value": letter.text},
            {"type": "text/html", "value": letter.html},
        ],
        "headers": letter.headers | {"Message-ID": letter.message_id},
        "tracking_settings": {
            "click_tracking": {"enable": False, "enable_text": False},
            "open_tracking": {"enable": False},
            "subscription_tracking": {"enable": False},
        },
    }
    if letter.enclosures:
        body["attachments"] = [
            {
                "content": base64.b64encode(file.data).decode("ascii"),
                "type": file.content_type.partition(";")[0].strip(),
                "filename": file.filename,
                "disposition": "inline" if file.content_id else "attachment",
            }
            | ({"content_id": file.content_id} if file.content_id else {})
            for file in letter.enclosures
        ]
    return body


def _person(name: str, email: str) -> dict[str, str]:
    return {"email": email, "name": name} if name else {"email": email}


def _refusal(status: int, headers: Any) -> Answer:
    reason = f"SendGrid a répondu {status}."
    if status in OUR_FAULT:
        return Answer(verdict=Verdict.LATER, reason=f"{reason} Vérifiez SENDGRID_API_KEY.", is_line_down=True)
    if status in PATIENT or status >= 500:
        wait = str(headers.get("Retry-After", "") if headers else "")
        patience = timedelta(seconds=min(int(wait), 86_400)) if wait.isdigit() else None
        return Answer(verdict=Verdict.LATER, reason=reason, wait=patience, is_line_down=True)
    return Answer(verdict=Verdict.REFUSED, reason=reason)
