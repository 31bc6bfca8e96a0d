"""Who offers activities in the demonstration, and where: no organization here exists."""

from __future__ import annotations

from campaign.events.vocabulary import OrganizerKind

ORGANIZERS = {
    OrganizerKind.CHILDCARE: ("CPE Les Petits Matelots", "CPE La Vigie", "Garderie Le Gouvernail"),
    OrganizerKind.FAMILY_CENTRE: ("Maison de la famille L’Ancre", "Carrefour familial Les Amarres"),
    OrganizerKind.LIBRARY: ("Bibliothèque Le Grand Pavois", "Bibliothèque La Page-Voile"),
    OrganizerKind.SCHOOL: ("École du Grand-Mât", "École des Trois-Fanions"),
    OrganizerKind.COMMUNITY_CENTRE: ("Centre communautaire La Boussole", "Centre communautaire Le Hauban"),
    OrganizerKind.MUNICIPALITY: ("Service des loisirs Beaupavois", "Service des loisirs Clairétendard"),
    OrganizerKind.CITIZENS: ("Groupe de parents Bon Vent", "Comité citoyen Le Quai"),
    OrganizerKind.REGIONAL_BODY: ("Regroupement petite enfance Cap au large",),
    OrganizerKind.HEALTH: ("Clinique familiale Le Phare", "Équipe de périnatalité La Bouée"),
    OrganizerKind.OTHER: ("Coopérative jeunesse Le Cordage",),
}
TRUSTED = (
    ("Bibliothèque Le Grand Pavois", OrganizerKind.LIBRARY, "03"),
    ("Regroupement petite enfance Cap au large", OrganizerKind.REGIONAL_BODY, "16"),
)
PLACES = {
    OrganizerKind.CHILDCARE: ("Au service de garde", "Cour du service de garde"),
    OrganizerKind.FAMILY_CENTRE: ("Maison de la famille", "Salle des familles"),
    OrganizerKind.LIBRARY: ("Bibliothèque municipale", "Bibliothèque, section des petits"),
    OrganizerKind.SCHOOL: ("École primaire", "Gymnase de l’école"),
    OrganizerKind.COMMUNITY_CENTRE: ("Centre communautaire", "Grande salle du centre communautaire"),
    OrganizerKind.MUNICIPALITY: ("Hôtel de ville", "Aréna municipal", "Centre récréatif"),
    OrganizerKind.CITIZENS: ("Salle paroissiale", "Local des citoyens"),
    OrganizerKind.REGIONAL_BODY: ("Salle de conférence", "Centre des congrès"),
    OrganizerKind.HEALTH: ("Clinique familiale", "Point de service du quartier"),
    OrganizerKind.OTHER: ("Local de la coopérative",),
}
OUTDOORS = ("Parc municipal", "Place du marché", "Sentier du ruisseau", "Départ devant l’église")
