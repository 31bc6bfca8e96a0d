"""How the team reads what we know of a contact."""

from __future__ import annotations

from campaign.contacts.models import Change, ContactKind, Language

KIND_WORDS = {
    ContactKind.MUNICIPAL: "Municipalité",
    ContactKind.ORGANIZATION: "Organisme",
    ContactKind.PARTNER: "Partenaire",
    ContactKind.MEDIA: "Média",
    ContactKind.SUBSCRIBER: "Abonné ou abonnée",
}
LANGUAGE_WORDS = {
    Language.FRENCH: "Français",
    Language.FRENCH_AND_ENGLISH: "Français et anglais",
}
CHANGE_WORDS = {
    Change.ADDED: "Ajout du contact",
    Change.CORRECTED: "Correction du contact",
    Change.LEFT: "N’est plus la bonne personne",
    Change.BACK: "Est de nouveau la bonne personne",
    Change.BARRED: "Demande de ne pas être sollicitée",
    Change.UNBARRED: "Accepte de nouveau d’être sollicitée",
    Change.IMPORTED: "Importation",
    Change.UNSUBSCRIBED: "Désabonnement noté par l’équipe",
    Change.RESUBSCRIBED: "Réabonnement",
}
