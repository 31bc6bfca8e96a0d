"""The title face: light, complete for French, made once, and by several processes at a time."""

import multiprocessing
import os
from io import BytesIO
from pathlib import Path

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


def test_it_is_made_once(tmp_path: Path) -> None:
    font = fonts.ensure_title_font(tmp_path / "fonts")
    first = font.stat()

    again = fonts.ensure_title_font(tmp_path / "fonts")

    assert again == font == tmp_path / "fonts" / "titre.woff2"
    assert (again.stat().st_mtime_ns, again.stat().st_ino) == (first.st_mtime_ns, first.st_ino)
    assert font.read_bytes() == fonts.title_font_bytes()


def test_it_is_made_again_from_another_recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    font = fonts.ensure_title_font(tmp_path)
    font.write_bytes(b"cut from an older version")
    assert fonts.ensure_title_font(tmp_path).read_bytes() == b"cut from an older version"

    monkeypatch.setattr(fonts, "version", lambda package: "0.0.2")

    assert fonts.ensure_title_font(tmp_path).read_bytes() == fonts.title_font_bytes()


def test_several_processes_leave_one_whole_file(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    with context.Pool(3) as pool:
        made = pool.map(fonts.ensure_title_font, [tmp_path] * 3)

    assert {path.read_bytes() for path in made} == {fonts.title_font_bytes()}
    assert sorted(os.listdir(tmp_path)) == ["titre.woff2", "titre.woff2.origine"]
