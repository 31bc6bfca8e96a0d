"""The wrong municipality is put right; two files of the same one become one."""

from flask import Flask

from campaign.accounts.models import Role
from campaign.participations.models import State
from tests.board.world import BAIE_COMEAU, SAYABEC
from tests.pages import Client
from tests.participations.manage.pages import FORM, letters_about, page_of, stored
from tests.people import sign_in


def test_the_wrong_municipality_is_put_right_with_everything(app: Flask, client: Client, world: None) -> None:
    sign_in(client)
    number = stored(app, SAYABEC).number
    search = client.visit(f"{page_of(SAYABEC, 'fusionner')}?q=baie comeau")
    preview = client.visit(search.link("Baie-Comeau (municipalité, MRC Manicouagan)"))

    done = client.submit(preview, FORM, reason="Le clic était sur la mauvaise ligne")

    right, wrong = stored(app, BAIE_COMEAU), stored(app, SAYABEC)
    assert "La fiche gardée reprend toutes les réponses" in preview.text
    assert done.h1 == "Baie-Comeau"
    assert (right.state, right.number) == (State.CONFIRMED, number)
    assert right.event is not None
    assert right.event.title == "Lever du drapeau à Baie-Comeau"
    assert (wrong.state, wrong.merged_into_id) == (State.DISCARDED, right.id)
    assert letters_about(app, BAIE_COMEAU) == ["participation_confirmed"]


def test_a_file_is_not_merged_with_itself_nor_into_another_region(
    app: Flask, client: Client, world: None
) -> None:
    sign_in(client, Role.COORDINATOR, "01")

    client.visit(f"{page_of(SAYABEC, 'fusionner')}?cible={SAYABEC}", status=409)
    client.visit(f"{page_of(SAYABEC, 'fusionner')}?cible={BAIE_COMEAU}", status=403)
