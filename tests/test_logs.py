"""What is logged names nobody and opens nothing."""

import io
import logging
import re
from collections.abc import Iterator

import pytest
from flask import Flask

from campaign import logs
from campaign.web.access_log import record_requests


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What goes to the log during the test."""
    root, ours = logging.getLogger(), logging.getLogger("campaign")
    before = (root.handlers, root.level, ours.level)
    stream = io.StringIO()
    logs.configure(stream)
    yield stream
    logging.captureWarnings(False)
    root.handlers = before[0]
    root.setLevel(before[1])
    ours.setLevel(before[2])


def test_one_line_has_the_instant_the_place_the_sentence_and_the_fields(written: io.StringIO) -> None:
    logging.getLogger("campaign.jobs").info("message sent", extra={"message_pk": 12})

    stamp, rest = written.getvalue().split(" ", 1)
    assert stamp.endswith("Z")
    assert rest == "INFO campaign.jobs message sent message_pk=12\n"


@pytest.mark.parametrize(
    ("said", "written_as"),
    [
        ("refused <manon.levesque@ville.exemple.quebec>", "refused <…@…>"),
        ("GET /p/abc-DEF_123?x=1", "GET /p/…?x=1"),
        ("GET /connexion/abc-DEF_123", "GET /connexion/…"),
        ("GET /billet/abc.svg", "GET /billet/….svg"),
        ("GET /billet/WzEsMV0.V5Vv_cRy1MOEKPPRZVRBw7hZbcg.pdf", "GET /billet/….pdf"),
        ("GET /inscriptions/WzEsMV0.V5Vv_cRy1MOEKPPRZVRBw7hZbcg/annuler", "GET /inscriptions/…/annuler"),
        ("GET /inscriptions/lien", "GET /inscriptions/lien"),
        ("GET /invitation/0123456789abcdef", "GET /invitation/…"),
        ("https://a.example/desabonnement/abc", "https://a.example/desabonnement/…"),
        ("GET /municipalites/01023", "GET /municipalites/01023"),
        ("GET /connexion", "GET /connexion"),
    ],
)
def test_addresses_and_tokens_are_masked(said: str, written_as: str) -> None:
    assert logs.redacted(said) == written_as


def test_a_traceback_is_masked_too(written: io.StringIO) -> None:
    try:
        raise ValueError("no mailbox manon@exemple.quebec for /p/abcdef")
    except ValueError:
        logging.getLogger("campaign").exception("failed")

    assert "Traceback" in written.getvalue()
    assert "ValueError: no mailbox …@… for /p/…" in written.getvalue()


def test_requests_are_logged_without_query_token_or_reader(app: Flask, written: io.StringIO) -> None:
    record_requests(app)
    client = app.test_client()

    client.get("/connexion/un-jeton-secret?next=/gestion", headers={"User-Agent": "Firefox/1"})
    client.get("/gestion/comptes?q=manon%40exemple.quebec")
    client.get("/healthz")

    lines = [line.split(" ", 1)[1] for line in written.getvalue().splitlines()]
    assert [line.rpartition(" ms=")[0] for line in lines] == [
        "INFO campaign.requests GET /connexion/… status=410",
        "INFO campaign.requests GET /gestion/comptes status=302",
    ]


def test_no_address_that_opens_something_is_read_in_the_log(app: Flask) -> None:
    secret = "Ab3_-" * 9
    rules = [rule.rule for rule in app.url_map.iter_rules() if rule.arguments & {"token", "word"}]
    paths = [re.sub("<(token|word)>", secret, rule) for rule in rules]

    read = [path for path in paths if secret in logs.redacted(f"GET {path} status=200")]

    assert len(paths) > 20
    assert read == []
