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
    MessageState.SUPPRESSED: "Retenu",
    MessageState.UNCERTAIN: "Incertain : peut-être parti",
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


PROVIDER_EVENTS = {
    "processed": "Pris en charge par le fournisseur",
    "delivered": "Livré",
    "deferred": "Remis à plus tard par le serveur du destinataire",
    "bounce": "Refusé par le serveur du destinataire",
    "blocked": "Refusé par le serveur du destinataire",
    "dropped": "Écarté par le fournisseur",
    "spamreport": "Signalé comme pourriel",
    "unsubscribe": "Désabonnement chez le fournisseur",
    "group_unsubscribe": "Désabonnement chez le fournisseur",
    "group_resubscribe": "Réabonnement chez le fournisseur",
}
"""What the provider tells of a message, by the name that it gives it; the others keep their name."""
