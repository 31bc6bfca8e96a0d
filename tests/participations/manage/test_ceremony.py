"""The team postpones a ceremony or moves it indoors, and the municipality is told."""

from flask import Flask

from tests.board.world import SAYABEC
from tests.pages import Client
from tests.participations.manage.pages import ask, letters_about, stored
from tests.people import sign_in


def test_a_ceremony_is_postponed_by_telephone_and_the_municipality_told(
    app: Flask, client: Client, world: None
) -> None:
    sign_in(client)

    done = ask(
        client, SAYABEC, "Reporter la cérémonie", flag_on="2027-11-16", flag_time="14 h", reason="Verglas"
    )

    assert "mardi 16\u00a0novembre\u00a02027, 14\u00a0h" in done.text
    assert "Reportée – Verglas" in done.text
    assert letters_about(app, SAYABEC) == ["participation_changed"]


def test_a_ceremony_moves_indoors(app: Flask, client: Client, world: None) -> None:
    sign_in(client)

    ask(client, SAYABEC, "Déplacer la cérémonie à l’intérieur", place="Gymnase", reason="Pluie")

    event = stored(app, SAYABEC).event
    assert event is not None
    assert (event.place, event.is_indoors) == ("Gymnase", True)
