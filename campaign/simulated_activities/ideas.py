"""What can be done for small children in any town: the ideas that the demonstration draws from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time

from campaign.events.vocabulary import ActivityType, Audience, OrganizerKind, Theme


@dataclass(frozen=True, kw_only=True)
class Idea:
    """What can be done anywhere; towns, dates and organizers are drawn by chance."""

    title: str
    description: str
    type: ActivityType
    themes: tuple[Theme, ...]
    audiences: tuple[Audience, ...]
    organizers: tuple[OrganizerKind, ...]
    hours: tuple[time, ...] = (time(9, 30), time(10), time(13, 30))
    minutes: int = 60
    is_outdoors: bool = False


_MORNING_AND_EVENING = (time(10), time(18, 30))
_LITTLE_ONES = (Audience.BABIES, Audience.TODDLERS)
_WITH_PARENTS = (Audience.TODDLERS, Audience.PARENTS)
_LIBRARY = (OrganizerKind.LIBRARY,)
_AROUND_FAMILIES = (OrganizerKind.FAMILY_CENTRE, OrganizerKind.COMMUNITY_CENTRE)

IDEAS = (
    Idea(
        title="Heure du conte en pyjama",
        description="Des histoires douces avant la nuit. Doudous et pantoufles sont les bienvenues.",
        type=ActivityType.STORY_TIME,
        themes=(Theme.READING, Theme.SPEECH),
        audiences=(*_LITTLE_ONES, Audience.PARENTS),
        organizers=_LIBRARY,
        hours=(time(18), time(18, 30)),
    ),
    Idea(
        title="Contes, comptines et jeux de doigts",
        description="Une heure de comptines pour les bébés et pour la personne qui les porte.",
        type=ActivityType.STORY_TIME,
        themes=(Theme.READING, Theme.SPEECH, Theme.ARTS),
        audiences=(Audience.BABIES, Audience.PARENTS),
        organizers=_LIBRARY,
    ),
    Idea(
        title="Le petit théâtre d’ombres",
        description="Une histoire racontée avec une lampe, un drap et des mains. Puis les enfants essaient.",
        type=ActivityType.STORY_TIME,
        themes=(Theme.READING, Theme.ARTS),
        audiences=_WITH_PARENTS,
        organizers=(OrganizerKind.LIBRARY, OrganizerKind.SCHOOL),
    ),
    Idea(
        title="Contes d’ici et d’ailleurs",
        description="Des histoires en plusieurs langues, racontées par des parents du quartier.",
        type=ActivityType.STORY_TIME,
        themes=(Theme.READING, Theme.INCLUSION),
        audiences=(Audience.FAMILIES,),
        organizers=(OrganizerKind.LIBRARY, OrganizerKind.CITIZENS),
    ),
    Idea(
        title="Marche des tout-petits",
        description="Un kilomètre au rythme des plus petites jambes, avec une collation à l’arrivée.",
        type=ActivityType.WALK,
        themes=(Theme.OUTDOORS, Theme.RIGHTS),
        audiences=(Audience.FAMILIES, Audience.ELECTED),
        organizers=(OrganizerKind.CHILDCARE, OrganizerKind.MUNICIPALITY),
        hours=(time(9, 30), time(10)),
        is_outdoors=True,
    ),
    Idea(
        title="Marche aux lanternes",
        description="À la tombée du jour, chaque enfant porte la lanterne qu’il a fabriquée.",
        type=ActivityType.WALK,
        themes=(Theme.OUTDOORS, Theme.ARTS),
        audiences=(Audience.FAMILIES,),
        organizers=(OrganizerKind.CITIZENS, OrganizerKind.MUNICIPALITY),
        hours=(time(16, 30), time(17)),
        is_outdoors=True,
    ),
    Idea(
        title="Promenade des poussettes",
        description="On marche, on jase et on s’arrête quand un bébé le demande.",
        type=ActivityType.WALK,
        themes=(Theme.OUTDOORS, Theme.PARENTING, Theme.HEALTH),
        audiences=(Audience.BABIES, Audience.PARENTS),
        organizers=(OrganizerKind.FAMILY_CENTRE, OrganizerKind.HEALTH),
        is_outdoors=True,
    ),
    Idea(
        title="À la recherche des traces d’animaux",
        description="Une sortie en forêt pour regarder, écouter et sentir. Habillez-vous chaudement.",
        type=ActivityType.WALK,
        themes=(Theme.NATURE, Theme.OUTDOORS),
        audiences=(Audience.TODDLERS, Audience.FAMILIES),
        organizers=(OrganizerKind.CITIZENS, OrganizerKind.OTHER),
        is_outdoors=True,
    ),
    Idea(
        title="Portes ouvertes du service de garde",
        description="Visitez les locaux, rencontrez le personnel éducateur et jouez avec nous.",
        type=ActivityType.OPEN_HOUSE,
        themes=(Theme.PLAY,),
        audiences=(Audience.PARENTS, *_LITTLE_ONES),
        organizers=(OrganizerKind.CHILDCARE,),
        hours=(time(15), time(17)),
        minutes=120,
    ),
    Idea(
        title="Portes ouvertes de la maison de la famille",
        description="Un café pour vous, des jeux pour eux et une équipe pour répondre à vos questions.",
        type=ActivityType.OPEN_HOUSE,
        themes=(Theme.PARENTING, Theme.INCLUSION),
        audiences=(Audience.FAMILIES,),
        organizers=(OrganizerKind.FAMILY_CENTRE,),
        minutes=180,
    ),
    Idea(
        title="Une première visite à l’école",
        description="Les enfants qui entreront en maternelle découvrent la classe, la cour et l’autobus.",
        type=ActivityType.OPEN_HOUSE,
        themes=(Theme.SCHOOL,),
        audiences=_WITH_PARENTS,
        organizers=(OrganizerKind.SCHOOL,),
        hours=(time(9), time(13)),
        minutes=90,
    ),
    Idea(
        title="Caserne ouverte aux petits curieux",
        description="On monte dans le camion, on essaie le casque et on pose toutes les questions.",
        type=ActivityType.OPEN_HOUSE,
        themes=(Theme.PLAY,),
        audiences=(Audience.TODDLERS, Audience.FAMILIES),
        organizers=(OrganizerKind.MUNICIPALITY,),
        hours=(time(10), time(13)),
        minutes=120,
    ),
    Idea(
        title="Atelier de motricité libre",
        description="Des modules de mousse, des tunnels et toute la place pour ramper, grimper et sauter.",
        type=ActivityType.WORKSHOP,
        themes=(Theme.PLAY, Theme.HEALTH),
        audiences=(Audience.BABIES, Audience.PARENTS),
        organizers=_AROUND_FAMILIES,
    ),
    Idea(
        title="Éveil musical en famille",
        description="Tambours, grelots et chansons. Aucun talent n’est nécessaire.",
        type=ActivityType.WORKSHOP,
        themes=(Theme.ARTS, Theme.SPEECH),
        audiences=(*_LITTLE_ONES, Audience.PARENTS),
        organizers=_AROUND_FAMILIES,
    ),
    Idea(
        title="Petits chefs, grandes cuillères",
        description="Parents et enfants cuisinent une soupe et des muffins à rapporter à la maison.",
        type=ActivityType.WORKSHOP,
        themes=(Theme.FOOD, Theme.HEALTH),
        audiences=_WITH_PARENTS,
        organizers=_AROUND_FAMILIES,
        minutes=90,
    ),
    Idea(
        title="Massage pour bébés",
        description="Des gestes simples pour apaiser bébé. Apportez une serviette et une couverture.",
        type=ActivityType.WORKSHOP,
        themes=(Theme.HEALTH, Theme.PARENTING),
        audiences=(Audience.BABIES, Audience.PARENTS),
        organizers=(OrganizerKind.HEALTH, OrganizerKind.FAMILY_CENTRE),
    ),
    Idea(
        title="Yoga des petits animaux",
        description="La tortue, le chat et la montagne, une posture à la fois.",
        type=ActivityType.WORKSHOP,
        themes=(Theme.HEALTH, Theme.PLAY),
        audiences=(Audience.TODDLERS, Audience.FAMILIES),
        organizers=(OrganizerKind.COMMUNITY_CENTRE,),
        minutes=45,
    ),
    Idea(
        title="Lire avec bébé dès la naissance",
        description="Pourquoi, comment et quels livres choisir. Chaque famille repart avec un album.",
        type=ActivityType.TALK,
        themes=(Theme.READING, Theme.SPEECH, Theme.PARENTING),
        audiences=(Audience.PARENTS, Audience.EDUCATORS),
        organizers=(OrganizerKind.LIBRARY, OrganizerKind.HEALTH),
        hours=(time(13), time(19)),
        minutes=90,
    ),
    Idea(
        title="Apprivoiser les colères",
        description="Une causerie sur les émotions des tout-petits et sur celles de leurs parents.",
        type=ActivityType.TALK,
        themes=(Theme.PARENTING, Theme.HEALTH),
        audiences=(Audience.PARENTS,),
        organizers=(OrganizerKind.FAMILY_CENTRE, OrganizerKind.HEALTH),
        hours=(time(19),),
        minutes=90,
    ),
    Idea(
        title="Le jeu dehors, par tous les temps",
        description="Idées et matériel pour le personnel éducateur qui veut sortir chaque jour.",
        type=ActivityType.TALK,
        themes=(Theme.OUTDOORS, Theme.PLAY, Theme.NATURE),
        audiences=(Audience.EDUCATORS,),
        organizers=(OrganizerKind.REGIONAL_BODY, OrganizerKind.CHILDCARE),
        hours=(time(12), time(18, 30)),
        minutes=75,
    ),
    Idea(
        title="Des villes à hauteur d’enfant",
        description="Élues, élus et parents parlent de trottoirs, de parcs et de bancs.",
        type=ActivityType.TALK,
        themes=(Theme.RIGHTS, Theme.INCLUSION),
        audiences=(Audience.ELECTED, Audience.PARENTS),
        organizers=(OrganizerKind.MUNICIPALITY, OrganizerKind.REGIONAL_BODY),
        hours=(time(17), time(19)),
        minutes=90,
    ),
    Idea(
        title="Les tout-petits exposent",
        description="Peintures, empreintes et grandes idées des enfants de nos services de garde.",
        type=ActivityType.EXHIBITION,
        themes=(Theme.ARTS, Theme.RIGHTS),
        audiences=(Audience.FAMILIES, Audience.ELECTED),
        organizers=(OrganizerKind.MUNICIPALITY, OrganizerKind.CHILDCARE, OrganizerKind.LIBRARY),
    ),
    Idea(
        title="Portraits de familles d’ici",
        description="Des photographies et des mots d’enfants, dans le hall et dans les vitrines voisines.",
        type=ActivityType.EXHIBITION,
        themes=(Theme.ARTS, Theme.INCLUSION),
        audiences=(Audience.FAMILIES,),
        organizers=(OrganizerKind.COMMUNITY_CENTRE, OrganizerKind.CITIZENS),
    ),
    Idea(
        title="La forêt des mains",
        description="Chaque enfant du quartier a laissé sa main sur un arbre de papier.",
        type=ActivityType.EXHIBITION,
        themes=(Theme.ARTS, Theme.NATURE),
        audiences=(Audience.FAMILIES, Audience.TODDLERS),
        organizers=(OrganizerKind.SCHOOL, OrganizerKind.LIBRARY),
    ),
    Idea(
        title="Bricolage de fanions",
        description="On découpe, on colle et on suspend. Les fanions décoreront la rue toute la semaine.",
        type=ActivityType.CRAFT,
        themes=(Theme.ARTS, Theme.RIGHTS),
        audiences=(Audience.TODDLERS, Audience.FAMILIES),
        organizers=(*_AROUND_FAMILIES, OrganizerKind.LIBRARY),
    ),
    Idea(
        title="Mangeoires pour les mésanges",
        description="Des pommes de pin, du saindoux et des graines. Une mangeoire par famille.",
        type=ActivityType.CRAFT,
        themes=(Theme.NATURE, Theme.ARTS),
        audiences=(Audience.TODDLERS, Audience.PARENTS),
        organizers=(OrganizerKind.CITIZENS, OrganizerKind.COMMUNITY_CENTRE),
    ),
    Idea(
        title="Pâte à modeler maison",
        description="De la farine, du sel et des couleurs. Tabliers prêtés sur place.",
        type=ActivityType.CRAFT,
        themes=(Theme.ARTS, Theme.PLAY),
        audiences=_LITTLE_ONES,
        organizers=(OrganizerKind.CHILDCARE, OrganizerKind.FAMILY_CENTRE),
    ),
    Idea(
        title="Lever de drapeau au service de garde",
        description="Les enfants hissent le drapeau de la semaine dans leur cour et chantent.",
        type=ActivityType.FLAG_RAISING,
        themes=(Theme.RIGHTS,),
        audiences=(Audience.TODDLERS, Audience.EDUCATORS, Audience.ELECTED),
        organizers=(OrganizerKind.CHILDCARE,),
        hours=(time(9, 30), time(10)),
        minutes=30,
        is_outdoors=True,
    ),
    Idea(
        title="Bain libre des familles",
        description="La pataugeoire est chauffée pour les petits. Le maillot est obligatoire.",
        type=ActivityType.OTHER,
        themes=(Theme.OUTDOORS, Theme.HEALTH),
        audiences=(Audience.FAMILIES,),
        organizers=(OrganizerKind.MUNICIPALITY,),
        minutes=90,
    ),
    Idea(
        title="Patin libre en famille",
        description="Prêt de patins, de casques et d’appuis pour apprendre à glisser.",
        type=ActivityType.OTHER,
        themes=(Theme.OUTDOORS,),
        audiences=(Audience.FAMILIES,),
        organizers=(OrganizerKind.MUNICIPALITY,),
        hours=(time(10), time(15)),
        minutes=90,
    ),
    Idea(
        title="Le grand échange de jouets et de vêtements",
        description="Apportez ce qui ne sert plus et repartez avec ce qui servira. Tout est donné.",
        type=ActivityType.OTHER,
        themes=(Theme.INCLUSION, Theme.PARENTING),
        audiences=(Audience.PARENTS, Audience.FAMILIES),
        organizers=(OrganizerKind.CITIZENS, OrganizerKind.FAMILY_CENTRE),
        minutes=180,
    ),
    Idea(
        title="Déjeuner des tout-petits",
        description="Crêpes, fruits et jeux de table. On mange ensemble, petits et grands.",
        type=ActivityType.OTHER,
        themes=(Theme.FOOD, Theme.INCLUSION),
        audiences=(Audience.FAMILIES,),
        organizers=(OrganizerKind.COMMUNITY_CENTRE, OrganizerKind.SCHOOL),
        hours=(time(8), time(9)),
        minutes=120,
    ),
    Idea(
        title="Dépistage visuel et dentaire",
        description="Une hygiéniste et une optométriste regardent les dents et les yeux, en jouant.",
        type=ActivityType.OTHER,
        themes=(Theme.HEALTH,),
        audiences=(*_LITTLE_ONES, Audience.PARENTS),
        organizers=(OrganizerKind.HEALTH,),
        minutes=240,
    ),
)
