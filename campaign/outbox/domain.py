"""The sending domain: what SPF, DKIM, DMARC and MX say in the DNS, what it means, and what to add."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from email.utils import parseaddr
from enum import StrEnum
from ipaddress import ip_address
from typing import TYPE_CHECKING

from campaign.config import MailTransport, Settings
from campaign.outbox import dkim, spf
from campaign.outbox.answers import Answer, Question, Reply
from campaign.outbox.dkim import Key

if TYPE_CHECKING:
    from campaign.outbox.resolving import Dns

UNVERIFIED = "Le DNS ne répond pas : rien n’a pu être vérifié."

SENDGRID = "sendgrid.net"
SELECTORS = {
    MailTransport.SENDGRID: ("s1", "s2"),
    MailTransport.SMTP: ("default", "mail", "dkim", "s1", "s2", "selector1", "selector2", "google", "k1"),
}
"""The DNS lists no selector: SendGrid's are known, elsewhere these are the usual ones."""

RESERVED = (
    "test", "example", "invalid", "localhost", "local", "internal", "lan", "home.arpa", "example.com",
    "example.net", "example.org",
)  # fmt: skip
"""Names that are nobody's, or that only one network knows (RFC 2606, 6761, 6762, 8375)."""

PARENTS_LIMIT = 8


class Subject(StrEnum):
    SPF = "SPF"
    DKIM = "DKIM"
    DMARC = "DMARC"
    MX = "MX"


class Status(StrEnum):
    RIGHT = "bon"
    WEAK = "faible"
    """It works, and could be better."""
    MISSING = "absent"
    WRONG = "faux"
    """There, and void or harmful."""
    UNREACHABLE = "injoignable"
    """The DNS did not answer: nothing is known."""
    UNKNOWN = "inconnu"
    """The DNS answered, and what it was asked does not tell."""


@dataclass(frozen=True)
class Record:
    """What to publish, as the forms of domain hosts ask for it."""

    host: str
    kind: str
    value: str


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One of the four, in a sentence that a person who never saw a DNS record understands."""

    subject: Subject
    status: Status
    meaning: str
    advice: str = ""
    found: tuple[str, ...] = ()
    record: Record | None = None


@dataclass(frozen=True, kw_only=True)
class DomainHealth:
    """All that was found about the domain of `MAIL_FROM`; `excuse` says why nothing was looked at."""

    domain: str
    findings: tuple[Finding, ...] = ()
    excuse: str = ""

    @property
    def is_silent(self) -> bool:
        """The DNS did not answer a single question."""
        return bool(self.findings) and all(each.status is Status.UNREACHABLE for each in self.findings)


def domain_of(mail_from: str) -> str:
    """« Le Collectif <bonjour@Exemple.ca> » sends from `exemple.ca`."""
    return parseaddr(mail_from)[1].rpartition("@")[2].strip().rstrip(".").lower()


def excuse_for(settings: Settings) -> str:
    """Why there is nothing to look at in the DNS; empty when there is."""
    domain = domain_of(settings.mail_from)
    if settings.mail_transport is MailTransport.CONSOLE:
        return "Les courriels s’écrivent au journal (MAIL_TRANSPORT=console) : rien n’est à vérifier."
    if "." not in domain or domain.startswith("["):
        return f"« {domain} » n’est connu que de ce réseau : le DNS public n’en dit rien."
    if any(domain == each or domain.endswith(f".{each}") for each in RESERVED):
        return f"« {domain} » est un nom d’essai : il n’existe pas dans le DNS public."
    return ""


def examine(settings: Settings, dns: Dns) -> DomainHealth:
    """Ask everything at once, then say what the answers mean. Waits for the DNS a few seconds at most."""
    domain, excuse = domain_of(settings.mail_from), excuse_for(settings)
    if excuse:
        return DomainHealth(domain=domain, excuse=excuse)
    answers = dns.ask_all(_questions(domain, settings))
    if answers[domain, "TXT"].reply is Reply.NO_NAME:
        return DomainHealth(domain=domain, findings=tuple(_no_domain(domain)))
    sender = _Sender(domain, settings, answers)
    found_spf, found_dkim = _spf(sender, dns), _dkim(sender)
    return DomainHealth(
        domain=domain,
        findings=(found_spf, found_dkim, _dmarc(sender, found_spf, found_dkim), _mx(sender)),
    )


@dataclass(frozen=True)
class _Sender:
    """Who sends, how, and what the DNS answered about it."""

    domain: str
    settings: Settings
    answers: Mapping[Question, Answer]

    @property
    def is_sendgrid(self) -> bool:
        return self.settings.mail_transport is MailTransport.SENDGRID


def _selectors(settings: Settings) -> tuple[str, ...]:
    if settings.mail_dkim_selector:
        return (settings.mail_dkim_selector,)
    return SELECTORS[settings.mail_transport]


def _parents(domain: str) -> list[str]:
    """`a.b.exemple.ca` stands under `b.exemple.ca` and `exemple.ca`."""
    labels = domain.split(".")
    return [".".join(labels[start:]) for start in range(1, len(labels) - 1)][-PARENTS_LIMIT:]


def _questions(domain: str, settings: Settings) -> list[Question]:
    asked = [(domain, kind) for kind in ("TXT", "MX", "A", "AAAA")]
    asked += [(f"{selector}._domainkey.{domain}", "TXT") for selector in _selectors(settings)]
    asked += [(f"_dmarc.{name}", "TXT") for name in (domain, *_parents(domain))]
    if settings.mail_transport is MailTransport.SMTP:
        asked.append((settings.smtp_host, "A"))
    return asked


def _unreachable(subject: Subject) -> Finding:
    return Finding(
        subject=subject,
        status=Status.UNREACHABLE,
        meaning=UNVERIFIED,
        advice="Réessayez dans quelques minutes; si cela dure, vérifiez l’accès de ce serveur au DNS public.",
    )


def _no_domain(domain: str) -> Iterable[Finding]:
    return (
        Finding(
            subject=subject,
            status=Status.WRONG,
            meaning=f"Le domaine {domain} n’existe pas dans le DNS.",
            advice="Corrigez MAIL_FROM, ou renouvelez le domaine chez votre registraire.",
        )
        for subject in Subject
    )


# --- SPF --------------------------------------------------------------------------------------------


def _spf(sender: _Sender, dns: Dns) -> Finding:
    """Which servers may send for the domain."""
    answer = sender.answers[sender.domain, "TXT"]
    if not answer.is_known:
        return _unreachable(Subject.SPF)
    found = tuple(spf.records(answer.values))
    if not found:
        return _missing_spf(sender)
    if len(found) > 1:
        return Finding(
            subject=Subject.SPF,
            status=Status.WRONG,
            found=found,
            meaning="Le domaine a plusieurs enregistrements SPF : les messageries n’en croient alors aucun.",
            advice="Réunissez-les en un seul enregistrement, et supprimez les autres.",
        )
    return replace(_judge_spf(sender, found[0], spf.count(found[0], dns)), found=found)


def _missing_spf(sender: _Sender) -> Finding:
    finding = Finding(
        subject=Subject.SPF,
        status=Status.MISSING,
        meaning="Rien ne dit quels serveurs peuvent envoyer au nom du domaine : vos messages sont suspects.",
        advice=_address_advice(sender),
    )
    if not sender.is_sendgrid:
        return finding
    return replace(
        finding,
        advice="Si d’autres services envoient au nom de ce domaine, nommez-les dans ce même enregistrement.",
        record=Record(sender.domain, "TXT", f"{spf.VERSION} include:{SENDGRID} ~all"),
    )


def _address_advice(sender: _Sender) -> str:
    """What is known of the SMTP server's own address, which may not be the one that delivers."""
    if sender.is_sendgrid:
        return ""
    host = sender.settings.smtp_host
    public = [each for each in _addresses(sender, host) if ip_address(each).is_global]
    if not public:
        return (
            f"Demandez à qui tient {host} l’« include » ou l’adresse à inscrire : "
            "son adresse publique n’est pas connue d’ici."
        )
    word = f"ip{ip_address(public[0]).version}:{public[0]}"
    return (
        f"Si {host} livre lui-même vos messages, l’enregistrement doit contenir « {word} »; "
        "sinon, demandez l’« include » à votre fournisseur."
    )


def _addresses(sender: _Sender, host: str) -> tuple[str, ...]:
    try:
        return (str(ip_address(host)),)
    except ValueError:
        return sender.answers[host, "A"].values


def _judge_spf(sender: _Sender, record: str, told: spf.Count) -> Finding:
    """The worst that can be said of a single record, first."""
    include = SENDGRID if sender.is_sendgrid and SENDGRID not in told.included else ""
    better = Record(sender.domain, "TXT", spf.mended(record, include=include))
    closing = spf.find_all(record)
    is_redirected = any(term.name == "redirect" for term in spf.parse(record)[0])
    wrong = _void_spf(told)
    if wrong:
        return wrong
    if closing and closing.qualifier == "+":
        return _spf_finding(
            Status.WRONG,
            "« +all » permet à n’importe qui d’envoyer au nom du domaine.",
            "Remplacez l’enregistrement par celui-ci.",
            better,
        )
    if told.unanswered:
        return _spf_finding(
            Status.UNREACHABLE,
            f"L’enregistrement est là, mais le DNS n’a rien dit de {told.unanswered[0]}, "
            "qu’il cite : il n’a pas pu être vérifié en entier.",
            "Réessayez dans quelques minutes.",
        )
    if include:
        return _spf_finding(
            Status.WEAK,
            "L’enregistrement n’autorise pas SendGrid : seule la signature DKIM répond de vos messages.",
            "Remplacez l’enregistrement par celui-ci.",
            better,
        )
    if (closing is None and not is_redirected) or (closing and closing.qualifier == "?"):
        return _spf_finding(
            Status.WEAK,
            "L’enregistrement ne dit rien des serveurs qu’il ne nomme pas : il ne protège de personne.",
            "Remplacez l’enregistrement par celui-ci.",
            better,
        )
    return _spf_finding(
        Status.RIGHT,
        "Les serveurs qui peuvent envoyer au nom du domaine sont nommés, et les autres sont écartés.",
        _address_advice(sender),
    )


def _void_spf(told: spf.Count) -> Finding | None:
    """What makes receivers treat the record as an error (« permerror »)."""
    if told.unreadable:
        return _spf_finding(
            Status.WRONG,
            f"« {told.unreadable[0]} » n’est pas du SPF : les messageries n’en croient plus rien.",
            "Corrigez ce mot, ou supprimez-le.",
        )
    if told.is_too_long:
        return _spf_finding(
            Status.WRONG,
            f"L’enregistrement demande plus de {spf.LOOKUP_LIMIT} consultations du DNS : "
            "les messageries s’arrêtent là et n’en croient rien.",
            "Retirez les services qui n’envoient plus en votre nom.",
        )
    if told.empty:
        return _spf_finding(
            Status.WRONG,
            f"L’enregistrement renvoie à {told.empty[0]}, qui n’a pas un enregistrement SPF et un seul : "
            "les messageries n’en croient rien.",
            "Corrigez ce nom, ou retirez-le.",
        )
    return None


def _spf_finding(status: Status, meaning: str, advice: str, record: Record | None = None) -> Finding:
    return Finding(subject=Subject.SPF, status=status, meaning=meaning, advice=advice, record=record)


# --- DKIM -------------------------------------------------------------------------------------------

_KEYS = {
    Key.GOOD: (
        Status.RIGHT,
        "La clé « {name} » est publiée : les messageries peuvent vérifier la signature.",
    ),
    Key.SHORT: (
        Status.WEAK,
        "La clé « {name} » est acceptée, mais courte : 2048 bits sont conseillés.",
    ),
    Key.TESTING: (
        Status.WEAK,
        "La clé « {name} » se dit à l’essai (« t=y ») : les messageries peuvent ignorer la signature.",
    ),
    Key.REVOKED: (
        Status.WRONG,
        "La clé « {name} » est révoquée (elle est vide) : toute signature qui s’y fie est refusée.",
    ),
    Key.TOO_SHORT: (
        Status.WRONG,
        "La clé « {name} » est trop courte : les messageries refusent moins de 1024 bits.",
    ),
    Key.UNREADABLE: (
        Status.WRONG,
        "La clé « {name} » est illisible : elle a sans doute été coupée en la copiant.",
    ),
}
"""From the best to the worst: the best of the keys found is the one that signs."""

_RANKS = list(_KEYS)


def _dkim(sender: _Sender) -> Finding:
    """The key with which receivers check the signature of each message."""
    names = {f"{each}._domainkey.{sender.domain}": each for each in _selectors(sender.settings)}
    answers = {name: sender.answers[name, "TXT"] for name in names}
    keys = [
        (_RANKS.index(dkim.judge(text)), names[name], text)
        for name, answer in answers.items()
        for text in answer.values
        if dkim.is_key(text)
    ]
    if keys:
        rank, name, text = min(keys)
        status, meaning = _KEYS[_RANKS[rank]]
        return Finding(
            subject=Subject.DKIM,
            status=status,
            meaning=meaning.format(name=name),
            advice="" if status is Status.RIGHT else _key_advice(sender),
            found=(text,),
        )
    if not all(answer.is_known for answer in answers.values()):
        return _unreachable(Subject.DKIM)
    return _no_key(sender, answers)


def _no_key(sender: _Sender, answers: Mapping[str, Answer]) -> Finding:
    alias = next(
        ((name, each.canonical) for name, each in answers.items() if _leads_nowhere(name, each)), None
    )
    if alias:
        return Finding(
            subject=Subject.DKIM,
            status=Status.WRONG,
            found=(f"{alias[0]} CNAME {alias[1]}",),
            meaning="Le nom de la clé renvoie à un nom qui n’existe pas : elle est introuvable.",
            advice=_key_advice(sender),
        )
    if not sender.is_sendgrid and not sender.settings.mail_dkim_selector:
        return Finding(
            subject=Subject.DKIM,
            status=Status.UNKNOWN,
            meaning="Aucune clé sous les sélecteurs usuels; le DNS ne dit pas s’il y en a une sous un autre.",
            advice="Demandez le sélecteur à votre fournisseur, et réglez MAIL_DKIM_SELECTOR.",
        )
    return Finding(
        subject=Subject.DKIM,
        status=Status.MISSING,
        meaning="Aucune clé n’est publiée : les messageries ne peuvent rien vérifier de vos messages.",
        advice=_key_advice(sender),
    )


def _leads_nowhere(name: str, answer: Answer) -> bool:
    return answer.reply is Reply.NO_NAME and bool(answer.canonical) and answer.canonical != name


def _key_advice(sender: _Sender) -> str:
    if sender.is_sendgrid:
        return (
            "Dans SendGrid, ouvrez « Settings », « Sender Authentication » : les enregistrements CNAME à "
            f"publier sous s1._domainkey.{sender.domain} et s2._domainkey.{sender.domain} y sont donnés."
        )
    return "Demandez à votre fournisseur l’enregistrement de la clé, et publiez-le tel quel."


# --- DMARC ------------------------------------------------------------------------------------------


def _dmarc(sender: _Sender, found_spf: Finding, found_dkim: Finding) -> Finding:
    """What receivers should do with a message that neither SPF nor DKIM vouches for."""
    for name in (sender.domain, *_parents(sender.domain)):
        answer = sender.answers[f"_dmarc.{name}", "TXT"]
        if not answer.is_known:
            return _unreachable(Subject.DMARC)
        found = tuple(text for text in answer.values if _is_dmarc(text))
        if len(found) > 1:
            return _dmarc_finding(
                Status.WRONG,
                "Le domaine a plusieurs enregistrements DMARC : les messageries n’en croient alors aucun.",
                "Gardez-en un seul.",
                found=found,
            )
        if found:
            return replace(_judge_dmarc(sender, name, found[0], found_spf, found_dkim), found=found)
    return _dmarc_finding(
        Status.MISSING,
        "Aucune consigne n’est publiée : les grandes messageries l’exigent des envois en nombre.",
        "Commencez par « p=none », qui ne fait rien refuser.",
        record=Record(f"_dmarc.{sender.domain}", "TXT", "v=DMARC1; p=none"),
    )


def _is_dmarc(text: str) -> bool:
    first, _mark, _rest = text.partition(";")
    return "".join(first.split()) == "v=DMARC1"


def _judge_dmarc(sender: _Sender, name: str, record: str, found_spf: Finding, found_dkim: Finding) -> Finding:
    found = {key: value.lower() for key, value in dkim.tags(record).items()}
    policy = found.get("p", "") if name == sender.domain else found.get("sp", found.get("p", ""))
    inherited = "" if name == sender.domain else f" La consigne vient de {name}."
    if policy not in ("none", "quarantine", "reject"):
        return _dmarc_finding(
            Status.WRONG,
            "La consigne (« p= ») manque ou n’existe pas : les messageries ignorent l’enregistrement.",
            "Remplacez l’enregistrement par celui-ci.",
            record=Record(f"_dmarc.{name}", "TXT", "v=DMARC1; p=none"),
        )
    if policy == "none":
        return _dmarc_finding(
            Status.WEAK,
            "L’enregistrement suffit aux grandes messageries, mais n’empêche personne d’écrire en votre nom."
            + inherited,
            "Quand SPF et DKIM sont bons depuis quelques semaines, passez à « p=quarantine ».",
        )
    if not _is_vouched_for(sender, found_spf, found_dkim):
        return _dmarc_finding(
            Status.WRONG,
            f"La consigne « p={policy} » fait écarter vos propres messages : rien n’en répond." + inherited,
            "Réglez d’abord DKIM, puis SPF.",
        )
    if found.get("pct", "100") != "100":
        return _dmarc_finding(
            Status.WEAK,
            f"La consigne « p={policy} » ne vaut que pour {found['pct']} % des messages." + inherited,
            "Retirez « pct » quand les rapports ne montrent plus de messages à vous.",
        )
    return _dmarc_finding(
        Status.RIGHT,
        f"Les messages que rien n’authentifie sont écartés (« p={policy} »)." + inherited,
        "SendGrid ne passe que par la signature DKIM : gardez-la en règle." if sender.is_sendgrid else "",
    )


def _is_vouched_for(sender: _Sender, found_spf: Finding, found_dkim: Finding) -> bool:
    """Whether something may answer for our messages under our own name (« alignment »).

    SendGrid gives returns an address of its own until its key is published: SPF alone never vouches there.
    What could not be verified is not accused.
    """
    vouching = (found_dkim,) if sender.is_sendgrid else (found_dkim, found_spf)
    return any(each.status not in (Status.MISSING, Status.WRONG) for each in vouching)


def _dmarc_finding(
    status: Status, meaning: str, advice: str, *, found: tuple[str, ...] = (), record: Record | None = None
) -> Finding:
    return Finding(
        subject=Subject.DMARC, status=status, meaning=meaning, advice=advice, found=found, record=record
    )


# --- MX ---------------------------------------------------------------------------------------------


def _mx(sender: _Sender) -> Finding:
    """Where answers arrive: somebody has to read them."""
    answer = sender.answers[sender.domain, "MX"]
    addresses = [sender.answers[sender.domain, kind] for kind in ("A", "AAAA")]
    if not answer.is_known or (not answer.values and not all(each.is_known for each in addresses)):
        return _unreachable(Subject.MX)
    address = parseaddr(sender.settings.mail_from)[1]
    status, meaning = Status.MISSING, "Le domaine ne reçoit pas de courriel : les réponses se perdent."
    if answer.values == ("0",):  # « null MX », RFC 7505
        status, meaning = (
            Status.WRONG,
            "Le domaine déclare ne pas recevoir de courriel : les réponses se perdent.",
        )
    elif answer.values:
        servers = ", ".join(value.partition(" ")[2] for value in answer.values)
        status, meaning = Status.RIGHT, f"Les réponses arrivent chez {servers}."
    elif any(each.values for each in addresses):
        status, meaning = (
            Status.WEAK,
            "Le domaine n’a pas de serveur de réception : les réponses sont portées à son adresse web.",
        )
    return Finding(
        subject=Subject.MX,
        status=status,
        found=answer.values,
        meaning=meaning,
        advice=f"Assurez-vous qu’une personne lit {address}."
        if status is Status.RIGHT
        else f"Publiez un enregistrement MX, ou choisissez dans MAIL_FROM une adresse que quelqu’un lit "
        f"(maintenant : {address}).",
    )
