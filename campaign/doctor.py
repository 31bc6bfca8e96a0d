"""What is wrong with this installation, and what to do about it."""

from __future__ import annotations

import secrets
import socket
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parseaddr
from pathlib import Path

import sqlalchemy as sa

from campaign import schema
from campaign.config import MailTransport, Settings
from campaign.db import db
from campaign.jobs import HEARTBEAT
from campaign.outbox import queries as outbox

STALE = timedelta(minutes=5)
DNS_SECONDS = 3.0
TXT = 16
NO_SUCH_NAME = 3
PROGRAM_MADE_IN = 2026
DKIM_SELECTORS = {
    MailTransport.SENDGRID: ("s1", "s2"),
    MailTransport.SMTP: ("default", "mail", "dkim", "s1", "selector1", "google", "k1"),
}
"""A selector cannot be listed, only guessed: these are the usual ones."""


@dataclass(frozen=True)
class Finding:
    """One thing looked at: fine, wrong (with what to do), or not known."""

    is_fine: bool | None
    sentence: str


Lookup = Callable[[str], list[str] | None]
"""The TXT records of a name: a list, empty when there is none; None when nobody answers."""


def examine(settings: Settings, now: datetime, lookup: Lookup | None = None) -> Iterator[Finding]:
    """Look at everything, in the order in which it should be mended."""
    yield from _configuration(settings)
    is_ready = False
    for finding in _database():
        is_ready = finding.is_fine is True
        yield finding
    yield from _clock(now)
    if is_ready:
        yield from _worker(now)
    yield from _sending_domain(settings, lookup or look_up_txt)


def _configuration(settings: Settings) -> Iterator[Finding]:
    yield Finding(True, f"Configuration : lue, adresse publique {settings.public_url}.")
    if not settings.is_secure:
        yield Finding(None, "Adresse publique : sans https, à réserver aux essais. Réglez PUBLIC_URL.")
    if not settings.redis_url:
        yield Finding(
            None, "Limites de débit : comptées par processus. Réglez REDIS_URL s’il y en a plusieurs."
        )
    if settings.mail_transport is MailTransport.CONSOLE:
        yield Finding(None, "Courriels : montrés à l’écran, rien ne part. Réglez MAIL_TRANSPORT.")


def _database() -> Iterator[Finding]:
    try:
        present = schema.present_version()
    except sa.exc.SQLAlchemyError:
        yield Finding(
            False, "Base de données : elle ne répond pas. Vérifiez DATABASE_URL, puis qu’elle est démarrée."
        )
        return
    if present == schema.expected_version():
        yield Finding(True, f"Base de données : {db.engine.dialect.name}, à jour ({present}).")
    else:
        yield Finding(False, "Base de données : elle n’est pas à jour. Exécutez « python3 run.py init ».")


def _clock(now: datetime) -> Iterator[Finding]:
    if now.year < PROGRAM_MADE_IN:
        yield Finding(False, f"Horloge : elle indique {now:%Y-%m-%d}. Activez la synchronisation de l’heure.")
    else:
        yield Finding(True, f"Horloge : {now:%Y-%m-%d %H:%M} UTC.")


def _worker(now: datetime) -> Iterator[Finding]:
    beat = outbox.find_heartbeat(HEARTBEAT)
    if beat is None:
        yield Finding(False, "Planificateur : il n’a jamais tourné. Démarrez « python3 run.py worker ».")
    elif now - beat > STALE:
        yield Finding(
            False,
            f"Planificateur : muet depuis le {beat:%Y-%m-%d %H:%M} UTC. Relancez « python3 run.py worker ».",
        )
    else:
        yield Finding(True, "Planificateur : en marche.")
    waiting = len(outbox.list_needing_a_person())
    if waiting:
        yield Finding(
            None, f"Courriels : {waiting} attendent une décision de l’équipe (refusés ou incertains)."
        )


def _sending_domain(settings: Settings, lookup: Lookup) -> Iterator[Finding]:
    if settings.mail_transport is MailTransport.CONSOLE:
        return
    domain = parseaddr(settings.mail_from)[1].rpartition("@")[2]
    spf = lookup(domain)
    dmarc = lookup(f"_dmarc.{domain}")
    if spf is None or dmarc is None:
        yield Finding(None, f"Domaine {domain} : le DNS ne répond pas d’ici; SPF, DKIM et DMARC à vérifier.")
        return
    if any(text.lower().startswith("v=spf1") for text in spf):
        yield Finding(True, f"SPF de {domain} : présent.")
    else:
        yield Finding(False, f"SPF de {domain} : absent. Publiez l’enregistrement TXT de votre fournisseur.")
    if any(text.lower().startswith("v=dmarc1") for text in dmarc):
        yield Finding(True, f"DMARC de {domain} : présent.")
    else:
        yield Finding(False, f"DMARC de {domain} : absent. Publiez « v=DMARC1; p=none ».")
    selectors = DKIM_SELECTORS[settings.mail_transport]
    found = next((name for name in selectors if lookup(f"{name}._domainkey.{domain}")), None)
    if found:
        yield Finding(True, f"DKIM de {domain} : présent (sélecteur {found}).")
    else:
        yield Finding(None, f"DKIM de {domain} : introuvable sous les sélecteurs usuels. Vérifiez le vôtre.")


def look_up_txt(name: str) -> list[str] | None:
    """Ask the machine's own resolver for the TXT records of a name (RFC 1035), without any other program."""
    servers = _resolvers(Path("/etc/resolv.conf"))
    for server in servers:
        family = socket.AF_INET6 if ":" in server else socket.AF_INET
        number = secrets.randbits(16)
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as line:
                line.settimeout(DNS_SECONDS)
                line.connect((server, 53))
                line.send(dns_question(number, name))
                return read_dns_answer(number, line.recv(65_535))
        except (OSError, ValueError, struct.error, IndexError):
            continue
    return None


def _resolvers(file: Path) -> list[str]:
    try:
        lines = file.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return []
    return [words[1] for line in lines if (words := line.split())[:1] == ["nameserver"] and len(words) > 1]


def dns_question(number: int, name: str) -> bytes:
    """A question for the TXT records of a name, with room for a long answer (EDNS, RFC 6891)."""
    labels = b"".join(bytes([len(label)]) + label for label in name.encode("idna").split(b"."))
    header = struct.pack(">HHHHHH", number, 0x0100, 1, 0, 0, 1)
    return header + labels + b"\0" + struct.pack(">HH", TXT, 1) + b"\0" + struct.pack(">HHIH", 41, 4096, 0, 0)


def read_dns_answer(number: int, packet: bytes) -> list[str]:
    """The texts of an answer; ValueError when it is not an answer to this question."""
    answered, flags, questions, answers = struct.unpack_from(">HHHH", packet)
    code = flags & 15
    if answered != number or code not in (0, NO_SUCH_NAME):
        raise ValueError("not an answer")
    place = 12
    for _question in range(questions):
        place = _after_name(packet, place) + 4
    texts: list[str] = []
    for _answer in range(answers):
        place = _after_name(packet, place)
        kind, _class, _life, length = struct.unpack_from(">HHIH", packet, place)
        place += 10
        if kind == TXT:
            texts.append(_joined(packet[place : place + length]).decode("utf-8", "replace"))
        place += length
    return texts


def _joined(data: bytes) -> bytes:
    """A text longer than 255 bytes travels in pieces, each after its length."""
    pieces, place = [], 0
    while place < len(data):
        size = data[place]
        pieces.append(data[place + 1 : place + 1 + size])
        place += 1 + size
    return b"".join(pieces)


def _after_name(packet: bytes, place: int) -> int:
    while (size := packet[place]) != 0:
        if size >= 0xC0:  # a pointer to a name written before
            return place + 2
        place += 1 + size
    return place + 1
