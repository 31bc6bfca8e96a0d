"""Who reads the mailings, who acts on them, and which rows a coordinator sees."""

import pytest
from flask import Flask

from campaign.accounts.models import Role
from tests.mailings.manage.pages import ENVOIS, INVITATION, holds, messages, state_of
from tests.pages import Client
from tests.people import sign_in

PAGES = (
    ENVOIS,
    INVITATION,
    f"{INVITATION}/simulation",
    f"{INVITATION}/simulation.csv",
    f"{INVITATION}/destinataires",
    f"{INVITATION}/destinataires.csv",
)
QUESTIONS = (
    f"{INVITATION}/planifier",
    f"{INVITATION}/annuler",
    f"{INVITATION}/reprendre",
    f"{INVITATION}/laisser-partir",
    f"{ENVOIS}/tout-suspendre",
    f"{ENVOIS}/tout-reprendre",
)
POSTED = (*QUESTIONS, f"{INVITATION}/brouillon", f"{INVITATION}/pause", f"{INVITATION}/renvoyer")


@pytest.mark.usefixtures("left")
@pytest.mark.parametrize("role", [Role.ADMIN, Role.ORGANIZER, Role.VIEWER])
def test_the_team_reads_every_page(client: Client, role: Role) -> None:
    sign_in(client, role)

    assert {address: client.get(address).status_code for address in PAGES} == dict.fromkeys(PAGES, 200)


@pytest.mark.usefixtures("left")
def test_a_stranger_and_a_host_read_nothing(client: Client) -> None:
    strange = {client.get(address).status_code for address in PAGES}
    sign_in(client, Role.HOST)

    assert strange == {302}
    assert {client.get(address).status_code for address in PAGES} == {403}


@pytest.mark.usefixtures("left")
@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.VIEWER])
def test_only_organizers_act(app: Flask, client: Client, role: Role) -> None:
    app.config["WTF_CSRF_ENABLED"] = False  # the guard must hold by itself
    sign_in(client, role, "01")

    seen = [client.visit(address) for address in (ENVOIS, INVITATION, f"{INVITATION}/destinataires")]

    assert {client.get(address).status_code for address in QUESTIONS} == {403}
    assert {client.post(address).status_code for address in POSTED} == {403}
    assert [page.texts("main form[method=post]") for page in seen] == [[], [], []]
    assert not any("Tout suspendre" in page.text for page in seen)


@pytest.mark.usefixtures("left")
def test_nothing_is_done_without_our_token(app: Flask, client: Client) -> None:
    sign_in(client, Role.ORGANIZER)
    before = (state_of(app), messages(app))

    assert {client.post(address).status_code for address in POSTED} == {400}
    assert (state_of(app), messages(app), holds(app)) == (*before, [])


@pytest.mark.usefixtures("left")
def test_a_coordinator_sees_the_rows_of_their_regions_only(client: Client) -> None:
    sign_in(client, Role.COORDINATOR, "09")

    seen = "".join(client.get(address).get_data(as_text=True) for address in PAGES)
    page = client.visit(INVITATION)
    other_region = client.get(f"{INVITATION}/destinataires?region=01").status_code

    assert "Baie-Comeau" in seen
    assert not any(name in seen for name in ("Rimouski", "Sayabec", "Verte", "manon@", "info@10043"))
    assert page.texts("#decisions tfoot td") == ["1"]
    assert other_region == 403
    assert client.get(f"{INVITATION}/destinataires.csv?region=01").status_code == 403
