"""What SendGrid is given, and how each of its answers is understood, against a server on the loopback."""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from campaign.config import MailTransport, Settings
from campaign.outbox.letters import Answer, Enclosure, Verdict
from campaign.outbox.transports import transport_for
from campaign.outbox.transports.sendgrid import SendGridTransport
from tests.outbox.letters import letter
from tests.outbox.smtp_server import free_port

PICTURE = Enclosure(filename="qr.png", content_type="image/png", data=b"\x89PNG", content_id="qr@pavois")


@contextmanager
def sendgrid(status: int, headers: dict[str, str] | None = None) -> Iterator[tuple[int, list[Any]]]:
    """A server that answers so to every request; gives its port and what it received."""
    received: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.append((self.path, self.headers["Authorization"], json.loads(body)))
            if status == 0:
                self.close_connection = True  # hangs up without a word
                return
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_words: object) -> None:
            """Say nothing on the terminal."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server.server_port, received
        finally:
            server.shutdown()
            thread.join()


def settings(port: int) -> Settings:
    return Settings(
        database_url="sqlite://",
        secret_key="x" * 32,
        mail_transport=MailTransport.SENDGRID,
        mail_from="Grande semaine <bonjour@exemple.quebec>",
        sendgrid_api_key="SG.made-up",
        sendgrid_api_url=f"http://127.0.0.1:{port}",
    )


def answer_to(status: int, headers: dict[str, str] | None = None) -> Answer:
    with sendgrid(status, headers) as (port, _received):
        return SendGridTransport(settings(port), timeout=5).send([letter()])[0]


def test_a_letter_is_handed_over_whole() -> None:
    with sendgrid(202) as (port, received), transport_for(settings(port)) as transport:
        (answer,) = transport.send([letter(enclosures=(PICTURE,))])

    ((path, key, body),) = received
    assert answer == Answer(verdict=Verdict.ACCEPTED)
    assert (path, key) == ("/v3/mail/send", "Bearer SG.made-up")
    assert body["personalizations"] == [
        {
            "to": [{"email": "manon@exemple.quebec", "name": "Manon Lévesque"}],
            "custom_args": {"message_id": "7"},
        }
    ]
    assert body["from"] == {"email": "bonjour@exemple.quebec", "name": "Grande semaine"}
    assert [part["type"] for part in body["content"]] == ["text/plain", "text/html"]
    assert body["headers"]["Message-ID"] == "<0123456789abcdef@pavois.example>"
    assert body["tracking_settings"]["open_tracking"] == {"enable": False}
    assert body["attachments"] == [
        {
            "content": base64.b64encode(b"\x89PNG").decode(),
            "type": "image/png",
            "filename": "qr.png",
            "disposition": "inline",
            "content_id": "qr@pavois",
        }
    ]


@pytest.mark.parametrize(
    ("status", "verdict", "is_line_down"),
    [
        (400, Verdict.REFUSED, False),
        (401, Verdict.LATER, True),
        (403, Verdict.LATER, True),
        (413, Verdict.REFUSED, False),
        (429, Verdict.LATER, True),
        (500, Verdict.LATER, True),
        (503, Verdict.LATER, True),
    ],
)
def test_a_refusal_is_tried_again_only_when_it_may_pass(
    status: int, verdict: Verdict, is_line_down: bool
) -> None:
    answer = answer_to(status)

    assert (answer.verdict, answer.is_line_down) == (verdict, is_line_down)
    assert "manon" not in answer.reason


def test_the_patience_asked_for_is_kept() -> None:
    assert answer_to(429, {"Retry-After": "120"}).wait == timedelta(minutes=2)


def test_a_lost_answer_is_uncertain() -> None:
    assert answer_to(0).verdict is Verdict.UNKNOWN


def test_nobody_at_the_other_end_is_tried_again() -> None:
    answer = SendGridTransport(settings(free_port()), timeout=5).send([letter()])[0]

    assert (answer.verdict, answer.is_line_down) == (Verdict.LATER, True)
