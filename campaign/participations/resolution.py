"""The model resolution a council may adopt: as text to copy, and as a Word document to finish.

The wording presumes nothing that the council alone decides: who moves, who seconds, the vote and the number
stay blank. It suits a municipal council as well as those of a borough, a county or a First Nation.
"""

import re
import zipfile
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any

from docx import Document
from docx.document import Document as WordDocument
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml.ns import qn
from docx.shared import Inches, Pt, RGBColor
from docx.text.paragraph import Paragraph

from campaign.web.filters import ordinal

_UNWRITABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
"""What a form may let through and a Word file cannot hold."""

_BLANK = "_" * 20
_NIGHT = RGBColor(0x12, 0x30, 0x4F)

# Word files carry the hour of their making in three places; ours all say the same, so that the bytes do too.
_ANY_INSTANT = datetime(2020, 1, 1)  # noqa: DTZ001 - the format has no zone here
_ANY_ZIP_DATE = (2020, 1, 1, 0, 0, 0)


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
class _Clause:
    """A paragraph that begins with its operative word: « ATTENDU QUE », « QUE »."""

    opening: str
    text: str

    def __str__(self) -> str:
        return f"{self.opening}{self.text}"


def resolution_text(content: ResolutionContent) -> str:
    """The whole resolution as plain text, a blank line between paragraphs, to paste into the minutes."""
    paragraphs = [
        "\n".join(_heading_lines(content)),
        "\n".join(_record_lines()),
        content.title,
        *map(str, _whereas_clauses(content)),
        str(_mover_clause()),
        *map(str, _resolved_clauses(content)),
        "\n".join(_closing_lines()),
    ]
    return "\n\n".join(paragraphs) + "\n"


def resolution_docx(content: ResolutionContent) -> bytes:
    """The same resolution as a Word document; the same content gives the same bytes."""
    document = Document()
    _set_page(document)
    _set_styles(document)
    _set_properties(document, content)
    for line in _heading_lines(content):
        document.add_paragraph(line, style="Collectivité")
    document.add_paragraph(content.title, style="Heading 1")
    for line in _record_lines():
        document.add_paragraph(line, style="Ligne à remplir")
    for clause in (*_whereas_clauses(content), _mover_clause()):
        _add_clause(document.add_paragraph(style="Considérant"), clause)
    for clause in _resolved_clauses(content):
        _add_clause(document.add_paragraph(style="Décision"), clause)
    for line in _closing_lines():
        document.add_paragraph(line, style="Ligne à remplir")
    octets = BytesIO()
    document.save(octets)
    return _with_fixed_dates(octets.getvalue())


def _heading_lines(content: ResolutionContent) -> list[str]:
    return [line for line in (content.province, content.parent, content.full_name) if line]


def _record_lines() -> list[str]:
    return [
        f"Résolution numéro\u00a0: {_BLANK}",
        f"Séance (ordinaire ou extraordinaire) tenue le\u00a0: {_BLANK}",
    ]


def _whereas_clauses(content: ResolutionContent) -> list[_Clause]:
    return [
        _Clause(
            "ATTENDU QUE",
            f" la campagne «\u00a0{content.campaign_name}\u00a0», dont la"
            f" {ordinal(content.edition_number)} édition se tiendra {content.week_text}, invite"
            " toutes les communautés du Québec à porter ensemble leur attention"
            " sur les enfants de 0 à 5\u00a0ans et sur leur famille;",
        ),
        _Clause(
            "ATTENDU QUE",
            " les premières années de la vie comptent pour toujours dans la santé, les apprentissages et le"
            " bien-être d’une personne;",
        ),
        _Clause(
            "ATTENDU QUE",
            " les décisions prises près des gens – un parc, une bibliothèque, un trottoir, un logement, une"
            " fête de quartier – façonnent chaque jour le milieu où grandissent les tout-petits;",
        ),
        _Clause(
            "ATTENDU QUE",
            " la Journée mondiale de l’enfance, le 20\u00a0novembre, rappelle que les droits des enfants"
            " engagent toute la collectivité;",
        ),
        _Clause(
            "ATTENDU QU’",
            "il y a lieu de reconnaître les personnes et les organismes qui prennent soin des tout-petits"
            f" {content.name_de};",
        ),
    ]


def _mover_clause() -> _Clause:
    return _Clause(
        "EN CONSÉQUENCE, IL EST PROPOSÉ",
        f" par {_BLANK}, APPUYÉ par {_BLANK} ET RÉSOLU"
        f" (à l’unanimité ou à la majorité\u00a0: {_BLANK})\u00a0:",
    )


def _resolved_clauses(content: ResolutionContent) -> list[_Clause]:
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
    return [_Clause("QUE", decision + end) for decision, end in zip(decisions, ends, strict=True)]


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


def _add_clause(paragraph: Paragraph, clause: _Clause) -> None:
    paragraph.add_run(clause.opening).bold = True
    paragraph.add_run(clause.text)


def _set_page(document: WordDocument) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Inches(8.5), Inches(11)
    section.left_margin = section.right_margin = Inches(1.1)
    section.top_margin = section.bottom_margin = Inches(1)


def _set_styles(document: WordDocument) -> None:
    """The document's look in named styles, so that a clerk can change it all at once."""
    _set_defaults(document)
    heading = document.styles["Heading 1"]
    _name_font(heading.element.rPr)
    heading.font.size, heading.font.color.rgb = Pt(20), _NIGHT
    heading.paragraph_format.space_before, heading.paragraph_format.space_after = Pt(20), Pt(14)
    for name, indent, space in (
        ("Collectivité", 0, 0),
        ("Ligne à remplir", 0, 6),
        ("Considérant", 0, 9),
        ("Décision", 0.35, 9),
    ):
        style = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style = document.styles["Normal"]
        style.paragraph_format.left_indent = Inches(indent)
        style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(0), Pt(space)
        style.paragraph_format.line_spacing = 1.2
    document.styles["Collectivité"].font.color.rgb = _NIGHT


def _set_defaults(document: WordDocument) -> None:
    """One face for everything, and French of Canada for the spelling checker and for screen readers."""
    properties = document.styles.element.find(f"{qn('w:docDefaults')}/{qn('w:rPrDefault')}/{qn('w:rPr')}")
    _name_font(properties)
    properties.find(qn("w:lang")).set(qn("w:val"), "fr-CA")


def _name_font(properties: Any) -> None:
    """Name the face outright: the theme's names, when they are there, win over it."""
    fonts = properties.find(qn("w:rFonts"))
    for attribute in list(fonts.attrib):
        del fonts.attrib[attribute]
    for script in ("ascii", "hAnsi", "cs"):
        fonts.set(qn(f"w:{script}"), "Georgia")


def _set_properties(document: WordDocument, content: ResolutionContent) -> None:
    properties = document.core_properties
    properties.title = f"{content.title} – {content.full_name}"
    properties.author = properties.last_modified_by = content.organization
    properties.language = "fr-CA"
    properties.subject = "Projet de résolution"
    properties.comments = ""
    properties.created = properties.modified = _ANY_INSTANT


def _with_fixed_dates(octets: bytes) -> bytes:
    """The same archive, each of its files dated alike."""
    fixed = BytesIO()
    with (
        zipfile.ZipFile(BytesIO(octets)) as source,
        zipfile.ZipFile(fixed, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            entry = zipfile.ZipInfo(name, _ANY_ZIP_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, source.read(name))
    return fixed.getvalue()
