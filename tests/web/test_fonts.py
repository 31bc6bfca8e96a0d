"""The title face: light, and complete for French."""

from io import BytesIO

import pytest
from fontTools.pens.boundsPen import BoundsPen
from fontTools.ttLib import TTFont

from campaign.web import fonts


@pytest.fixture(scope="module")
def title_font() -> TTFont:
    return TTFont(BytesIO(fonts.title_font_bytes()))


def test_the_face_is_a_light_web_font() -> None:
    octets = fonts.title_font_bytes()

    assert octets[:4] == b"wOF2"
    assert len(octets) < 40_000


def test_every_letter_of_french_is_there(title_font: TTFont) -> None:
    wanted = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    wanted += "àâäæçéèêëîïôöœùûüÿÀÂÄÆÇÉÈÊËÎÏÔÖŒÙÛÜŸñÑ’‘“”«»–—…\u00a0!?;:,.()/&@$%°"

    assert set(map(ord, wanted)) <= set(title_font.getBestCmap())


def test_figures_can_be_tabular_and_letters_are_kerned(title_font: TTFont) -> None:
    substitutions = {record.FeatureTag for record in title_font["GSUB"].table.FeatureList.FeatureRecord}
    positions = {record.FeatureTag for record in title_font["GPOS"].table.FeatureList.FeatureRecord}

    assert {"tnum", "liga"} <= substitutions
    assert "kern" in positions


def test_figures_are_lining(title_font: TTFont) -> None:
    glyphs, cmap = title_font.getGlyphSet(), title_font.getBestCmap()
    tops = set()
    for figure in "0123456789":
        pen = BoundsPen(glyphs)
        glyphs[cmap[ord(figure)]].draw(pen)
        tops.add(round(pen.bounds[3], -2))

    assert len(tops) == 1
