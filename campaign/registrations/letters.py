"""What people receive about their registration: proof, tickets, rank, offer, change, cancellation.

Each is written inside the transaction that causes it. Whoever filled in the form receives everything; the
colleagues who gave an address receive their own ticket.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from campaign.db import key_of
from campaign.events.models import Event, Session
from campaign.events.qr import CHEQUERED, qr_png
from campaign.outbox import services as outbox
from campaign.outbox.letters import Enclosure
from campaign.outbox.rendering import public_link
from campaign.registrations import hours, links, queries, tickets
from campaign.registrations.gatherings import Gathering, get_gathering
from campaign.registrations.models import Attendee, Registration


@dataclass(frozen=True, kw_only=True)
class Ticket:
    """One person's ticket, ready to write."""

    name: str
    code: str
    url: str
    content_id: str
    sittings: list[tickets.Attended]


def ask_proof(registration: Registration, *, now: datetime) -> None:
    """« Confirmez votre inscription »: seats are given once the button behind the link was pressed."""
    gathering = get_gathering(registration.event_id)
    _send("registration_proof", registration, gathering, now=now, key="proof")


def confirm(registration: Registration, *, now: datetime, is_change: bool = False) -> None:
    """Seats are given: the tickets, the calendar file of the sittings chosen, the link to change."""
    gathering = get_gathering(registration.event_id)
    people = [attendee for attendee in registration.attendees if attendee.is_active]
    key = f"confirmed:{now.isoformat()}" if is_change else "confirmed"
    _send_tickets(
        registration, gathering, people, to=registration.email, now=now, key=key, is_change=is_change
    )
    for attendee in people:
        if attendee.email and attendee.email != registration.email:
            own = f"{key}:{attendee.id}"
            _send_tickets(
                registration, gathering, [attendee], to=attendee.email, now=now, key=own, is_change=is_change
            )


def send_again(registration: Registration, *, now: datetime) -> None:
    """The same tickets once more, for who lost them."""
    gathering = get_gathering(registration.event_id)
    people = [attendee for attendee in registration.attendees if attendee.is_active]
    key = f"again:{now.isoformat()}"
    _send_tickets(registration, gathering, people, to=registration.email, now=now, key=key)


def tell_changed(registration: Registration, *, now: datetime) -> None:
    """Other choices: the tickets again, with the calendar file brought up to date."""
    confirm(registration, now=now, is_change=True)


def tell_waiting(registration: Registration, *, now: datetime) -> None:
    """The event is full: the rank, and the rule by which seats are offered."""
    gathering = get_gathering(registration.event_id)
    before = queries.count_before(registration)
    _send("registration_waiting", registration, gathering, now=now, key="waiting", before=before)


def offer(registration: Registration, *, now: datetime) -> None:
    """A seat is kept until a deadline. The letter waits for a decent hour, and the deadline with it."""
    gathering = get_gathering(registration.event_id)
    _send(
        "registration_offer",
        registration,
        gathering,
        now=now,
        key=f"offer:{now.isoformat()}",
        not_before=hours.next_decent(now, gathering.event.time_zone),
        deadline=registration.offer_expires_at,
    )


def tell_cancelled(registration: Registration, *, now: datetime, reason: str = "") -> None:
    """Nobody comes: the receipt, whoever cancelled. Those who had their own ticket are told too: it is called
    while they still are of the registration."""
    gathering = get_gathering(registration.event_id)
    _send(
        "registration_cancelled",
        registration,
        gathering,
        now=now,
        key=f"cancelled:{now.isoformat()}",
        state=registration.state,
        reason=reason,
    )
    for attendee in registration.attendees:
        if attendee.is_active:
            _tell_gone(registration, gathering, attendee, now=now, reason=reason)


def tell_person_cancelled(
    registration: Registration, gone: Attendee, *, now: datetime, reason: str = ""
) -> None:
    """One of several does not come: who, and who still does. The calendar of whoever filled in the form loses
    the sittings where nobody of theirs goes any more; that of the person, all of hers."""
    gathering = get_gathering(registration.event_id)
    event = gathering.event
    staying = [one for one in registration.attendees if one.is_active]
    kept = {sitting.id for one in staying for sitting in tickets.sittings_of(one, event)}
    is_own = gone.email == registration.email
    lost = [one for one in tickets.sittings_of(gone, event) if is_own or one.id not in kept]
    _send_gone(
        registration, gathering, gone, lost, now=now, reason=reason, is_own=is_own,
        staying=[_name(one) for one in staying],
    )  # fmt: skip
    if not is_own:
        _tell_gone(registration, gathering, gone, now=now, reason=reason)


def _tell_gone(
    registration: Registration, gathering: Gathering, gone: Attendee, *, now: datetime, reason: str
) -> None:
    """To the person herself, if her ticket was sent to an address of her own."""
    if registration.confirmed_at is not None and gone.email not in ("", registration.email):
        lost = tickets.sittings_of(gone, gathering.event)
        _send_gone(registration, gathering, gone, lost, to=gone.email, now=now, reason=reason, is_own=True)


def tell_registered_already(holder: Attendee, *, now: datetime) -> None:
    """A form was sent with an address that has a ticket: its link, to that address alone; once an hour,
    whoever sends forms."""
    registration = holder.registration
    if holder.email == registration.email:
        url = public_link("registrations.manage", token=links.registration_token(registration))
    else:
        url = public_link("registrations.ticket", token=links.ticket_token(holder))
    _send(
        "registration_already",
        registration,
        get_gathering(registration.event_id),
        to=holder.email,
        now=now,
        key=f"already:{key_of(holder)}:{now:%Y%m%d%H}",
        holder=_name(holder),
        url=url,
    )


def _send_gone(
    registration: Registration,
    gathering: Gathering,
    gone: Attendee,
    lost: list[Session],
    *,
    now: datetime,
    reason: str,
    is_own: bool,
    to: str = "",
    staying: Sequence[str] = (),
) -> None:
    """The calendar file takes away what the tickets brought, for who received them."""
    url = public_link("events.show", slug=gathering.event.slug)
    file = tickets.withdrawal_file(gathering.event, lost, url, now=now) if registration.confirmed_at else None
    kind = "text/calendar; charset=utf-8; method=CANCEL"
    _send(
        "registration_person_cancelled",
        registration,
        gathering,
        to=to,
        now=now,
        key=f"gone:{key_of(gone)}:{to}",
        attachments=[Enclosure(filename="rendez-vous-annules.ics", content_type=kind, data=file)]
        if file
        else [],
        has_file=file is not None,
        gone=_name(gone),
        is_own=is_own,
        staying=staying,
        reason=reason,
    )


def _name(attendee: Attendee) -> str:
    return f"{attendee.first_name} {attendee.last_name}"


def tell_expired(registration: Registration, *, now: datetime) -> None:
    """The offer was not taken in time; the seat goes to the next in line."""
    gathering = get_gathering(registration.event_id)
    _send(
        "registration_cancelled",
        registration,
        gathering,
        now=now,
        key=f"expired:{now.isoformat()}",
        not_before=hours.next_decent(now, gathering.event.time_zone),
        state=registration.state,
        reason="",
    )


def tell_replaced(registration: Registration, gone: Attendee, come: Attendee, *, now: datetime) -> None:
    """A colleague comes instead: the new ticket to the colleague and to whoever registered them."""
    gathering = get_gathering(registration.event_id)
    for to in dict.fromkeys(filter(None, (come.email, registration.email))):
        _send_tickets(
            registration,
            gathering,
            [come],
            to=to,
            now=now,
            key=f"replaced:{come.id}:{to}",
            replaced=f"{gone.first_name} {gone.last_name}",
        )


def _send_tickets(
    registration: Registration,
    gathering: Gathering,
    people: list[Attendee],
    *,
    to: str,
    now: datetime,
    key: str,
    is_change: bool = False,
    replaced: str = "",
) -> None:
    event = gathering.event
    shown = [_ticket(attendee, event) for attendee in people]
    codes = [
        Enclosure(
            filename=f"billet-{number}.png",
            content_type="image/png",
            data=qr_png(public_link("checkin.arrive", code=attendee.ticket_code), scale=5, mask=CHEQUERED),
            content_id=ticket.content_id,
        )
        for number, (attendee, ticket) in enumerate(zip(people, shown, strict=True), 1)
    ]
    attended = {sitting.id: sitting for one in people for sitting in tickets.sittings_of(one, event)}
    file = tickets.calendar_file(event, list(attended.values()), public_link("events.show", slug=event.slug))
    if file is not None:
        codes.append(
            Enclosure(
                filename="rendez-vous.ics",
                content_type="text/calendar; charset=utf-8; method=PUBLISH",
                data=file,
            )
        )
    _send(
        "registration_confirmed",
        registration,
        gathering,
        to=to,
        now=now,
        key=key,
        attachments=codes,
        tickets=shown,
        message=gathering.rules.message,
        is_change=is_change,
        replaced=replaced,
    )


def _ticket(attendee: Attendee, event: Event) -> Ticket:
    return Ticket(
        name=f"{attendee.first_name} {attendee.last_name}",
        code=tickets.spoken(attendee.short_code),
        url=public_link("registrations.ticket", token=links.ticket_token(attendee)),
        content_id=f"billet-{attendee.short_code}",
        sittings=[tickets.told(event, sitting) for sitting in tickets.sittings_of(attendee, event)],
    )


def _send(
    template: str,
    registration: Registration,
    gathering: Gathering,
    *,
    now: datetime,
    key: str,
    to: str = "",
    not_before: datetime | None = None,
    attachments: list[Enclosure] | None = None,
    **values: object,
) -> None:
    if not (to or registration.email):
        return  # registered by telephone, without an address: the team tells them
    event = gathering.event
    outbox.enqueue(
        template,
        to=to or registration.email,
        to_name=registration.name if to in ("", registration.email) else "",
        context={
            "event": event,
            "name": registration.name,
            "registration_url": public_link(
                "registrations.manage", token=links.registration_token(registration)
            ),
            "event_url": "" if event.is_private else public_link("events.show", slug=event.slug),
            "organization": gathering.organization,
            "edition_is_simulated": event.edition.is_simulated,
            **values,
        },
        now=now,
        not_before=not_before,
        dedupe_key=f"registration:{key_of(registration)}:{key}",
        regarding=f"inscription:{key_of(registration)}",
        attachments=attachments or [],
    )
