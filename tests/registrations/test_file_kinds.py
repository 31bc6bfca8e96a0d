"""What a file may be: read in what it holds, whatever its name says, and never opened."""

from __future__ import annotations

import io
import zipfile

import pytest
from PIL import Image

from campaign.registrations import file_kinds
from campaign.registrations.file_kinds import DOCX, EXTENSIONS, ODP, ODT, PDF, PPTX, Unfit

CV = b"%PDF-1.7\nAnimatrice depuis dix ans\n%%EOF"
JPEG = "image/jpeg"


def zipped(first: str, *others: str, holds: bytes = b"") -> bytes:
    """An archive with these entries, all empty but the first."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr(first, holds)
        for name in others:
            archive.writestr(name, b"")
    return written.getvalue()


def photo(kind: str = "JPEG", mode: str = "RGB", size: tuple[int, int] = (60, 40)) -> bytes:
    """An image that says who is on it."""
    written, exif = io.BytesIO(), Image.Exif()
    exif[0x010E] = "Karim, 8 ans"
    Image.new(mode, size, "red").save(written, kind, exif=exif)
    return written.getvalue()


LETTER = zipped("[Content_Types].xml", "word/document.xml")
SLIDES = zipped("[Content_Types].xml", "ppt/presentation.xml")


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (CV, PDF),
        (LETTER, DOCX),
        (SLIDES, PPTX),
        (zipped("mimetype", "content.xml", holds=ODT.encode()), ODT),
        (zipped("mimetype", "content.xml", holds=ODP.encode()), ODP),
        (photo("JPEG"), JPEG),
        (photo("PNG"), JPEG),
        (photo("WEBP"), JPEG),
    ],
)
def test_documents_presentations_and_images_are_taken_under_any_name(data: bytes, media_type: str) -> None:
    kept = file_kinds.read("Mon dossier.exe", data)

    assert (kept.media_type, kept.name) == (media_type, f"Mon dossier.{EXTENSIONS[media_type]}")
    assert kept.size_bytes == len(kept.content) > 0


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", file_kinds.EMPTY),
        (CV + bytes(file_kinds.MAX_BYTES), file_kinds.TOO_HEAVY),
        (b"<html><script>alert(1)</script>%PDF-1.7", file_kinds.UNKNOWN),
        (b"MZ\x90\x00 un programme", file_kinds.UNKNOWN),
        (b"\x00\x00\x00\x18ftypmp42 une video", file_kinds.UNKNOWN),
        (zipped("facture.pdf.exe"), file_kinds.UNKNOWN),
        (zipped("[Content_Types].xml", "xl/workbook.xml"), file_kinds.UNKNOWN),
        (zipped("mimetype", holds=b"application/epub+zip"), file_kinds.UNKNOWN),
        (zipped("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"), file_kinds.WITH_MACROS),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), file_kinds.OLD_OFFICE),
    ],
)
def test_anything_else_is_refused_with_what_to_do(data: bytes, sentence: str) -> None:
    with pytest.raises(Unfit) as refused:
        file_kinds.read("cv.pdf", data)

    assert refused.value.message == sentence


def test_an_image_cut_short_or_of_another_world_is_told_as_such() -> None:
    for data, words in (
        (photo(size=(600, 400))[:900], "incomplète"),
        (b"\x00\x00\x00\x18ftypheic" + bytes(40), "HEIC"),
    ):
        with pytest.raises(Unfit, match=words):
            file_kinds.read("photo.jpg", data)


def test_a_document_is_never_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten gigabytes of zeros would fit in it."""

    def opened(*_: object, **__: object) -> None:
        raise AssertionError("unpacked")

    bomb = zipped("[Content_Types].xml", "word/document.xml", holds=b"0" * 1000)
    monkeypatch.setattr(zipfile, "ZipFile", opened)

    assert file_kinds.read("lettre.docx", bomb).content == bomb


def test_an_image_is_drawn_again_without_what_it_hides_on_white_paper() -> None:
    transparent = Image.new("RGBA", (4000, 100), (0, 0, 0, 0))
    written = io.BytesIO()
    transparent.save(written, "PNG")

    signature = file_kinds.read("signature.png", written.getvalue())
    assert b"Karim" in photo()
    assert b"Karim" not in file_kinds.read("photo.jpg", photo()).content
    with Image.open(io.BytesIO(signature.content)) as drawn:
        assert (drawn.format, drawn.size, drawn.getpixel((0, 0))) == ("JPEG", (2000, 50), (255, 255, 255))


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        ("CV de Renée Côté.pdf", "CV de Renée Côté.pdf"),
        ("CV", "CV.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Users\\Renée\\cv.docx", "cv.pdf"),
        (".htaccess", "htaccess.pdf"),
        ("...", "fichier.pdf"),
        ("", "fichier.pdf"),
        ("a\r\nSet-Cookie: x\x00.pdf", "a Set-Cookie x.pdf"),
        ("cv\u202efdp.exe", "cv fdp.pdf"),
        ("=CMD|'/c calc'!A1.pdf", "c calc'!A1.pdf"),
        ("nul.pdf", "_nul.pdf"),
        ("Version 2.1 finale.pdf", "Version 2.1 finale.pdf"),
        ("x" * 400 + ".pdf", "x" * 100 + ".pdf"),
    ],
)
def test_the_name_shown_has_no_folder_nor_anything_invisible(sent: str, name: str) -> None:
    assert file_kinds.clean_name(sent, PDF) == name


def test_the_same_file_is_known_by_what_it_holds_and_its_name() -> None:
    first, again = file_kinds.read("cv.pdf", CV), file_kinds.read("cv.pdf", bytes(CV))

    assert (first, repr(first)) == (again, repr(again))
    assert repr(first) != repr(file_kinds.read("cv.pdf", CV + b"\n"))
    assert "Animatrice" not in repr(first)
