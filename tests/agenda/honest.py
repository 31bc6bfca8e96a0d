"""A subscriber as RFC 5545 and HTTP want one: it asks with the mark of what it has, and takes what is new."""

from __future__ import annotations

from dataclasses import dataclass, field

from icalendar import Calendar, Event

from tests.pages import Client


@dataclass
class Subscriber:
    """A calendar application that follows one address."""

    client: Client
    address: str
    mark: str = ""
    entries: dict[str, Event] = field(default_factory=dict)

    def refresh(self) -> set[str] | None:
        """The UIDs of what changed or came, as it sees it; None when it was told that nothing did."""
        headers = {"If-None-Match": self.mark} if self.mark else {}
        answer = self.client.get(self.address, headers=headers)
        if answer.status_code == 304:
            return None
        assert answer.status_code == 200
        self.mark = answer.headers["ETag"]
        told = {str(event["UID"]): event for event in Calendar.from_ical(answer.data).walk("VEVENT")}
        taken = {uid for uid, event in told.items() if _is_newer(event, self.entries.get(uid))}
        gone = self.entries.keys() - told.keys()
        self.entries = {uid: told[uid] if uid in taken else self.entries[uid] for uid in told}
        return taken | gone

    def says(self, uid: str) -> tuple[str, str]:
        """How one entry stands: its status and its title."""
        return str(self.entries[uid]["STATUS"]), str(self.entries[uid]["SUMMARY"])


def _is_newer(event: Event, known: Event | None) -> bool:
    """The sequence decides, then the date of the change; what is neither is not taken."""
    return known is None or _age(event) > _age(known)


def _age(event: Event) -> tuple[object, object]:
    return int(event["SEQUENCE"]), event["LAST-MODIFIED"].dt
