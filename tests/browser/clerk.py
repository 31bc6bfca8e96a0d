"""What a town clerk does in the browser, by keyboard or with a pointer, and what waits in the mailbox."""

import re
from collections.abc import Iterator
from datetime import datetime

import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Locator, Page

from campaign.campaigns.queries import current_edition
from campaign.db import db, transaction
from campaign.events.models import Event, Session
from campaign.outbox.models import Message
from campaign.participations import links
from campaign.participations.models import Participation, ParticipationMove, State
from campaign.territory.models import Territory
from tests.browser.conftest import STILL

LE_GRANIT = "30085"
"""Saint-Sébastien, MRC Le Granit; there is another one, which only the MRC tells apart."""

MOST_TABS = 120

FOCUS = """() => {
  const it = document.activeElement;
  const label = it.labels?.[0] ?? it;
  const box = label.getBoundingClientRect();
  const own = it.getBoundingClientRect();
  const style = getComputedStyle(it);
  const around = getComputedStyle(it.closest(".choice") ?? it);
  const [x, y] = [own.left + own.width / 2, own.top + own.height / 2];
  const above = document.elementFromPoint(x, y);
  const parts = [it, label, it.closest(".choice") ?? it];
  return {
    name: (it.getAttribute("aria-label") ?? label.innerText ?? it.value).trim(),
    id: it.id,
    drawn: [style, around].some((one) => one.outlineStyle !== "none" && parseFloat(one.outlineWidth) >= 2),
    seen: own.width > 0 && x >= 0 && y >= 0 && x <= innerWidth && y <= innerHeight,
    covered: !parts.some((part) => part.contains(above)) && !above?.contains(it), // a link on two lines
    top: scrollY + box.top,
  };
}"""


class Keyboard:
    """Tab, Shift+Tab, Space, Enter and arrows. Wherever the focus lands, it must be drawn and not covered."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def type(self, words: str) -> None:
        self.page.keyboard.type(words)

    def stops_in(self, place: Locator) -> Iterator[dict[str, object]]:
        """Each thing the focus meets inside that place, until it leaves it."""
        has_entered = False
        for _ in range(MOST_TABS):
            self.press("Tab")
            is_inside = place.evaluate("it => it.contains(document.activeElement)")
            if has_entered and not is_inside:
                return
            has_entered = has_entered or is_inside
            if is_inside:
                yield self.here()
        raise AssertionError(f"the keyboard does not leave {place}")

    def here(self) -> dict[str, object]:
        self.page.evaluate(STILL)
        found: dict[str, object] = self.page.evaluate(FOCUS)
        assert found["drawn"], f"focus not drawn on {found}"
        assert found["seen"], f"focus outside the window on {found}"
        assert not found["covered"], f"focus covered on {found}"
        return found

    def go_to(self, target: Locator, *, backwards: bool = False) -> None:
        """Tab until there."""
        for _ in range(MOST_TABS):
            self.press("Shift+Tab" if backwards else "Tab")
            self.here()
            if target.evaluate("it => it === document.activeElement"):
                return
        raise AssertionError(f"the keyboard does not reach {target}")


def answer(page: Page, **values: str) -> None:
    """Write in the fields of those names, with whatever is at hand."""
    for name, value in values.items():
        page.locator(f"[name={name}]").fill(value)


def letters(app: Flask, template: str) -> list[Message]:
    """What waits in the outbox, of that kind, oldest first."""
    with app.app_context():
        return list(
            db.session.scalars(sa.select(Message).where(Message.template == template).order_by(Message.id))
        )


def link_in(letter: Message) -> str:
    """The path of the first link of a letter's text."""
    found = re.search(r"https?://[^/\s]+(/\S+)", letter.text)
    assert found, letter.text
    return found[1]


def registered(app: Flask, geo_code: str) -> list[State]:
    """The state of each registration of that municipality in the current edition."""
    with app.app_context():
        return list(
            db.session.scalars(
                sa.select(Participation.state)
                .join(Territory, Participation.territory_id == Territory.id)
                .where(Territory.geo_code == geo_code, Participation.registered_at.is_not(None))
                .where(Participation.edition_id == current_edition().id)
            )
        )


def forget(app: Flask, geo_code: str) -> None:
    """As if that municipality had not answered this year: the demonstration registers the homonyms."""
    with app.app_context(), transaction() as session:
        participation = session.scalars(
            sa.select(Participation)
            .join(Territory, Participation.territory_id == Territory.id)
            .where(Territory.geo_code == geo_code, Participation.edition_id == current_edition().id)
        ).one()
        moves = sa.delete(ParticipationMove).where(ParticipationMove.participation_id == participation.id)
        event_id = participation.event_id
        session.execute(moves)
        session.delete(participation)
        session.flush()
        session.execute(sa.delete(Session).where(Session.event_id == event_id))
        session.execute(sa.delete(Event).where(Event.id == event_id))


def personal_link(app: Flask, geo_code: str, now: datetime) -> str:
    """The path of a personal link of that municipality."""
    with app.app_context(), transaction() as session:
        territory = session.scalars(sa.select(Territory).where(Territory.geo_code == geo_code)).one()
        return f"/p/{links.issue(current_edition(), territory, now=now)}"
