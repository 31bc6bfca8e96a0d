"""A server on the loopback that takes letters as SendGrid does, or answers as it is told."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from campaign.config import MailTransport, Settings


@dataclass(frozen=True)
class Reply:
    """An answer, and how it ends."""

    status: int = 202
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    ends: str = ""
    """« hangup »: without an answer; « midway »: cut in its body; « never »: silent until the end."""


@dataclass(frozen=True)
class Received:
    """A letter as one person would read it."""

    to: str
    subject: str
    text: str
    html: str
    headers: dict[str, str]
    custom_args: dict[str, str]


class SendGrid:
    """What was received. `on_request` answers something else than 202 when it is set."""

    def __init__(self) -> None:
        self.on_request: Callable[[Any], Reply] = lambda body: Reply()
        self.bodies: list[Any] = []
        self.keys: set[str] = set()
        self.paths: set[str] = set()
        self.letters: list[Received] = []
        self.closing = threading.Event()
        self.port = 0
        self.lock = threading.Lock()

    def take(self, body: Any) -> Reply:
        """Refuse what SendGrid's description does not allow; keep the rest, person by person."""
        reply = self.on_request(body)
        fault = _fault(body)
        if fault:
            return Reply(400, body=json.dumps({"errors": [{"message": fault, "field": None}]}).encode())
        with self.lock:
            self.bodies.append(body)
            if reply.status == 202:
                self.letters += _letters(body)
        return reply

    @property
    def recipients(self) -> list[str]:
        return [letter.to for letter in self.letters]


def _letters(body: Any) -> list[Received]:
    text, html = (part["value"] for part in body["content"])
    return [
        Received(
            to=part["to"][0]["email"],
            subject=part["subject"],
            text=_filled(text, part),
            html=_filled(html, part),
            headers=part["headers"],
            custom_args=part["custom_args"],
        )
        for part in body["personalizations"]
    ]


def _filled(words: str, part: Any) -> str:
    for tag, value in part.get("substitutions", {}).items():
        words = words.replace(tag, value)
    return words


def _fault(body: Any) -> str:
    """The first rule of the v3 description that this request breaks."""
    parts = body["personalizations"]
    addresses = [person["email"] for part in parts for person in part["to"]]
    strings = [
        *addresses,
        *(person.get("name", "x") for part in parts for person in part["to"]),
        *(value for part in parts for value in part.get("substitutions", {}).values()),
        *(value for part in parts for value in part["custom_args"].values()),
        *(value for part in parts for value in part["headers"].values()),
        *(part["subject"] for part in parts),
        *(content["value"] for content in body["content"]),
    ]
    sizes = [
        sum(len(f"{tag}{value}".encode()) for tag, value in part.get("substitutions", {}).items())
        for part in parts
    ]
    known = {"personalizations", "from", "content", "tracking_settings", "attachments"}
    reserved = {"to", "from", "subject", "reply-to", "cc", "bcc", "content-type", "content-transfer-encoding"}
    rules = {
        "unknown property": set(body) <= known,
        "unknown personal property": all(
            set(part) <= {"to", "subject", "headers", "custom_args", "substitutions"} for part in parts
        ),
        "one to a thousand personalizations": 1 <= len(parts) <= 1000,
        "each address once": len(addresses) == len(set(addresses)),
        "strings": all(isinstance(value, str) for value in strings),
        "words": all(content["value"] for content in body["content"]) and all(p["subject"] for p in parts),
        "substitutions": max(sizes) <= 10_000,
        "reserved header": all(reserved.isdisjoint(name.lower() for name in p["headers"]) for p in parts),
    }
    return next((rule for rule, is_kept in rules.items() if not is_kept), "")


@contextmanager
def serving(server: SendGrid | None = None) -> Iterator[SendGrid]:
    """Serve on a free port of the loopback."""
    fake = server or SendGrid()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            fake.paths.add(self.path)
            fake.keys.add(self.headers["Authorization"])
            reply = fake.take(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.close_connection = True
            if reply.ends == "never":
                fake.closing.wait()
            if reply.ends in ("never", "hangup"):
                return
            self.send_response_only(reply.status)  # no date of its own
            for name, value in reply.headers.items():
                self.send_header(name, value)
            promised = len(reply.body) + (10 if reply.ends == "midway" else 0)
            self.send_header("Content-Length", str(promised))
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, *_words: object) -> None:
            """Say nothing on the terminal."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        fake.port = http.server_port
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield fake
        finally:
            fake.closing.set()
            http.shutdown()
            thread.join()


def settings(port: int) -> Settings:
    """Letters go to that port."""
    return Settings(
        database_url="sqlite://",
        secret_key="x" * 32,
        mail_transport=MailTransport.SENDGRID,
        mail_from="Grande semaine <bonjour@exemple.quebec>",
        sendgrid_api_key="SG.made-up",
        sendgrid_api_url=f"http://127.0.0.1:{port}",
    )
