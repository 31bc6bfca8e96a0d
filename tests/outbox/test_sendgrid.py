"""What SendGrid is given, and how each of its answers is understood, against a server on the loopback."""

import base64
import json
import logging
from datetime import timedelta

import pytest

from campaign.outbox import stencils
from campaign.outbox.letters import Answer, Enclosure, Letter, Verdict
from campaign.outbox.transports import transport_for
from campaign.outbox.transports.sendgrid import SendGridTransport
from tests.outbox.letters import letter
from tests.outbox.sendgrid_server import Reply, SendGrid, serving, settings
from tests.outbox.smtp_server import free_port

PICTURE = Enclosure(filename="qr.png", content_type="image/png", data=b"\x89PNG", content_id="qr@pavois")
ACCEPTED = Answer(verdict=Verdict.ACCEPTED)
TEXT = "Bonjour {{nom}},\n\nVoici votre lien : {{lien}}\n{{nom}}, à bientôt.\n"
HTML = '<p>Bonjour {{nom}},</p><p><a href="{{lien}}">Votre lien</a> {{absent}</p>'


def invitation(number: int, nom: str = "", **more: object) -> Letter:
    """One of many letters made from the same stencil."""
    values = {"nom": nom or f"Ville {number}", "lien": f"https://exemple.quebec/p/{number}?a=1&b=2"}
    text, html = more.pop("stencil_text", TEXT), more.pop("stencil_html", HTML)
    assert isinstance(text, str)
    assert isinstance(html, str)
    return letter(
        **{
            "id": number,
            "to_email": f"mairie@{number}.exemple.quebec",
            "to_name": f"Mairie {number}",
            "subject": f"Invitation à {values['nom']}",
            "message_id": f"<{number}@pavois.example>",
            "headers": {"List-Unsubscribe": f"<https://exemple.quebec/desabonnement/{number}>"},
            "stencil_id": 3,
            "stencil_text": text,
            "stencil_html": html,
            "values": values,
            "text": stencils.fill(text, values),
            "html": stencils.fill_html(html, values),
        }
        | more
    )


def invitations(count: int) -> list[Letter]:
    return [invitation(number) for number in range(1, count + 1)]


def send(fake: SendGrid, letters: list[Letter], *, patience: float = 60, timeout: float = 5) -> list[Answer]:
    return SendGridTransport(settings(fake.port), timeout=timeout, patience=patience).send(letters)


def refusing(*addresses: str) -> SendGrid:
    """A server that refuses each request in which one of these is named."""
    fake = SendGrid()
    fake.on_request = lambda body: (
        Reply(400, body=b'{"errors": [{"message": "Does not contain a valid address.", "field": null}]}')
        if {part["to"][0]["email"] for part in body["personalizations"]} & set(addresses)
        else Reply()
    )
    return fake


def test_a_letter_is_handed_over_whole() -> None:
    with serving() as fake, transport_for(settings(fake.port)) as transport:
        answers = transport.send([letter(enclosures=(PICTURE,))])

    (body,) = fake.bodies
    assert answers == [ACCEPTED]
    assert (fake.paths, fake.keys) == ({"/v3/mail/send"}, {"Bearer SG.made-up"})
    assert body["personalizations"] == [
        {
            "to": [{"email": "manon@exemple.quebec", "name": "Manon Lévesque"}],
            "subject": "Votre participation à L’Isle-Verte",
            "headers": {
                "Auto-Submitted": "auto-generated",
                "Message-ID": "<0123456789abcdef@pavois.example>",
            },
            "custom_args": {"message_id": "7", "delivery": "<0123456789abcdef@pavois.example>"},
        }
    ]
    assert body["from"] == {"email": "bonjour@exemple.quebec", "name": "Grande semaine"}
    assert [part["type"] for part in body["content"]] == ["text/plain", "text/html"]
    assert body["tracking_settings"] == {
        "click_tracking": {"enable": False, "enable_text": False},
        "open_tracking": {"enable": False},
        "subscription_tracking": {"enable": False},
    }
    assert body["attachments"] == [
        {
            "content": base64.b64encode(b"\x89PNG").decode(),
            "type": "image/png",
            "filename": "qr.png",
            "disposition": "inline",
            "content_id": "qr@pavois",
        }
    ]


def test_letters_of_one_stencil_leave_together_and_arrive_as_they_were_written() -> None:
    letters = [
        invitation(1, "L’Isle-aux-Coudres"),
        invitation(2, "Saint-Louis-du-Ha! Ha!"),
        invitation(3, '<b>« O’Leary & fils "ltée" »'),
    ]

    with serving() as fake:
        answers = send(fake, letters)

    assert answers == [ACCEPTED] * 3
    assert len(fake.bodies) == 1
    assert [(each.to, each.subject, each.text, each.html) for each in fake.letters] == [
        (each.to_email, each.subject, each.text, each.html) for each in letters
    ]
    assert [each.headers for each in fake.letters] == [
        each.headers | {"Message-ID": each.message_id} for each in letters
    ]
    assert fake.letters[2].custom_args == {"message_id": "3", "delivery": "<3@pavois.example>"}
    assert "&lt;b&gt;" in fake.letters[2].html


def test_a_thousand_people_fit_in_a_request_and_no_more() -> None:
    with serving() as fake:
        answers = send(fake, invitations(1_098))

    assert answers == [ACCEPTED] * 1_098
    assert [len(body["personalizations"]) for body in fake.bodies] == [1_000, 98]


def test_what_cannot_be_shared_leaves_alone_and_answers_keep_their_order() -> None:
    letters = [
        invitation(1),
        letter(id=2),
        invitation(3),
        invitation(4, to_email="mairie@1.exemple.quebec"),
        invitation(5, enclosures=(PICTURE,)),
        invitation(6, nom="é" * 3_000),
        invitation(7, nom="{{lien}}"),
        invitation(8, subject="Des {{nom}} partout"),
        invitation(9, stencil_id=4, stencil_html="<p>{{nom|h}} {{nom}}</p>"),
        invitation(10, stencil_id=5),
    ]

    with serving() as fake:
        answers = send(fake, letters)

    together = [[part["to"][0]["email"] for part in body["personalizations"]] for body in fake.bodies]
    assert answers == [ACCEPTED] * 10
    assert together[0] == ["mairie@1.exemple.quebec", "mairie@3.exemple.quebec"]
    assert [len(people) for people in together[1:]] == [1] * 8
    arrived = {each.custom_args["message_id"]: (each.text, each.html) for each in fake.letters}
    assert arrived == {str(each.id): (each.text, each.html) for each in letters}


def test_a_request_stays_under_the_size_that_sendgrid_takes() -> None:
    letters = [invitation(number, nom="é" * 2_200) for number in range(1, 1_001)]

    with serving() as fake:
        answers = send(fake, letters)

    assert answers == [ACCEPTED] * 1_000
    assert [len(json.dumps(body)) < 20_000_000 for body in fake.bodies] == [True] * 3


def test_a_text_that_looks_like_a_key_leaves_like_any_other() -> None:
    with serving() as fake:
        answers = send(fake, [letter(text="SG.abcdefghijklmnopqrstuv.wxyz0123456789\n")])

    assert (answers, fake.letters[0].text) == ([ACCEPTED], "SG.abcdefghijklmnopqrstuv.wxyz0123456789\n")


def test_the_library_writes_no_address_into_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("campaign").debug("the log is read")

    with serving() as fake:
        send(fake, [letter()])

    assert "the log is read" in caplog.text
    assert "manon" not in caplog.text


@pytest.mark.parametrize(
    ("status", "verdict", "is_line_down"),
    [
        (400, Verdict.REFUSED, False),
        (401, Verdict.LATER, True),
        (403, Verdict.LATER, True),
        (404, Verdict.LATER, True),
        (413, Verdict.REFUSED, False),
        (429, Verdict.LATER, True),
        (500, Verdict.LATER, True),
        (502, Verdict.LATER, True),
        (503, Verdict.LATER, True),
        (200, Verdict.UNKNOWN, True),
    ],
)
@pytest.mark.parametrize(
    "body",
    [
        b'{"errors": [{"message": "manon@exemple.quebec", "field": "personalizations.0.to.0.email"}]}',
        b'{"errors": "manon@exemple.quebec"}',
        b"[" * 100_000,
        b"<html>manon@exemple.quebec \xff</html>",
        b"",
    ],
)
def test_each_refusal_is_understood_and_names_nobody(
    status: int, verdict: Verdict, is_line_down: bool, body: bytes
) -> None:
    with serving() as fake:
        fake.on_request = lambda _body: Reply(status, body=body)
        (answer,) = send(fake, [letter()])

    assert (answer.verdict, answer.is_line_down) == (verdict, is_line_down)
    assert str(status) in answer.reason
    assert "manon" not in answer.reason


def test_what_sendgrid_says_is_told_without_the_address() -> None:
    with serving() as fake:
        fake.on_request = lambda _body: Reply(
            400,
            body=b'{"errors": [{"message": "The address <m@exemple.quebec> is\\ninvalid", "field": "x"}]}',
        )
        (answer,) = send(fake, [letter()])

    assert answer.reason == "SendGrid a répondu 400 : The address … is invalid"


@pytest.mark.parametrize(
    ("asked", "wait"),
    [
        ("120", timedelta(minutes=2)),
        ("Mon, 22 Nov 2027 12:05:00 GMT", timedelta(minutes=5)),
        ("Mon, 22 Nov 2027 11:00:00 GMT", timedelta()),
        ("99999999999", timedelta(days=1)),
        ("Mon, 22 Nov 2027 12:05:00 -0000", None),
        ("bientôt", None),
        ("-5", None),
        ("²", None),
        ("", None),
    ],
)
def test_the_patience_asked_for_is_kept(asked: str, wait: timedelta | None) -> None:
    with serving() as fake:
        said_at = "Mon, 22 Nov 2027 12:00:00 GMT"
        fake.on_request = lambda _body: Reply(429, {"Retry-After": asked, "Date": said_at})
        (answer,) = send(fake, [letter()])

    assert (answer.verdict, answer.wait) == (Verdict.LATER, wait)


@pytest.mark.parametrize("ends", ["hangup", "midway"])
def test_a_cut_answer_is_uncertain_for_everybody_in_its_request(ends: str) -> None:
    with serving() as fake:
        fake.on_request = lambda _body: Reply(ends=ends, body=b"{")
        answers = send(fake, [*invitations(3), letter(id=9)])

    assert [answer.verdict for answer in answers] == [Verdict.UNKNOWN] * 3 + [Verdict.LATER]
    assert [answer.is_line_down for answer in answers] == [True] * 4
    assert len(fake.bodies) == 1


def test_an_answer_that_never_comes_is_uncertain() -> None:
    with serving() as fake:
        fake.on_request = lambda _body: Reply(ends="never")
        answers = send(fake, invitations(2), timeout=0.2)

    assert [answer.verdict for answer in answers] == [Verdict.UNKNOWN] * 2
    assert len(fake.bodies) == 1


def test_nobody_at_the_other_end_is_tried_again() -> None:
    answers = SendGridTransport(settings(free_port()), timeout=5).send(invitations(2))

    assert [(answer.verdict, answer.is_line_down) for answer in answers] == [(Verdict.LATER, True)] * 2


def test_the_letters_behind_a_refused_request_wait_as_long_as_it() -> None:
    with serving() as fake:
        fake.on_request = lambda _body: Reply(429, {"Retry-After": "60"})
        answers = send(fake, [*invitations(3), letter(id=9)])

    assert [(each.verdict, each.wait) for each in answers] == [(Verdict.LATER, timedelta(minutes=1))] * 4
    assert len(fake.bodies) == 1


def test_one_bad_address_holds_back_nobody_else() -> None:
    letters = invitations(1_000)
    bad = letters[617].to_email

    with serving(refusing(bad)) as fake:
        answers = send(fake, letters)

    assert answers[617].verdict is Verdict.REFUSED
    assert [each for position, each in enumerate(answers) if position != 617] == [ACCEPTED] * 999
    assert sorted(fake.recipients) == sorted(each.to_email for each in letters if each.to_email != bad)
    assert len(fake.bodies) < 25


def test_the_search_for_the_bad_addresses_ends() -> None:
    letters = invitations(8)

    with serving(refusing(*(each.to_email for each in letters))) as fake:
        at_once = send(fake, letters)
        without_time = send(fake, letters, patience=0)

    assert [each.verdict for each in at_once] == [Verdict.REFUSED] * 8
    assert [(each.verdict, each.is_line_down) for each in without_time] == [(Verdict.LATER, False)] * 8
    assert len(fake.bodies) == 15


def test_a_fault_that_all_share_is_not_looked_for_in_each() -> None:
    with serving() as fake:
        fake.on_request = lambda _body: Reply(
            400, body=b'{"errors": [{"message": "Too short.", "field": "content.0.value"}]}'
        )
        answers = send(fake, invitations(8))

    assert [each.verdict for each in answers] == [Verdict.REFUSED] * 8
    assert len(fake.bodies) == 1


def test_a_request_too_large_is_cut_in_two() -> None:
    with serving() as fake:
        fake.on_request = lambda body: Reply(413 if len(body["personalizations"]) > 2 else 202)
        answers = send(fake, invitations(8))

    assert answers == [ACCEPTED] * 8
    assert fake.recipients == [each.to_email for each in invitations(8)]
