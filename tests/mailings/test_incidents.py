"""Refusals and complaints stop a mailing by themselves."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from campaign.mailings import services
from campaign.mailings.models import Mailing, MailingState
from campaign.outbox.models import Message, MessageState
from tests import builders
from tests.mailings.departing import DEPARTURE, deliver, run
from tests.mailings.departing import edition as edition
from tests.mailings.departing import invitation as invitation


def test_too_many_dead_addresses_stop_it(session: Session, invitation: Mailing) -> None:
    run(invitation)
    model = session.scalars(sa.select(Message)).first()
    assert model is not None
    _many(session, model, 20)
    deliver(session, invitation)
    _become(session, invitation, MessageState.BOUNCED, 1)

    assert services.stop_above_limits(now=DEPARTURE) == []
    _become(session, invitation, MessageState.BOUNCED, 2)
    assert services.stop_above_limits(now=DEPARTURE) == [invitation]
    assert invitation.state is MailingState.PAUSED
    assert "2 adresses refusées sur 25" in invitation.state_reason
    services.resume(invitation, builders.edition(), author="Jeanne", now=DEPARTURE)
    assert services.stop_above_limits(now=DEPARTURE) == []


def test_a_relay_that_refuses_everything_stops_it(session: Session, invitation: Mailing) -> None:
    """550 5.7.1: no address is to blame, and the rest of the list has nothing to gain from trying."""
    run(invitation)
    model = session.scalars(sa.select(Message)).first()
    assert model is not None
    _many(session, model, 20)
    _become(session, invitation, MessageState.FAILED, 19)

    assert services.stop_above_limits(now=DEPARTURE) == []
    _become(session, invitation, MessageState.FAILED, 20)
    assert services.stop_above_limits(now=DEPARTURE) == [invitation]
    assert "20 messages refusés sur 20" in invitation.state_reason
    services.resume(invitation, builders.edition(), author="Jeanne", now=DEPARTURE)
    assert services.stop_above_limits(now=DEPARTURE) == []


def test_a_complaint_among_hundreds_stops_it(session: Session, invitation: Mailing) -> None:
    run(invitation)
    model = session.scalars(sa.select(Message)).first()
    assert model is not None
    _many(session, model, 300)
    deliver(session, invitation)
    _become(session, invitation, MessageState.COMPLAINED, 1)

    assert services.stop_above_limits(now=DEPARTURE) == [invitation]
    assert "1 plainte pour 305 messages" in invitation.state_reason


def _many(session: Session, model: Message, count: int) -> None:
    """More letters of the same batch."""
    session.add_all(
        Message(
            template="",
            to_email=f"p{number}@exemple.quebec",
            subject="",
            text="",
            html="",
            message_id=f"<{number}@exemple>",
            batch=model.batch,
            not_before=DEPARTURE,
            created_at=DEPARTURE,
        )
        for number in range(count)
    )
    session.flush()


def _become(session: Session, mailing: Mailing, state: MessageState, count: int) -> None:
    ids = session.scalars(
        sa.select(Message.id)
        .where(Message.batch == services.batch_of(mailing))
        .order_by(Message.id)
        .limit(count)
    ).all()
    session.execute(sa.update(Message).where(Message.id.in_(ids)).values(state=state))
