"""What the demonstration imagines: the activities of one week, as plain values.

Pure and repeatable, like `simulation`, from a source of chance of its own. No organization here exists: their
names come from ships and flags, addresses end in example.org.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import count, cycle
from random import Random

from campaign import clock
from campaign.campaigns.week import Week
from campaign.events.content import ActivityContent, Sitting
from campaign.events.models import EventKind, Opening
from campaign.events.vocabulary import (
    Accessibility,
    ActivityType,
    Audience,
    Cost,
    Format,
    OrganizerKind,
    SpokenLanguage,
    Theme,
)
from campaign.identifiers import slugify
from campaign.simulation import FAMILY_NAMES, MEN, WEEKS_OF_ANSWERS, WOMEN, Town

SEED = 20271120
LOCAL_ACTIVITIES = 410
"""The real campaign announces more than four hundred."""

AT_LEAST_IN_EACH_REGION = 6
ALWAYS_THERE = ("01023", "01042", "98005", "98012", "66023", "23027", "65005", "10043")
"""Each time zone, and large towns."""


class Turn(StrEnum):
    """What becomes of an activity after it was published."""

    AS_PLANNED = "comme_prevu"
    CANCELLED = "annulee"
    POSTPONED = "reportee"
    TO_BE_CONFIRMED = "reportee_sans_date"
    ONE_DATE_CANCELLED = "une_date_annulee"
    ONE_DATE_POSTPONED = "une_date_reportee"


UNUSUAL_TURNS = (
    *[Turn.CANCELLED] * 7,
    *[Turn.POSTPONED] * 5,
    *[Turn.TO_BE_CONFIRMED] * 2,
    *[Turn.ONE_DATE_CANCELLED] * 3,
    *[Turn.ONE_DATE_POSTPONED] * 3,
)
REASONS = {
    Turn.CANCELLED: ("La personne qui devait l’animer est malade.", "La salle est fermée pour des travaux."),
    Turn.POSTPONED: ("La salle est prise ce jour-là.", "Une tempête est annoncée."),
    Turn.TO_BE_CONFIRMED: ("Le local a subi un dégât d’eau.",),
    Turn.ONE_DATE_CANCELLED: ("L’équipe est en formation ce jour-là.",),
    Turn.ONE_DATE_POSTPONED: ("La bibliothèque ferme plus tôt ce jour-là.",),
}


@dataclass(frozen=True, kw_only=True)
class Imagined:
    """One activity: what is said of it, since when it is in the calendar, and what became of it."""

    key: str
    """Its own, which stays the same each time the demonstration is made anew."""
    content: ActivityContent
    published_at: datetime
    turn: Turn = Turn.AS_PLANNED
    turned_at: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class _Idea:
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
    _Idea(
        title="Heure du conte en pyjama",
        description="Des histoires douces avant la nuit. Doudous et pantoufles sont les bienvenues.",
        type=ActivityType.STORY_TIME,
        themes=(Theme.READING, Theme.SPEECH),
        audiences=(*_LITTLE_ONES, Audience.PARENTS),
        organizers=_LIBRARY,
        hours=(time(18), time(18, 30)),
    ),
    _Idea(
        title="Contes, comptines et jeux de doigts",
        description="Une heure de comptines pour les bébés et pour la personne qui les porte.",
        type=ActivityType.STORY_TIME,
        themes=(Theme.READING, Theme.SPEECH, Theme.ARTS),
        audiences=(Audience.BABIES, Audience.PARENTS),
        organizers=_LIBRARY,
    ),
    _Idea(
        title="Le petit théâtre d’ombres",
        description="Une histoire racontée avec une lampe, un drap et des mains. Puis les enfants essaient.",
        type=ActivityType.STORY_TIME,
        themes=(Theme.READING, Theme.ARTS),
        audiences=_WITH_PARENTS,
        organizers=(OrganizerKind.LIBRARY, OrganizerKind.SCHOOL),
    ),
    _Idea(
        title="Contes d’ici et d’ailleurs",
        description="Des histoires en plusieurs langues, racontées par des parents du quartier.",
        type=ActivityType.STORY_TIME,
        themes=(Theme.READING, Theme.INCLUSION),
        audiences=(Audience.FAMILIES,),
        organizers=(OrganizerKind.LIBRARY, OrganizerKind.CITIZENS),
    ),
    _Idea(
        title="Marche des tout-petits",
        description="Un kilomètre au rythme des plus petites jambes, avec une collation à l’arrivée.",
        type=ActivityType.WALK,
        themes=(Theme.OUTDOORS, Theme.RIGHTS),
        audiences=(Audience.FAMILIES, Audience.ELECTED),
        organizers=(OrganizerKind.CHILDCARE, OrganizerKind.MUNICIPALITY),
        hours=(time(9, 30), time(10)),
        is_outdoors=True,
    ),
    _Idea(
        title="Marche aux lanternes",
        description="À la tombée du jour, chaque enfant porte la lanterne qu’il a fabriquée.",
        type=ActivityType.WALK,
        themes=(Theme.OUTDOORS, Theme.ARTS),
        audiences=(Audience.FAMILIES,),
        organizers=(OrganizerKind.CITIZENS, OrganizerKind.MUNICIPALITY),
        hours=(time(16, 30), time(17)),
        is_outdoors=True,
    ),
    _Idea(
        title="Promenade des poussettes",
        description="On marche, on jase et on s’arrête quand un bébé le demande.",
        type=ActivityType.WALK,
        themes=(Theme.OUTDOORS, Theme.PARENTING, Theme.HEALTH),
        audiences=(Audience.BABIES, Audience.PARENTS),
        organizers=(OrganizerKind.FAMILY_CENTRE, OrganizerKind.HEALTH),
        is_outdoors=True,
    ),
    _Idea(
        title="À la recherche des traces d’animaux",
        description="Une sortie en forêt pour regarder, écouter et sentir. Habillez-vous chaudement.",
        type=ActivityType.WALK,
        themes=(Theme.NATURE, Theme.OUTDOORS),
        audiences=(Audience.TODDLERS, Audience.FAMILIES),
        organizers=(OrganizerKind.CITIZENS, OrganizerKind.OTHER),
        is_outdoors=True,
    ),
    _Idea(
        title="Portes ouvertes du service de garde",
        description="Visitez les locaux, rencontrez le personnel éducateur et jouez avec nous.",
        type=ActivityType.OPEN_HOUSE,
        themes=(Theme.PLAY,),
        audiences=(Audience.PARENTS, *_LITTLE_ONES),
        organizers=(OrganizerKind.CHILDCARE,),
        hours=(time(15), time(17)),
        minutes=120,
    ),
    _Idea(
        title="Portes ouvertes de la maison de la famille",
        description="Un café pour vous, des jeux pour eux et une équipe pour répondre à vos questions.",
        type=ActivityType.OPEN_HOUSE,
        themes=(Theme.PARENTING, Theme.INCLUSION),
        audiences=(Audience.FAMILIES,),
        organizers=(OrganizerKind.FAMILY_CENTRE,),
        minutes=180,
    ),
    _Idea(
        title="Une première visite à l’école",
        description="Les enfants qui entreront en maternelle découvrent la classe, la cour et l’autobus.",
        type=ActivityType.OPEN_HOUSE,
        themes=(Theme.SCHOOL,),
        audiences=_WITH_PARENTS,
        organizers=(OrganizerKind.SCHOOL,),
        hours=(time(9), time(13)),
        minutes=90,
    ),
    _Idea(
        title="Caserne ouverte aux petits curieux",
        description="On monte dans le camion, on essaie le casque et on pose toutes les questions.",
        type=ActivityType.OPEN_HOUSE,
        themes=(Theme.PLAY,),
        audiences=(Audience.TODDLERS, Audience.FAMILIES),
        organizers=(OrganizerKind.MUNICIPALITY,),
        hours=(time(10), time(13)),
        minutes=120,
    ),
    _Idea(
        title="Atelier de motricité libre",
        description="Des modules de mousse, des tunnels et toute la place pour ramper, grimper et sauter.",
        type=ActivityType.WORKSHOP,
        themes=(Theme.PLAY, Theme.HEALTH),
        audiences=(Audience.BABIES, Audience.PARENTS),
        organizers=_AROUND_FAMILIES,
    ),
    _Idea(
        title="Éveil musical en famille",
        description="Tambours, grelots et chansons. Aucun talent n’est nécessaire.",
        type=ActivityType.WORKSHOP,
        themes=(Theme.ARTS, Theme.SPEECH),
        audiences=(*_LITTLE_ONES, Audience.PARENTS),
        organizers=_AROUND_FAMILIES,
    ),
    _Idea(
        title="Petits chefs, grandes cuillères",
        description="Parents et enfants cuisinent une soupe et des muffins à rapporter à la maison.",
        type=ActivityType.WORKSHOP,
        themes=(Theme.FOOD, Theme.HEALTH),
        audiences=_WITH_PARENTS,
        organizers=_AROUND_FAMILIES,
        minutes=90,
    ),
    _Idea(
        title="Massage pour bébés",
        description="Des gestes simples pour apaiser bébé. Apportez une serviette et une couverture.",
        type=ActivityType.WORKSHOP,
        themes=(Theme.HEALTH, Theme.PARENTING),
        audiences=(Audience.BABIES, Audience.PARENTS),
        organizers=(OrganizerKind.HEALTH, OrganizerKind.FAMILY_CENTRE),
    ),
    _Idea(
        title="Yoga des petits animaux",
        description="La tortue, le chat et la montagne, une posture à la fois.",
        type=ActivityType.WORKSHOP,
        themes=(Theme.HEALTH, Theme.PLAY),
        audiences=(Audience.TODDLERS, Audience.FAMILIES),
        organizers=(OrganizerKind.COMMUNITY_CENTRE,),
        minutes=45,
    ),
    _Idea(
        title="Lire avec bébé dès la naissance",
        description="Pourquoi, comment et quels livres choisir. Chaque famille repart avec un album.",
        type=ActivityType.TALK,
        themes=(Theme.READING, Theme.SPEECH, Theme.PARENTING),
        audiences=(Audience.PARENTS, Audience.EDUCATORS),
        organizers=(OrganizerKind.LIBRARY, OrganizerKind.HEALTH),
        hours=(time(13), time(19)),
        minutes=90,
    ),
    _Idea(
        title="Apprivoiser les colères",
        description="Une causerie sur les émotions des tout-petits et sur celles de leurs parents.",
        type=ActivityType.TALK,
        themes=(Theme.PARENTING, Theme.HEALTH),
        audiences=(Audience.PARENTS,),
        organizers=(OrganizerKind.FAMILY_CENTRE, OrganizerKind.HEALTH),
        hours=(time(19),),
        minutes=90,
    ),
    _Idea(
        title="Le jeu dehors, par tous les temps",
        description="Idées et matériel pour le personnel éducateur qui veut sortir chaque jour.",
        type=ActivityType.TALK,
        themes=(Theme.OUTDOORS, Theme.PLAY, Theme.NATURE),
        audiences=(Audience.EDUCATORS,),
        organizers=(OrganizerKind.REGIONAL_BODY, OrganizerKind.CHILDCARE),
        hours=(time(12), time(18, 30)),
        minutes=75,
    ),
    _Idea(
        title="Des villes à hauteur d’enfant",
        description="Élues, élus et parents parlent de trottoirs, de parcs et de bancs.",
        type=ActivityType.TALK,
        themes=(Theme.RIGHTS, Theme.INCLUSION),
        audiences=(Audience.ELECTED, Audience.PARENTS),
        organizers=(OrganizerKind.MUNICIPALITY, OrganizerKind.REGIONAL_BODY),
        hours=(time(17), time(19)),
        minutes=90,
    ),
    _Idea(
        title="Les tout-petits exposent",
        description="Peintures, empreintes et grandes idées des enfants de nos services de garde.",
        type=ActivityType.EXHIBITION,
        themes=(Theme.ARTS, Theme.RIGHTS),
        audiences=(Audience.FAMILIES, Audience.ELECTED),
        organizers=(OrganizerKind.MUNICIPALITY, OrganizerKind.CHILDCARE, OrganizerKind.LIBRARY),
    ),
    _Idea(
        title="Portraits de familles d’ici",
        description="Des photographies et des mots d’enfants, dans le hall et dans les vitrines voisines.",
        type=ActivityType.EXHIBITION,
        themes=(Theme.ARTS, Theme.INCLUSION),
        audiences=(Audience.FAMILIES,),
        organizers=(OrganizerKind.COMMUNITY_CENTRE, OrganizerKind.CITIZENS),
    ),
    _Idea(
        title="La forêt des mains",
        description="Chaque enfant du quartier a laissé sa main sur un arbre de papier.",
        type=ActivityType.EXHIBITION,
        themes=(Theme.ARTS, Theme.NATURE),
        audiences=(Audience.FAMILIES, Audience.TODDLERS),
        organizers=(OrganizerKind.SCHOOL, OrganizerKind.LIBRARY),
    ),
    _Idea(
        title="Bricolage de fanions",
        description="On découpe, on colle et on suspend. Les fanions décoreront la rue toute la semaine.",
        type=ActivityType.CRAFT,
        themes=(Theme.ARTS, Theme.RIGHTS),
        audiences=(Audience.TODDLERS, Audience.FAMILIES),
        organizers=(*_AROUND_FAMILIES, OrganizerKind.LIBRARY),
    ),
    _Idea(
        title="Mangeoires pour les mésanges",
        description="Des pommes de pin, du saindoux et des graines. Une mangeoire par famille.",
        type=ActivityType.CRAFT,
        themes=(Theme.NATURE, Theme.ARTS),
        audiences=(Audience.TODDLERS, Audience.PARENTS),
        organizers=(OrganizerKind.CITIZENS, OrganizerKind.COMMUNITY_CENTRE),
    ),
    _Idea(
        title="Pâte à modeler maison",
        description="De la farine, du sel et des couleurs. Tabliers prêtés sur place.",
        type=ActivityType.CRAFT,
        themes=(Theme.ARTS, Theme.PLAY),
        audiences=_LITTLE_ONES,
        organizers=(OrganizerKind.CHILDCARE, OrganizerKind.FAMILY_CENTRE),
    ),
    _Idea(
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
    _Idea(
        title="Bain libre des familles",
        description="La pataugeoire est chauffée pour les petits. Le maillot est obligatoire.",
        type=ActivityType.OTHER,
        themes=(Theme.OUTDOORS, Theme.HEALTH),
        audiences=(Audience.FAMILIES,),
        organizers=(OrganizerKind.MUNICIPALITY,),
        minutes=90,
    ),
    _Idea(
        title="Patin libre en famille",
        description="Prêt de patins, de casques et d’appuis pour apprendre à glisser.",
        type=ActivityType.OTHER,
        themes=(Theme.OUTDOORS,),
        audiences=(Audience.FAMILIES,),
        organizers=(OrganizerKind.MUNICIPALITY,),
        hours=(time(10), time(15)),
        minutes=90,
    ),
    _Idea(
        title="Le grand échange de jouets et de vêtements",
        description="Apportez ce qui ne sert plus et repartez avec ce qui servira. Tout est donné.",
        type=ActivityType.OTHER,
        themes=(Theme.INCLUSION, Theme.PARENTING),
        audiences=(Audience.PARENTS, Audience.FAMILIES),
        organizers=(OrganizerKind.CITIZENS, OrganizerKind.FAMILY_CENTRE),
        minutes=180,
    ),
    _Idea(
        title="Déjeuner des tout-petits",
        description="Crêpes, fruits et jeux de table. On mange ensemble, petits et grands.",
        type=ActivityType.OTHER,
        themes=(Theme.FOOD, Theme.INCLUSION),
        audiences=(Audience.FAMILIES,),
        organizers=(OrganizerKind.COMMUNITY_CENTRE, OrganizerKind.SCHOOL),
        hours=(time(8), time(9)),
        minutes=120,
    ),
    _Idea(
        title="Dépistage visuel et dentaire",
        description="Une hygiéniste et une optométriste regardent les dents et les yeux, en jouant.",
        type=ActivityType.OTHER,
        themes=(Theme.HEALTH,),
        audiences=(*_LITTLE_ONES, Audience.PARENTS),
        organizers=(OrganizerKind.HEALTH,),
        minutes=240,
    ),
)

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

REGISTRATION = ("Par téléphone au 418 555-0123.", "Par courriel, au plus tard la veille.")
PRICES = ("5 $ par enfant", "10 $ par famille", "3 $ par personne")


def imagine_activities(towns: Sequence[Town], week: Week, now: datetime) -> list[Imagined]:
    """Every activity, in the order in which they entered the calendar. `towns` are local municipalities."""
    teller = _Teller(Random(SEED), week, now)  # noqa: S311 - stories, not secrets
    told = [*teller.local(towns), *teller.regional(), *teller.committees()]
    return sorted(teller.with_turns(told), key=lambda one: (one.published_at, one.key))


class _Teller:
    """Draws one activity after the other, from one source of chance."""

    def __init__(self, chance: Random, week: Week, now: datetime) -> None:
        self.chance = chance
        self.week = week
        self.now = now
        self._rank = count(1)

    # --- what there is ---

    def local(self, towns: Sequence[Town]) -> Iterator[Imagined]:
        """Every idea in turn, in towns of every region."""
        ideas = cycle(IDEAS)
        for town in self._towns(towns):
            content = self._activity(next(ideas), town)
            yield self._imagined(content)

    def regional(self) -> Iterator[Imagined]:
        """A gathering and a training in some regions; the launch for all of Québec."""
        body = ORGANIZERS[OrganizerKind.REGIONAL_BODY][0]
        monday = self.week.start_on
        for rank, region in enumerate(("01", "03", "05", "06", "11", "14", "16")):
            day = monday + timedelta(days=1 + rank % 4)
            yield self._imagined(
                ActivityContent(
                    kind=EventKind.GATHERING,
                    title="Grande journée régionale des tout-petits",
                    description="Conférences, ateliers et dîner avec les partenaires de la région.",
                    organizer_name=body,
                    organizer_kind=OrganizerKind.REGIONAL_BODY,
                    sittings=(Sitting(day=day, starts=time(9), ends=time(16)),),
                    format=(Format.IN_PERSON, Format.HYBRID)[rank % 2],
                    place="Centre des congrès",
                    online_url="https://example.org/journee-regionale" if rank % 2 else "",
                    is_online_url_public=False,
                    region_code=region,
                    audiences=(Audience.EDUCATORS, Audience.ELECTED),
                    themes=(Theme.RIGHTS, Theme.INCLUSION),
                    registration="Les inscriptions ouvriront sous peu.",
                    max_participants=120,
                    contact_email="journee@example.org",
                )
            )
        for rank, region in enumerate(("04", "08", "09", "12", "17")):
            first = monday - timedelta(days=20 - rank)
            yield self._imagined(
                ActivityContent(
                    kind=EventKind.TRAINING,
                    title="Soutenir l’éveil au langage, une formation en deux temps",
                    description="Les deux rencontres vont ensemble. Une attestation est remise à la fin.",
                    organizer_name=body,
                    organizer_kind=OrganizerKind.REGIONAL_BODY,
                    sittings=tuple(
                        Sitting(day=first + timedelta(days=after), starts=time(13), ends=time(16))
                        for after in (0, 49)
                    ),
                    format=Format.ONLINE if rank % 2 else Format.IN_PERSON,
                    place="" if rank % 2 else "Salle de conférence",
                    online_url="https://example.org/formation" if rank % 2 else "",
                    is_online_url_public=False,
                    region_code=region,
                    audiences=(Audience.EDUCATORS,),
                    themes=(Theme.SPEECH,),
                    registration="Les inscriptions ouvriront sous peu.",
                    max_participants=40,
                    contact_email="formation@example.org",
                )
            )
        yield self._imagined(
            ActivityContent(
                kind=EventKind.LAUNCH,
                title="Lancement de la semaine",
                description="Dévoilement du thème et premiers chiffres. La rencontre est aussi diffusée.",
                organizer_name="Collectif petite enfance (démonstration)",
                organizer_kind=OrganizerKind.REGIONAL_BODY,
                sittings=(Sitting(day=monday - timedelta(days=6), starts=time(10), ends=time(11)),),
                format=Format.HYBRID,
                place="Hôtel de ville",
                online_url="https://example.org/lancement",
                geo_code="23027",
                audiences=(Audience.ELECTED, Audience.EDUCATORS),
                contact_email="bonjour@example.org",
            )
        )

    def committees(self) -> Iterator[Imagined]:
        """Two meetings of an organizing committee, which no public page may show."""
        for region, before, starts in (("03", 54, time(13, 30)), ("16", 33, time(9, 30))):
            day = self.week.start_on - timedelta(days=before)
            yield self._imagined(
                ActivityContent(
                    kind=EventKind.MEETING,
                    title="Rencontre du comité organisateur régional",
                    description="Suivi du programme et partage des tâches.",
                    organizer_name=ORGANIZERS[OrganizerKind.REGIONAL_BODY][0],
                    organizer_kind=OrganizerKind.REGIONAL_BODY,
                    sittings=(Sitting(day=day, starts=starts, ends=time(starts.hour + 2)),),
                    format=Format.ONLINE,
                    online_url="https://example.org/comite",
                    is_online_url_public=False,
                    region_code=region,
                    is_private=True,
                    opening=Opening.INVITATION,
                )
            )

    def with_turns(self, told: Sequence[Imagined]) -> Iterator[Imagined]:
        """What happened afterwards to a few of the local ones."""
        local = [one for one in told if one.content.kind is EventKind.ACTIVITY]
        several = [one for one in local if len(one.content.sittings) > 1]
        single = [one for one in local if len(one.content.sittings) == 1 and one.content.sittings[0].starts]
        of_one_date = [turn for turn in UNUSUAL_TURNS if turn.value.startswith("une_date")]
        of_all = [turn for turn in UNUSUAL_TURNS if turn not in of_one_date]
        turns = dict(
            [
                *zip(
                    (one.key for one in self.chance.sample(several, len(of_one_date))),
                    of_one_date,
                    strict=True,
                ),
                *zip((one.key for one in self.chance.sample(single, len(of_all))), of_all, strict=True),
            ]
        )
        for one in told:
            turn = turns.get(one.key)
            yield self._turned(one, turn) if turn else one

    def _turned(self, one: Imagined, turn: Turn) -> Imagined:
        at = one.published_at + timedelta(
            days=self.chance.randint(1, 12), minutes=self.chance.randint(0, 300)
        )
        reason = self.chance.choice(REASONS[turn])
        return replace(one, turn=turn, turned_at=min(at, self.now), reason=reason)

    # --- one activity ---

    def _imagined(self, content: ActivityContent) -> Imagined:
        days_ago = int(self.chance.triangular(1, WEEKS_OF_ANSWERS * 7, 16))
        minutes = self.chance.randint(8 * 60, 17 * 60)
        at = clock.to_utc(
            clock.today(self.now) - timedelta(days=days_ago), time(*divmod(minutes, 60)), clock.EASTERN
        )
        return Imagined(key=f"{next(self._rank):03d}", content=content, published_at=at)

    def _towns(self, towns: Sequence[Town]) -> list[Town]:
        """A town for each activity: some in every region, then where people live."""
        by_code = {town.geo_code: town for town in towns}
        chosen = [by_code[code] for code in ALWAYS_THERE]
        for region in sorted({town.region_code for town in towns if town.region_code}):
            there = [town for town in towns if town.region_code == region]
            chosen += self._draw(there, AT_LEAST_IN_EACH_REGION)
        chosen += self._draw(towns, LOCAL_ACTIVITIES - len(chosen))
        self.chance.shuffle(chosen)
        return chosen

    def _draw(self, towns: Sequence[Town], wanted: int) -> list[Town]:
        """Larger towns more often, though not as much as they are larger."""
        return self.chance.choices(towns, [max(town.population, 60) ** 0.6 for town in towns], k=wanted)

    def _activity(self, idea: _Idea, town: Town) -> ActivityContent:
        chance = self.chance
        kind = chance.choice(idea.organizers)
        organizer = chance.choice(ORGANIZERS[kind])
        format_ = self._format(idea)
        is_online = format_ is Format.ONLINE
        place = chance.choice(OUTDOORS if idea.is_outdoors else PLACES[kind])
        cost = chance.choices((Cost.FREE, Cost.DONATION, Cost.PRICE), (82, 10, 8))[0]
        first, last = chance.choice(WOMEN + MEN), chance.choice(FAMILY_NAMES)
        limit = chance.choice((10, 12, 15, 20, 30)) if chance.random() < 0.3 else None
        return ActivityContent(
            title=idea.title,
            description=idea.description,
            activity_type=idea.type,
            organizer_name=organizer,
            organizer_kind=kind,
            sittings=self._sittings(idea),
            format=format_,
            place="" if is_online else place,
            online_url=""
            if format_ is Format.IN_PERSON
            else f"https://example.org/direct/{slugify(organizer)}",
            is_online_url_public=chance.random() < 0.6,
            geo_code=town.geo_code,
            opening=chance.choices((Opening.PUBLIC, Opening.RESERVED, Opening.INVITATION), (92, 6, 2))[0],
            audiences=idea.audiences,
            themes=idea.themes,
            accessibility=() if is_online else self._accessibility(),
            languages=chance.choices(
                (
                    (SpokenLanguage.FRENCH,),
                    (SpokenLanguage.FRENCH, SpokenLanguage.ENGLISH),
                    (SpokenLanguage.FRENCH, SpokenLanguage.OTHER),
                ),
                (88, 8, 4),
            )[0],
            cost=cost,
            price=chance.choice(PRICES).replace(" $", "\u00a0$") if cost is Cost.PRICE else "",
            registration=chance.choice(REGISTRATION) if limit or chance.random() < 0.2 else "",
            max_participants=limit,
            rain_plan="À l’intérieur du centre communautaire."
            if idea.is_outdoors and chance.random() < 0.6
            else "",
            hashtags="#GSTP" if chance.random() < 0.2 else "",
            contact_name=f"{first} {last}",
            contact_email=f"{slugify(organizer)}@example.org",
            contact_phone=f"41855501{chance.randint(0, 99):02d}",
            is_contact_public=chance.random() < 0.5,
        )

    def _format(self, idea: _Idea) -> Format:
        if idea.is_outdoors or idea.type is ActivityType.EXHIBITION:
            return Format.IN_PERSON
        return self.chance.choices((Format.IN_PERSON, Format.ONLINE, Format.HYBRID), (86, 9, 5))[0]

    def _accessibility(self) -> tuple[Accessibility, ...]:
        likely = {
            Accessibility.STROLLER: 0.7,
            Accessibility.WHEELCHAIR: 0.5,
            Accessibility.SIGN_LANGUAGE: 0.04,
            Accessibility.PLAIN_LANGUAGE: 0.12,
            Accessibility.TOILETS: 0.65,
            Accessibility.CHANGING_TABLE: 0.4,
        }
        return tuple(each for each, likelihood in likely.items() if self.chance.random() < likelihood)

    def _sittings(self, idea: _Idea) -> tuple[Sitting, ...]:
        chance = self.chance
        if idea.type is ActivityType.EXHIBITION:
            return (Sitting(day=self.week.start_on, last_day=self.week.end_on),)
        first = self.week.start_on + timedelta(days=chance.choice((0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 5, 6)))
        if chance.random() < 0.02:
            return (Sitting(day=first),)
        dates = chance.choices((1, 2, 3, 4), (80, 10, 6, 4))[0]
        starts = chance.choice(idea.hours)
        return tuple(self._sitting(day, starts, idea.minutes) for day in self._days(first, dates))

    def _days(self, first: date, wanted: int) -> list[date]:
        """That day and others of the week, in their order."""
        others = [self.week.start_on + timedelta(days=after) for after in range(7)]
        others.remove(first)
        return sorted([first, *self.chance.sample(others, wanted - 1)])

    @staticmethod
    def _sitting(day: date, starts: time, minutes: int) -> Sitting:
        ends = (datetime.combine(day, starts) + timedelta(minutes=minutes)).time()
        return Sitting(day=day, starts=starts, ends=ends)
