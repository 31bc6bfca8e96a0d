"""A letter as the bytes that travel (RFC 5322, 2045 to 2049): text first, the same in HTML, pictures, files.

Put together from strings: the library's message objects take three milliseconds for a letter of 15 kB, most
of it to encode the bodies in Python, where the C library's encoder takes a tenth of one.
"""

from __future__ import annotations

import binascii
import hashlib
import re
from collections.abc import Iterator, Sequence
from email.header import Header
from email.message import MIMEPart
from email.policy import SMTP
from email.utils import format_datetime, formataddr, parseaddr
from functools import lru_cache

from campaign.outbox.letters import Enclosure, Letter

CRLF = b"\r\n"
LONGEST = 998
"""What a line may hold (RFC 5322 §2.1.1)."""

UNFOLDABLE = 60
FOLDED_BEYOND = 74
ENCODED_BYTES = 45
"""What sixty signs of base64 hold."""

_LINE_END = re.compile(r"\r\n|\r|\n")
_TOO_LONG = re.compile(rb"[^\r\n]{%d}" % (LONGEST + 1))


def compose(letter: Letter, mail_from: str) -> bytes:
    """The letter, with CRLF at the end of each line, in pure ASCII: every relay carries it unchanged, and
    signatures stay valid. The same letter gives the same bytes at each attempt.

    ValueError when it cannot travel so: a line feed in a header, an address with accents.
    """
    for value in (
        letter.to_name,
        letter.to_email,
        letter.subject,
        letter.message_id,
        *letter.headers.values(),
    ):
        if "\r" in value or "\n" in value:
            raise ValueError("a header is one line")
    headers = [
        f"From: {_address('From', *_sender(mail_from))}",
        f"To: {_address('To', letter.to_name, letter.to_email)}",
        f"Subject: {_words('Subject', letter.subject)}",
        f"Date: {format_datetime(letter.written_at)}",
        f"Message-ID: {letter.message_id}",
        # As they are: an encoded List-Unsubscribe is read by nobody.
        *(f"{name}: {value}" for name, value in letter.headers.items()),
        "MIME-Version: 1.0",
    ]
    return "\r\n".join(headers).encode("ascii") + CRLF + _whole(letter)


def _whole(letter: Letter) -> bytes:
    """Text and HTML are two forms of one thing; pictures belong to the HTML, files stand beside."""
    shown = [_enclosed(file) for file in letter.enclosures if file.content_id]
    files = [_enclosed(file) for file in letter.enclosures if not file.content_id]
    html = _text_part("html", letter.html)
    if shown:
        html = _joined("related", letter, [html, *shown], 'type="text/html"; ')
    both = _joined("alternative", letter, [_text_part("plain", letter.text), html])
    return _joined("mixed", letter, [both, *files]) if files else both


def _joined(kind: str, letter: Letter, parts: Sequence[bytes], parameter: str = "") -> bytes:
    """Parts between boundaries. These hold a sign that the encoded parts never do (RFC 2045 §6.7)."""
    mark = hashlib.sha256(f"{kind} {letter.message_id}".encode()).hexdigest()[:32]
    boundary = f"=_{mark}"
    opening = f'Content-Type: multipart/{kind}; {parameter}boundary="{boundary}"\r\n'.encode("ascii")
    fence = b"\r\n--" + boundary.encode("ascii")
    return b"".join((opening, *(fence + CRLF + part for part in parts), fence, b"--\r\n"))


def _text_part(kind: str, text: str) -> bytes:
    """As it is when a wire made for ASCII carries it, quoted-printable otherwise."""
    lines = _LINE_END.sub("\r\n", text) if "\r" in text else text.replace("\n", "\r\n")
    if not lines.endswith("\r\n"):
        lines += "\r\n"
    data = lines.encode("utf-8")
    encoding = "7bit"
    if not data.isascii() or b"\0" in data or _TOO_LONG.search(data):
        encoding, data = "quoted-printable", binascii.b2a_qp(data, istext=True)
    head = f'Content-Type: text/{kind}; charset="utf-8"\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n'
    return head.encode("ascii") + data


def _enclosed(file: Enclosure) -> bytes:
    """Few letters have one: the library writes its headers, names with accents among them."""
    kind, _, rest = file.content_type.partition(";")
    main, _, sub = kind.strip().partition("/")
    parameters = {
        name.strip(): value.strip().strip('"')
        for name, _, value in (piece.partition("=") for piece in rest.split(";") if piece.strip())
    }
    part = MIMEPart(policy=SMTP.clone(cte_type="7bit"))
    part.set_content(
        file.data,
        maintype=main,
        subtype=sub,
        params=parameters,
        filename=file.filename,
        disposition="inline" if file.content_id else "attachment",
        cid=f"<{file.content_id}>" if file.content_id else None,
    )
    return part.as_bytes()


def _address(header: str, name: str, email: str) -> str:
    if not email.isascii():
        raise ValueError("an address travels in ASCII")
    if name.isascii():
        return formataddr((name, email))
    return f"{_words(header, name)} <{email}>"


_sender = lru_cache(maxsize=4)(parseaddr)


def _words(header: str, words: str) -> str:
    """Folded; encoded (RFC 2047) when it has to be, cannot be folded, or would be read as if it were."""
    if not words.isascii() or "=?" in words or max(map(len, words.split(" "))) >= UNFOLDABLE:
        return "\r\n ".join(_encoded_words(words))
    if len(header) + len(words) < FOLDED_BEYOND:
        return words
    return Header(words, header_name=header).encode(linesep="\r\n")


def _encoded_words(words: str) -> Iterator[str]:
    """Each of whole characters, and of 75 signs at most with its markers."""
    data = words.encode("utf-8")
    start = 0
    while start < len(data):
        end = min(start + ENCODED_BYTES, len(data))
        while end < len(data) and data[end] & 0xC0 == 0x80:  # in the middle of a character
            end -= 1
        yield f"=?utf-8?b?{binascii.b2a_base64(data[start:end], newline=False).decode('ascii')}?="
        start = end
