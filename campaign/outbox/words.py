"""How the team reads what became of a message."""

from __future__ import annotations

from campaign.outbox.models import MessageState

MESSAGE_STATES = {
    MessageState.QUEUED: "En file",
    MessageState.RESERVED: "Sur le point de partir",
    MessageState.SENDING: "En cours d’envoi",
    MessageState.SENT: "Envoyé",
    MessageState.DELIVERED: "Livré",
    MessageState.BOUNCED: "Adresse refusée",
    MessageState.COMPLAINED: "Signalé comme pourriel",
    MessageState.FAILED: "Échec de l’envoi",
    MessageState.SUPPRESSED: "Retenu : l’adresse refuse nos messages",
    MessageState.UNCERTAIN: "Incertain : peut-être parti",
    MessageState.WITHDRAWN: "Retiré avant son départ",
}

_MARKS = {
    MessageState.SENT: "confirmed",
    MessageState.DELIVERED: "confirmed",
    MessageState.RESERVED: "waiting",
    MessageState.SENDING: "waiting",
    MessageState.UNCERTAIN: "waiting",
    MessageState.QUEUED: "none",
}


def message_mark(state: MessageState) -> str:
    """The small pennant beside a message's state: filled, half, hollow, crossed."""
    return _MARKS.get(state, "off")
