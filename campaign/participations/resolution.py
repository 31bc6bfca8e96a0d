"""The model resolution a council may adopt: its wording, and the text to copy.

The wording presumes nothing that the council alone decides: who moves, who seconds, the vote and the number
stay blank. It suits a municipal council as well as those of a borough, a county or a First Nation.
"""

import re
from dataclasses import dataclass

from campaign.web.filters import ordinal

_UNWRITABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
"""What a form may let through and a Word file cannot hold."""

_BLANK = "_" * 20


@dataclass(frozen=True, kw_only=True)
class ResolutionContent:
    """The words that change from one council to the next, already agreed and elided."""

    full_name: str
    """« Municipalité d’Hébertville », « Arrondissement de Verdun », « MRC de Kamouraska »."""
    full_name_de: str
    """« de la Municipalité d’Hébertville », « du Canton de Hatley », « des Cantons unis de … »."""
    name_de: str
    """« d’Hébertville », « de La Malbaie », « des Méchins »."""
    edition_number: int
    week_text: str
    """« du 15 au 21 novembre 2027 »."""
    organization: str
    council: str = "conseil municipal"
    """« conseil d’arrondissement », « conseil de la MRC », « conseil de bande », « Conseil de la Nation »…"""
    parent: str = ""
    """« MRC de Lac-Saint-Jean-Est »; the city of a borough; empty for those who answer to nobody."""
    province: str = "Province de Québec"
    """Empty where the heading of a First Nation or of Inuit does not bear it."""
    flag_date_text: str = ""
    """« le lundi 15 novembre 2027, à 10 h »; empty when no flag will be raised."""
    flag_place: str = ""
    """« à l’hôtel de ville »."""
    flag_until_text: str = ""
    """« jusqu’au dimanche 21 novembre 2027 »."""
    campaign_name: str = "Grande semaine des tout-petits"

    @property
    def title(self) -> str:
        return f"{self.campaign_name} – {ordinal(self.edition_number)} édition"

    @property
    def council_in_full(self) -> str:
        """« le conseil municipal de la Ville de Varennes », « le conseil d’arrondissement de Verdun ».

        A council whose own name says what the place is does not say it twice.
        """
        kind = self.full_name.split(" ", 1)[0].casefold()
        said_already = kind in self.council.casefold().replace("’", " ").split()
        return f"le {self.council} {self.name_de if said_already else self.full_name_de}"


@dataclass(frozen=True)
class Clause:
    """A paragraph that begins with its operative word: « ATTENDU QUE », « QUE »."""

    opening: str
    text: str

    def __str__(self) -> str:
        return f"{self.opening}{self.text}"


@dataclass(frozen=True, kw_only=True)
class Draft:
    """The resolution part by part, for whatever shows it."""

    heading: list[str]
    record: list[str]
    title: str
    whereas: list[Clause]
    """The last one moves the resolution."""
    decisions: list[Clause]
    closing: list[str]


def draft(content: ResolutionContent) -> Draft:
    """The wording for that council."""
    return Draft(
        heading=_heading_lines(content),
        record=_record_lines(),
        title=content.title,
        whereas=[*_whereas_clauses(content), _mover_clause()],
        decisions=_resolved_clauses(content),
        closing=_closing_lines(),
    )


def resolution_text(content: ResolutionContent) -> str:
    """The whole resolution as plain text, a blank line between paragraphs, to paste into the minutes."""
    resolution = draft(content)
    paragraphs = [
        "\n".join(resolution.heading),
        "\n".join(resolution.record),
        resolution.title,
        *map(str, resolution.whereas),
        *map(str, resolution.decisions),
        "\n".join(resolution.closing),
    ]
    return "\n\n".join(paragraphs) + "\n"


def _heading_lines(content: ResolutionContent) -> list[str]:
    return [line for line in (content.province, content.parent, content.full_name) if line]


def _record_lines() -> list[str]:
    return [
        f"Résolution numéro\u00a0: {_BLANK}",
        f"Séance (ordinaire ou extraordinaire) tenue le\u00a0: {_BLANK}",
    ]


def _whereas_clauses(content: ResolutionContent) -> list[Clause]:
    return [
        Clause(
            "ATTENDU QUE",
            f" la campagne «\u00a0{content.campaign_name}\u00a0», dont la"
            f" {ordinal(content.edition_number)} édition se tiendra {content.week_text}, invite"
            " toutes les communautés du Québec à porter ensemble leur attention"
            " sur les enfants de 0 à 5\u00a0ans et sur leur famille;",
        ),
        Clause(
            "ATTENDU QUE",
            " les premières années de la vie comptent pour toujours dans la santé, les apprentissages et le"
            " bien-être d’une personne;",
        ),
        Clause(
            "ATTENDU QUE",
            " les décisions prises près des gens – un parc, une bibliothèque, un trottoir, un logement, une"
            " fête de quartier – façonnent chaque jour le milieu où grandissent les tout-petits;",
        ),
        Clause(
            "ATTENDU QUE",
            " la Journée mondiale de l’enfance, le 20\u00a0novembre, rappelle que les droits des enfants"
            " engagent toute la collectivité;",
        ),
        Clause(
            "ATTENDU QU’",
            "il y a lieu de reconnaître les personnes et les organismes qui prennent soin des tout-petits"
            f" {content.name_de};",
        ),
    ]


def _mover_clause() -> Clause:
    return Clause(
        "EN CONSÉQUENCE, IL EST PROPOSÉ",
        f" par {_BLANK}, APPUYÉ par {_BLANK} ET RÉSOLU"
        f" (à l’unanimité ou à la majorité\u00a0: {_BLANK})\u00a0:",
    )


def _resolved_clauses(content: ResolutionContent) -> list[Clause]:
    decisions = [
        " le préambule fasse partie intégrante de la présente résolution",
        f" {content.council_in_full} proclame la semaine {content.week_text}"
        f" «\u00a0{content.campaign_name}\u00a0»",
        *_flag_decisions(content),
        f" la population {content.name_de} soit invitée à prendre part aux activités offertes aux"
        " tout-petits et à leur famille pendant cette semaine",
        " copie de la présente résolution soit transmise à l’équipe responsable de la campagne"
        f" ({content.organization})",
    ]
    ends = [";"] * (len(decisions) - 1) + ["."]
    return [Clause("QUE", decision + end) for decision, end in zip(decisions, ends, strict=True)]


def _flag_decisions(content: ResolutionContent) -> list[str]:
    if not content.flag_date_text:
        return []
    where = _UNWRITABLE.sub("", content.flag_place)
    place = f", {where}" if where else ""
    until = f", et qu’il y demeure {content.flag_until_text}" if content.flag_until_text else ""
    return [f" le drapeau de la campagne soit hissé {content.flag_date_text}{place}{until}"]


def _closing_lines() -> list[str]:
    return [
        f"Adoptée le\u00a0: {_BLANK}",
        f"Copie certifiée conforme le\u00a0: {_BLANK}",
        f"Signature\u00a0: {_BLANK}",
        f"Nom et fonction\u00a0: {_BLANK}",
    ]
