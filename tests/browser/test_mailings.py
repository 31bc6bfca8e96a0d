"""A mailing that leaves, in the browser: its figures follow, and its page works without script."""

import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Page, expect

from campaign.accounts.models import Role
from campaign.campaigns.queries import current_edition
from campaign.db import transaction
from campaign.mailings import queries, services, timeline
from campaign.mailings.schedule import UNDO
from campaign.outbox.models import Message, MessageState
from tests.browser.conftest import NewPage
from tests.browser.serving import Server
from tests.browser.test_team import enter

EVERY = 5_000
"""Milliseconds between two looks."""


def let_leave(app: Flask) -> None:
    """The first addresses of the invitation are decided, and their letters queued."""
    with app.app_context(), transaction():
        edition = current_edition()
        mailing = queries.get_mailing(edition, "invitation")
        moment = timeline.moment_of(mailing, edition).instant
        assert moment is not None
        services.schedule(mailing, edition, author="Jeanne", now=moment)
        services.advance(mailing.id, now=moment + UNDO)


def send(app: Flask, count: int | None = None) -> None:
    """That many letters leave; all of them when no number is given."""
    with app.app_context(), transaction() as session:
        queued = (
            sa.select(Message.id)
            .where(Message.batch != "", Message.state == MessageState.QUEUED)
            .limit(count)
            .scalar_subquery()
        )
        session.execute(
            sa.update(Message).where(Message.id.in_(queued)).values(state=MessageState.SENT),
            execution_options={"synchronize_session": False},
        )


def test_the_figures_of_what_leaves_follow(page: Page, server: Server) -> None:
    let_leave(server.app)
    enter(page, server, Role.ORGANIZER)
    page.clock.install()
    page.goto("/gestion/envois")
    progress = page.get_by_role("main").get_by_role("progressbar")
    expect(progress).to_have_attribute("value", "0")

    send(server.app, 3)
    page.clock.run_for(EVERY)

    expect(progress).to_have_attribute("value", "3")
    send(server.app, 2)
    page.clock.run_for(EVERY)
    expect(progress).to_have_attribute("value", "5")


def test_without_script_the_same_page_says_it_when_asked(new_page: NewPage, server: Server) -> None:
    let_leave(server.app)
    page = new_page(java_script_enabled=False)
    enter(page, server, Role.ORGANIZER)
    page.goto("/gestion/envois/invitation")

    send(server.app, 3)
    page.reload()

    expect(page.get_by_role("progressbar")).to_have_attribute("value", "3")
    page.get_by_label("Pourquoi mettre en pause?").fill("Mauvais objet")
    page.get_by_role("button", name="Mettre en pause").click()
    expect(page.get_by_role("main")).to_contain_text("Mauvais objet")
    page.get_by_role("link", name="Reprendre l’envoi").click()
    page.get_by_role("button", name="Reprendre l’envoi").click()
    expect(page.get_by_role("main")).to_contain_text("L’envoi reprend")
