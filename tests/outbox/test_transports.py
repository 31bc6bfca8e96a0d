"""What travels, and how each answer of the other side is understood, against real servers on the loopback."""

import email
import io
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from email.header import decode_header, make_header
from email.utils import parseaddr
from pathlib import Path

import pytest

from campaign.config import MailTransport, Settings, SmtpSecurity
from campaign.outbox.letters import Answer, Enclosure, Letter, Verdict
from campaign.outbox.transports import smtp, transport_for
from campaign.outbox.transports.console import ConsoleTransport
from campaign.outbox.transports.mime import compose
from campaign.outbox.transports.smtp import SmtpTransport
from tests.outbox.letters import letter
from tests.outbox.smtp_server import Mailbox, free_port, running

FROM = "Grande semaine des tout-petits <bonjour@exemple.quebec>"
PICTURE = Enclosure(filename="qr.png", content_type="image/png", data=b"\x89PNG", content_id="qr@pavois")
CALENDAR = Enclosure(
    filename="lever-à-l’isle.ics",
    content_type="text/calendar; method=PUBLISH; charset=utf-8",
    data="BEGIN:VCALENDAR\r\nSUMMARY:Été\r\n".encode(),
)


def smtp_settings(port: int, **more: object) -> Settings:
    values = {
        "database_url": "sqlite://",
        "secret_key": "x" * 32,
        "mail_transport": MailTransport.SMTP,
        "mail_from": FROM,
        "smtp_host": "127.0.0.1",
        "smtp_port": port,
        "smtp_security": SmtpSecurity.NONE,
    }
    return Settings(**(values | more))  # type: ignore[arg-type]  # the test's own values


def send(port: int, *letters: Letter, timeout: float = 5, **more: object) -> list[Answer]:
    with SmtpTransport(smtp_settings(port, **more), timeout=timeout) as transport:
        return [transport.send([one])[0] for one in letters]


def test_a_letter_arrives_whole() -> None:
    mailbox = Mailbox()
    with running(mailbox) as port:
        answers = send(port, letter(enclosures=(CALENDAR, PICTURE)))

    (arrived,) = mailbox.letters
    assert answers == [Answer(verdict=Verdict.ACCEPTED)]
    assert arrived["From"] == FROM
    assert arrived["To"] == "Manon Lévesque <manon@exemple.quebec>"
    assert arrived["Subject"] == "Votre participation à L’Isle-Verte"
    assert arrived["Message-ID"] == "<0123456789abcdef@pavois.example>"
    assert arrived["Date"] == "Mon, 01 Nov 2027 17:00:00 +0000"
    assert arrived["Auto-Submitted"] == "auto-generated"
    assert arrived.get_content_type() == "multipart/mixed"
    text, html = arrived.get_body(("plain",)), arrived.get_body(("html",))
    assert text is not None
    assert html is not None
    assert text.get_content().splitlines() == ["Bonjour,", "", ".", "À bientôt"]
    assert html.get_content().splitlines() == ["<p>Bonjour</p>"]
    (file,) = arrived.iter_attachments()
    assert file.get_filename() == "lever-à-l’isle.ics"
    assert (file.get_content_type(), file["Content-Type"].params["method"]) == ("text/calendar", "PUBLISH")
    assert file.get_content().encode() == CALENDAR.data
    pictures = [part for part in arrived.walk() if part.get_content_type() == "image/png"]
    assert [(p["Content-ID"], p.get_content_disposition()) for p in pictures] == [("<qr@pavois>", "inline")]


def test_the_letter_travels_in_ascii_lines_of_legal_length() -> None:
    long_link = f"<https://exemple.quebec/desabonnement/{'a' * 150}>"
    mailbox = Mailbox()
    with running(mailbox) as port:
        send(port, letter(headers={"List-Unsubscribe": long_link}, text="é" * 3000 + "\n"))

    (raw,) = mailbox.raw
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert mailbox.letters[0]["List-Unsubscribe"] == long_link
    assert long_link.encode() in raw, "mail programs read this header without decoding it"


def test_a_retry_sends_the_same_bytes() -> None:
    files = (CALENDAR, PICTURE)

    first, again = (
        compose(letter(enclosures=files), FROM),
        compose(letter(enclosures=files, attempts=3), FROM),
    )

    assert first == again


BODIES = [
    "Une ligne.\n",
    "Sans fin de ligne",
    "\n",
    "Espaces  \t\n à la fin \n",
    ".\n..\n.suite\nFrom quelqu’un\n",
    "a=b &amp; c\u00a0: é " * 300 + "\n",
    "x" * 5000 + "\n",
    "retour\rseul\r\net les deux\n",
    "--=_0\n--\n",
    "🎏 œuf “guillemets” ‑ ﷽\n",
]


@pytest.mark.parametrize("body", BODIES)
def test_any_words_arrive_as_they_were_written(body: str) -> None:
    mailbox = Mailbox()
    with running(mailbox) as port:
        send(port, letter(text=body, html=f"<p>{body}</p>"))

    (arrived,), (raw,) = mailbox.letters, mailbox.raw
    text, html = arrived.get_body(("plain",)), arrived.get_body(("html",))
    assert text is not None
    assert html is not None
    assert text.get_content().splitlines() == body.splitlines()
    assert html.get_content().splitlines() == f"<p>{body}</p>".splitlines()
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert re.search(rb"(?<!\r)\n|\r(?!\n)", raw) is None
    assert [part.defects for part in arrived.walk()] == [[], [], []]


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        ("", "Bonjour"),
        ("Manon Lévesque", "L’été des tout-petits à Notre-Dame-du-Bon-Conseil\u00a0: " * 4 + "fin"),
        ('Roy, Luc "le maire" (DG)', "Un objet = un mot? =?utf-8?q?piège?= fin"),
        ("É" * 160, "=?utf-8?q?pi=C3=A8ge?="),
        ("Directrice générale, greffière-trésorière de L’Isle-aux-Allumettes", "a" * 300),
        ("Point. Virgule; <chevrons@x>", "🎏 " * 60 + "fin"),
    ],
)
def test_any_name_and_subject_arrive_as_they_were_written(name: str, subject: str) -> None:
    mailbox = Mailbox()
    with running(mailbox) as port:
        send(port, letter(to_name=name, subject=subject))

    (arrived,) = mailbox.letters
    # Not `arrived["To"]`: Python 3.11 keeps the spaces between the encoded words of a name (RFC 2047 §6.2).
    to = email.message_from_bytes(mailbox.raw[0])["To"]
    assert parseaddr(to)[1] == "manon@exemple.quebec"
    assert str(make_header(decode_header(parseaddr(to)[0]))) == name
    assert str(arrived["Subject"]) == subject
    assert mailbox.raw[0].isascii()


@pytest.mark.parametrize(
    "values",
    [
        {"subject": "Bonjour\r\nBcc: tous@exemple.quebec"},
        {"to_name": "Manon\nBcc: tous@exemple.quebec"},
        {"headers": {"List-Unsubscribe": "<https://x>\r\n\r\nautre corps"}},
        {"to_email": "manon@exémple.quebec"},
    ],
)
def test_a_letter_that_cannot_travel_is_refused_and_the_next_one_leaves(values: dict[str, object]) -> None:
    mailbox = Mailbox()
    with running(mailbox) as port:
        answers = send(port, letter(**values), letter())

    assert [(a.verdict, a.is_address_dead) for a in answers] == [
        (Verdict.REFUSED, False),
        (Verdict.ACCEPTED, False),
    ]
    assert mailbox.recipients == ["Manon Lévesque <manon@exemple.quebec>"]


def test_one_connection_serves_a_batch() -> None:
    mailbox = Mailbox()
    with running(mailbox) as port:
        answers = send(port, *(letter(to_email=f"p{n}@exemple.quebec") for n in range(3)))

    assert [answer.verdict for answer in answers] == [Verdict.ACCEPTED] * 3
    assert (len(mailbox.letters), mailbox.connections) == (3, 1)


def test_a_connection_that_was_closed_in_the_meantime_is_opened_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mailbox = Mailbox()
    with running(mailbox) as port, SmtpTransport(smtp_settings(port), timeout=5) as transport:
        first = transport.send([letter()])
        assert transport.line is not None
        transport.line.docmd("QUIT")
        monkeypatch.setattr(smtp, "SILENCE_SECONDS", -1.0)
        second = transport.send([letter()])
        third = transport.send([letter()])

    assert [a.verdict for a in (*first, *second, *third)] == [Verdict.ACCEPTED] * 3
    assert (len(mailbox.letters), mailbox.connections) == (3, 2)


def test_an_empty_batch_connects_to_nobody() -> None:
    with SmtpTransport(smtp_settings(free_port())):
        pass


@pytest.mark.parametrize(
    ("reply", "verdict", "is_dead"),
    [
        ("550 5.1.1 No such user", Verdict.REFUSED, True),
        ("550 no such user here", Verdict.REFUSED, True),
        ("550 5.2.1 Mailbox disabled", Verdict.REFUSED, True),
        ("552 5.2.2 Mailbox full", Verdict.REFUSED, False),
        ("554 5.7.1 Relay access denied", Verdict.REFUSED, False),
        ("451 4.7.1 Greylisted", Verdict.LATER, False),
        ("452 too many recipients", Verdict.LATER, False),
    ],
)
def test_a_refused_recipient_does_not_stop_the_batch(reply: str, verdict: Verdict, is_dead: bool) -> None:
    mailbox = Mailbox()
    mailbox.on_rcpt = lambda address: reply if address.startswith("refuse") else "250 OK"
    with running(mailbox) as port:
        first, second = send(port, letter(to_email="refuse@exemple.quebec"), letter())

    assert (first.verdict, first.is_address_dead, first.is_line_down) == (verdict, is_dead, False)
    assert first.reason == reply
    assert second.verdict is Verdict.ACCEPTED
    assert mailbox.connections == 1


@pytest.mark.parametrize(
    ("reply", "verdict"),
    [("554 5.6.0 Content refused", Verdict.REFUSED), ("451 4.3.0 Try again", Verdict.LATER)],
)
def test_a_refused_content_says_nothing_against_the_address(reply: str, verdict: Verdict) -> None:
    mailbox = Mailbox()
    mailbox.on_data = lambda _letter: reply
    with running(mailbox) as port:
        (answer,) = send(port, letter())

    assert answer == Answer(verdict=verdict, reason=reply)


def test_an_answer_lost_after_the_whole_letter_was_sent_is_unknown() -> None:
    mailbox = Mailbox()
    mailbox.on_data = lambda _letter: "cut"
    with running(mailbox) as port:
        (answer,) = send(port, letter())

    assert (answer.verdict, answer.is_line_down) == (Verdict.UNKNOWN, True)


def test_an_answer_that_never_comes_is_unknown() -> None:
    said: list[bytes] = []
    with scripted([b"220 x\r\n", b"250 x\r\n", b"250 x\r\n", b"250 x\r\n", b"354 x\r\n", b""], said) as port:
        (answer,) = send(port, letter(), timeout=0.5)

    assert answer.verdict is Verdict.UNKNOWN
    assert b"".join(said).endswith(b"\r\n.\r\n")


def test_a_line_cut_before_the_letter_is_only_for_later() -> None:
    with scripted([b"220 x\r\n", b"250 x\r\n"], []) as port:
        (answer,) = send(port, letter(), timeout=0.5)

    assert (answer.verdict, answer.is_line_down) == (Verdict.LATER, True)


def test_a_server_that_is_closing_is_only_for_later() -> None:
    script = [b"220 x\r\n", b"250 x\r\n", b"421 4.3.2 Closing\r\n"]
    with scripted(script, []) as port:
        (answer,) = send(port, letter(), timeout=0.5)

    assert (answer.verdict, answer.reason, answer.is_line_down) == (Verdict.LATER, "421 4.3.2 Closing", True)


def test_nobody_at_the_address_is_only_for_later() -> None:
    (answer,) = send(free_port(), letter())

    assert (answer.verdict, answer.is_line_down) == (Verdict.LATER, True)


def test_the_password_is_given_and_a_wrong_one_loses_nothing() -> None:
    mailbox = Mailbox()
    with running(mailbox, asks_password=True) as port:
        right = send(port, letter(), smtp_user="pavois", smtp_password="secret")
        wrong = send(port, letter(), smtp_user="pavois", smtp_password="autre")

    assert [a.verdict for a in right] == [Verdict.ACCEPTED]
    assert [(a.verdict, a.is_line_down) for a in wrong] == [(Verdict.LATER, True)]
    assert "535" in wrong[0].reason


def test_a_server_without_tls_gets_nothing_when_tls_is_asked() -> None:
    mailbox = Mailbox()
    with running(mailbox) as port:
        (starttls,) = send(port, letter(), smtp_security=SmtpSecurity.STARTTLS)
        (tls,) = send(port, letter(), timeout=1, smtp_security=SmtpSecurity.TLS)

    assert (starttls.verdict, tls.verdict, mailbox.letters) == (Verdict.LATER, Verdict.LATER, [])


def test_reasons_carry_no_address() -> None:
    mailbox = Mailbox()
    mailbox.on_rcpt = lambda address: f"550 5.1.1 <{address}> unknown"
    with running(mailbox) as port:
        (answer,) = send(port, letter())

    assert answer.reason == "550 5.1.1 … unknown"


def test_the_console_shows_the_letter_and_lists_its_files() -> None:
    screen = io.StringIO()
    with ConsoleTransport(FROM, screen) as transport:
        (answer,) = transport.send([letter(enclosures=(CALENDAR,))])

    shown = screen.getvalue()
    assert answer.verdict is Verdict.ACCEPTED
    assert "À\u00a0: Manon Lévesque <manon@exemple.quebec>\n" in shown
    assert "\nObjet\u00a0: Votre participation à L’Isle-Verte\n" in shown
    assert "lever-à-l’isle.ics (text/calendar; method=PUBLISH; charset=utf-8, 32 octets)" in shown
    assert "\n\nBonjour,\n" in shown


def test_the_settings_name_the_transport(tmp_path: Path) -> None:
    settings = smtp_settings(25)

    assert isinstance(transport_for(settings), SmtpTransport)
    assert isinstance(
        transport_for(replace(settings, mail_transport=MailTransport.CONSOLE)), ConsoleTransport
    )


@contextmanager
def scripted(replies: list[bytes], said: list[bytes]) -> Iterator[int]:
    """A server that gives these replies in order, then hangs up; an empty one is a long silence."""
    listener = socket.create_server(("127.0.0.1", 0))
    is_over = threading.Event()

    def play() -> None:
        line, _ = listener.accept()
        with line:
            for reply in replies:
                if not reply:
                    is_over.wait(10)
                line.sendall(reply)
                if reply.startswith(b"354"):
                    while not b"".join(said).endswith(b"\r\n.\r\n"):
                        said.append(line.recv(65536))
                elif reply:
                    line.recv(65536)

    thread = threading.Thread(target=play)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        is_over.set()
        thread.join()
        listener.close()
