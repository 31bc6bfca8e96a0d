"""The model resolution as a Word document to finish."""

import zipfile
from datetime import datetime
from io import BytesIO
from typing import Any

from docx import Document
from docx.document import Document as WordDocument
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml.ns import qn
from docx.shared import Inches, Pt, RGBColor
from docx.text.paragraph import Paragraph

from campaign.participations.resolution import Clause, ResolutionContent, draft

_NIGHT = RGBColor(0x12, 0x30, 0x4F)

# Word files carry the hour of their making in three places; ours all say the same, so that the bytes do too.
_ANY_INSTANT = datetime(2020, 1, 1)  # noqa: DTZ001 - the format has no zone here
_ANY_ZIP_DATE = (2020, 1, 1, 0, 0, 0)


def resolution_docx(content: ResolutionContent) -> bytes:
    """The resolution of `draft`; the same content gives the same bytes."""
    resolution = draft(content)
    document = Document()
    _set_page(document)
    _set_styles(document)
    _set_properties(document, content)
    for line in resolution.heading:
        document.add_paragraph(line, style="Collectivité")
    document.add_paragraph(resolution.title, style="Heading 1")
    for line in resolution.record:
        document.add_paragraph(line, style="Ligne à remplir")
    for clause in resolution.whereas:
        _add_clause(document.add_paragraph(style="Considérant"), clause)
    for clause in resolution.decisions:
        _add_clause(document.add_paragraph(style="Décision"), clause)
    for line in resolution.closing:
        document.add_paragraph(line, style="Ligne à remplir")
    octets = BytesIO()
    document.save(octets)
    return _with_fixed_dates(octets.getvalue())


def _add_clause(paragraph: Paragraph, clause: Clause) -> None:
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
