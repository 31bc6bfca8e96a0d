"""The letters that a participation causes. Each is written inside the transaction that causes it."""

from __future__ import annotations

from datetime import datetime

from campaign import clock
from campaign.campaigns import queries as campaigns
from campaign.campaigns.models import Edition, Organization
from campaign.campaigns.numbers import participation_number
from campaign.events.documents import calendar_entry, showing
from campaign.events.ical import write_calendar
from campaign.events.qr import qr_png
from campaign.outbox import services as outbox
from campaign.outbox.letters import Enclosure
from campaign.outbox.rendering import public_link
from campaign.participations.models import Participation, State
from campaign.participations.steps import coming_steps
from campaign.territory import grammar
from campaign.territory.models import Territory

QR_CONTENT_ID = "qr-evenement"


def _common(edition: Edition, territory: Territory) -> dict[str, object]:
    return {
        "edition": edition,
        "territory": territory,
        "legal_name": grammar.legal_name(territory.designation_name, territory.name, territory.de_form),
        "the_municipality": grammar.legal_name_with_article(
            territory.designation_name, territory.name, territory.de_form
        ),
        "organization": campaigns.letterhead(),
        "edition_is_simulated": edition.is_simulated,
    }


def _addressee(participation: Participation) -> tuple[str, str]:
    """Address and name of the contact; the town hall's own address when nobody is named."""
    contact = participation.contact
    if contact is not None and contact.email:
        return contact.email, contact.full_name
    return participation.territory.email, ""


def _management(email: str, edition: Edition, *, now: datetime) -> str:
    """« Gérer mes courriels »: what the reader of a message of service may leave, and what goes on."""
    token = outbox.unsubscribe_token(email, str(edition.number), now=now)
    return public_link("unsubscribe.show", token=token)


def ask_verification(
    participation: Participation, token: str, *, now: datetime, team_enters: bool = False
) -> None:
    """« Confirmez l’inscription »: after the public form, or an entry by the team on its behalf."""
    email, name = _addressee(participation)
    if not email:
        return
    outbox.enqueue(
        "participation_verification",
        to=email,
        to_name=name,
        context={
            **_common(participation.edition, participation.territory),
            "confirm_url": public_link("participations.confirm", token=token),
            "team_enters": team_enters,
        },
        now=now,
        dedupe_key=f"verification:{participation.id}:{now.isoformat()}",
        regarding=participation.territory.geo_code,
    )


def confirm_registration(participation: Participation, token: str, *, now: datetime) -> None:
    """« C’est noté ! »: number, day and hour, calendar file, QR code, link to change."""
    email, name = _addressee(participation)
    if not email:
        return
    event = participation.event
    event_url = public_link("events.show", slug=event.slug) if event else ""
    enclosures = []
    if event is not None:
        calendar = _calendar(participation, event_url)
        enclosures.append(
            Enclosure(
                filename="qr.png",
                content_type="image/png",
                data=qr_png(event_url, scale=5),
                content_id=QR_CONTENT_ID,
            )
        )
        if calendar is not None:
            enclosures.append(calendar)
    outbox.enqueue(
        "participation_confirmed",
        to=email,
        to_name=name,
        context={
            **_common(participation.edition, participation.territory),
            "number": number_of(participation, campaigns.letterhead()),
            "participation": participation,
            "event": event,
            "shown": showing(event, to_owner=True) if event else None,
            "event_url": event_url,
            "personal_url": public_link("participations.personal", token=token),
            "resolution_url": public_link("participations.resolution", token=token),
            "poster_url": public_link("participations.poster", token=token) if event else "",
            "steps": coming_steps(participation, participation.edition, today=clock.today(now)),
            "qr_content_id": QR_CONTENT_ID,
            "manage_url": _management(email, participation.edition, now=now),
        },
        now=now,
        dedupe_key=f"confirmed:{participation.id}:{_instant(participation.confirmed_at)}",
        regarding=participation.territory.geo_code,
        attachments=enclosures,
    )


def tell_change(participation: Participation, token_url: str, *, now: datetime) -> None:
    """The ceremony was postponed, moved indoors or called off: the receipt, with the calendar file brought up
    to date."""
    email, name = _addressee(participation)
    if not email:
        return
    event = participation.event
    event_url = public_link("events.show", slug=event.slug) if event else ""
    calendar = _calendar(participation, event_url) if event else None
    outbox.enqueue(
        "participation_changed",
        to=email,
        to_name=name,
        context={
            **_common(participation.edition, participation.territory),
            "participation": participation,
            "event": event,
            "is_cancelled": participation.state is State.CANCELLED,
            "shown": showing(event, to_owner=True) if event else None,
            "personal_url": token_url,
            "manage_url": _management(email, participation.edition, now=now),
        },
        now=now,
        dedupe_key=f"changed:{participation.id}:{participation.updated_at.isoformat()}",
        regarding=participation.territory.geo_code,
        attachments=[calendar] if calendar else [],
    )


def send_link(
    edition: Edition, territory: Territory, token: str, *, to: str, now: datetime, to_name: str = ""
) -> None:
    """A personal link, asked for by the municipality or sent by the team."""
    outbox.enqueue(
        "participation_link",
        to=to,
        to_name=to_name,
        context={
            **_common(edition, territory),
            "personal_url": public_link("participations.personal", token=token),
            "manage_url": _management(to, edition, now=now),
        },
        now=now,
        dedupe_key=f"link:{edition.id}:{territory.id}:{to}:{now.isoformat(timespec='minutes')}",
        regarding=territory.geo_code,
    )


def number_of(participation: Participation, organization: Organization) -> str:
    """« GSTP-2027-0412 », or nothing before the registration."""
    if participation.number is None:
        return ""
    return participation_number(participation.edition, participation.number, organization.prefix)


def _calendar(participation: Participation, event_url: str) -> Enclosure | None:
    event = participation.event
    if event is None:
        return None
    entry = calendar_entry(event, participation.territory, event_url, to_owner=True)
    if entry is None:
        return None
    data = write_calendar([entry], name=event.title, method="PUBLISH")
    return Enclosure(
        filename="lever-du-drapeau.ics",
        content_type="text/calendar; charset=utf-8; method=PUBLISH",
        data=data,
    )


def _instant(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""
