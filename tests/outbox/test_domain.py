"""The sending domain read from a real DNS server: what is there, what it means, what to add."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from time import monotonic

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from dns import rcode

from campaign.config import MailTransport, Settings
from campaign.outbox import dkim, spf
from campaign.outbox.answers import Answer, Reply
from campaign.outbox.dkim import Key
from campaign.outbox.domain import (
    UNVERIFIED,
    DomainHealth,
    Finding,
    Record,
    Status,
    Subject,
    domain_of,
    examine,
)
from campaign.outbox.resolving import Dns, open_resolver
from tests.outbox.dns_server import ROOT, Zone, nobody, serving
from tests.typography import faults

DOMAIN = "semaine.quebec"
SENDGRID = Settings(
    database_url="sqlite://",
    secret_key="x" * 32,
    mail_transport=MailTransport.SENDGRID,
    mail_from=f"Grande semaine <bonjour@{DOMAIN}>",
)
SMTP = replace(SENDGRID, mail_transport=MailTransport.SMTP, smtp_host="smtp.hote.quebec")


def public_key(bits: int) -> str:
    """A well-formed RSA key of that length, as it stands after « p= »."""
    numbers = RSAPublicNumbers(65537, (1 << (bits - 1)) | 1)
    der = numbers.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode()


GOOD_KEY = f"v=DKIM1; k=rsa; p={public_key(2048)}"


def healthy() -> Zone:
    """A domain that sends by SendGrid, with nothing to reproach."""
    zone = Zone()
    zone.txt(DOMAIN, "google-site-verification=x", "v=spf1 include:sendgrid.net ~all")
    zone.txt("sendgrid.net", "v=spf1 ip4:192.0.2.0/24 include:ab.sendgrid.net ~all")
    zone.txt("ab.sendgrid.net", "v=spf1 ip4:198.51.100.0/24 ~all")
    for selector in ("s1", "s2"):
        target = f"{selector}.domainkey.u1.wl.sendgrid.net"
        zone.add(f"{selector}._domainkey.{DOMAIN}", "CNAME", target)
        zone.txt(target, GOOD_KEY)
    zone.txt(f"_dmarc.{DOMAIN}", "v=DMARC1; p=quarantine")
    zone.add(DOMAIN, "MX", f"10 courriel.{DOMAIN}.")
    return zone


def look(zone: Zone, settings: Settings = SENDGRID, seconds: float = 5) -> DomainHealth:
    with serving(zone) as server:
        return examine(settings, Dns(open_resolver(server), seconds))


def finding(zone: Zone, subject: Subject, settings: Settings = SENDGRID, seconds: float = 5) -> Finding:
    return next(each for each in look(zone, settings, seconds).findings if each.subject is subject)


def statuses(health: DomainHealth) -> dict[Subject, Status]:
    return {each.subject: each.status for each in health.findings}


@contextmanager
def dns_of(zone: Zone, seconds: float = 5) -> Iterator[Dns]:
    with serving(zone) as server:
        yield Dns(open_resolver(server), seconds)


# --- the whole --------------------------------------------------------------------------------------


def test_a_domain_in_order_has_four_good_findings() -> None:
    health = look(healthy())

    assert (health.domain, health.excuse) == (DOMAIN, "")
    assert statuses(health) == dict.fromkeys(Subject, Status.RIGHT)
    assert [each.record for each in health.findings] == [None] * 4
    assert [each.found for each in health.findings] == [
        ("v=spf1 include:sendgrid.net ~all",),
        (GOOD_KEY,),
        ("v=DMARC1; p=quarantine",),
        (f"10 courriel.{DOMAIN}",),
    ]


def test_a_bare_domain_is_told_what_to_add() -> None:
    zone = Zone()
    zone.txt(DOMAIN, "google-site-verification=x")

    health = look(zone)

    assert statuses(health) == dict.fromkeys(Subject, Status.MISSING)
    assert [each.record for each in health.findings] == [
        Record(DOMAIN, "TXT", "v=spf1 include:sendgrid.net ~all"),
        None,
        Record(f"_dmarc.{DOMAIN}", "TXT", "v=DMARC1; p=none"),
        None,
    ]


def test_what_it_says_to_add_puts_it_in_order() -> None:
    zone = healthy()
    zone.txt(DOMAIN, "google-site-verification=x")
    del zone.records[f"_dmarc.{DOMAIN}", "TXT"]

    for each in look(zone).findings:
        if each.record:
            zone.txt(each.record.host, each.record.value)

    assert statuses(look(zone)) == {**dict.fromkeys(Subject, Status.RIGHT), Subject.DMARC: Status.WEAK}


def test_a_domain_that_does_not_exist_is_said_four_times() -> None:
    health = look(Zone())

    assert statuses(health) == dict.fromkeys(Subject, Status.WRONG)
    assert {each.meaning for each in health.findings} == {f"Le domaine {DOMAIN} n’existe pas dans le DNS."}


@pytest.mark.parametrize(
    ("mail_from", "transport", "excuse"),
    [
        ("a@semaine.quebec", MailTransport.CONSOLE, "MAIL_TRANSPORT=console"),
        ("a@localhost", MailTransport.SMTP, "de ce réseau"),
        ("a@[127.0.0.1]", MailTransport.SMTP, "de ce réseau"),
        ("a@courriel.test", MailTransport.SMTP, "nom d’essai"),
        ("a@example.com", MailTransport.SENDGRID, "nom d’essai"),
        ("Semaine <a@bureau.local>", MailTransport.SMTP, "nom d’essai"),
    ],
)
def test_nothing_is_asked_about_a_name_that_is_nobodys(
    mail_from: str, transport: MailTransport, excuse: str
) -> None:
    zone = healthy()

    health = look(zone, replace(SMTP, mail_from=mail_from, mail_transport=transport))

    assert excuse in health.excuse
    assert (health.findings, zone.asked) == ((), [])


@pytest.mark.parametrize(
    ("mail_from", "domain"),
    [
        ("bonjour@Semaine.Quebec", "semaine.quebec"),
        ("Le Collectif <bonjour@courriel.semaine.quebec.>", "courriel.semaine.quebec"),
    ],
)
def test_the_domain_is_what_follows_the_at_sign(mail_from: str, domain: str) -> None:
    assert domain_of(mail_from) == domain


def test_a_name_with_accents_is_asked_as_the_dns_writes_it() -> None:
    zone = Zone()
    zone.txt("xn--qubec-csa.ca", "v=spf1 -all")

    found = finding(zone, Subject.SPF, replace(SMTP, mail_from="a@québec.ca"))

    assert found.found == ("v=spf1 -all",)


def test_a_name_that_cannot_be_asked_does_not_exist() -> None:
    with dns_of(healthy()) as dns:
        name = f"{'x' * 64}.quebec"

        assert dns.ask_all([(name, "TXT"), ("a..b", "TXT")]) == {
            (name, "TXT"): Answer(Reply.NO_NAME),
            ("a..b", "TXT"): Answer(Reply.NO_NAME),
        }


# --- a DNS that does not tell -----------------------------------------------------------------------


def test_a_server_that_never_answers_is_not_guessed_at() -> None:
    zone = healthy()
    zone.silent.add("*")
    start = monotonic()

    health = look(zone, seconds=0.5)

    assert statuses(health) == dict.fromkeys(Subject, Status.UNREACHABLE)
    assert health.is_silent
    assert {each.meaning for each in health.findings} == {UNVERIFIED}
    assert [(each.found, each.record) for each in health.findings] == [((), None)] * 4
    assert monotonic() - start < 3


@pytest.mark.parametrize("trouble", [rcode.SERVFAIL, rcode.REFUSED, rcode.FORMERR, rcode.YXDOMAIN])
def test_a_server_in_trouble_is_not_guessed_at(trouble: rcode.Rcode) -> None:
    zone = healthy()
    zone.trouble = trouble
    zone.broken.add("*")

    assert statuses(look(zone)) == dict.fromkeys(Subject, Status.UNREACHABLE)


def test_nobody_at_the_server_s_address_is_not_guessed_at() -> None:
    with nobody() as server:
        health = examine(SENDGRID, Dns(open_resolver(server), 0.5))

    assert health.is_silent


def test_a_machine_without_resolver_is_not_guessed_at() -> None:
    assert examine(SENDGRID, Dns(None)).is_silent


def test_the_resolver_of_a_closed_network_is_not_believed() -> None:
    zone = Zone()
    del zone.records[ROOT]

    assert look(zone).is_silent


def test_what_a_closed_network_does_not_know_is_not_called_missing() -> None:
    zone = Zone()
    del zone.records[ROOT]
    zone.txt(DOMAIN, "v=spf1 include:sendgrid.net ~all")
    zone.add(DOMAIN, "MX", f"10 courriel.{DOMAIN}.")

    assert statuses(look(zone)) == {
        **dict.fromkeys(Subject, Status.UNREACHABLE),
        Subject.MX: Status.RIGHT,
    }


def test_what_is_known_is_said_beside_what_is_not() -> None:
    zone = healthy()
    zone.broken.add(f"_dmarc.{DOMAIN}")

    assert statuses(look(zone)) == {
        **dict.fromkeys(Subject, Status.RIGHT),
        Subject.DMARC: Status.UNREACHABLE,
    }


def test_the_five_replies_are_told_apart() -> None:
    zone = healthy()
    zone.broken.add("panne.quebec")
    zone.silent.add("muet.quebec")
    names = (f"_dmarc.{DOMAIN}", f"_domainkey.{DOMAIN}", f"absent.{DOMAIN}", "panne.quebec", "muet.quebec")

    with dns_of(zone, 0.5) as dns:
        answers = dns.ask_all((name, "TXT") for name in names)

    assert [answers[name, "TXT"].reply for name in names] == [
        Reply.FOUND,
        Reply.EMPTY,
        Reply.NO_NAME,
        Reply.FAILED,
        Reply.SILENT,
    ]


def test_a_question_that_gets_lost_is_asked_again() -> None:
    zone = healthy()
    zone.lost.add(f"_dmarc.{DOMAIN}")

    assert finding(zone, Subject.DMARC).status is Status.RIGHT
    assert zone.asked.count((f"_dmarc.{DOMAIN}", "TXT", "udp")) == 2


def test_an_answer_too_long_for_a_datagram_is_read_by_tcp() -> None:
    zone = healthy()
    zone.truncated.add(f"_dmarc.{DOMAIN}")

    assert finding(zone, Subject.DMARC).status is Status.RIGHT
    assert (f"_dmarc.{DOMAIN}", "TXT", "tcp") in zone.asked


def test_questions_are_asked_together() -> None:
    zone = healthy()
    zone.silent.update({"un.quebec", "deux.quebec", "trois.quebec"})
    start = monotonic()

    with dns_of(zone, 0.6) as dns:
        dns.ask_all((name, "TXT") for name in zone.silent)

    assert monotonic() - start < 1.5


# --- SPF --------------------------------------------------------------------------------------------


def spf_finding(record: str, settings: Settings = SMTP, **cited: str) -> Finding:
    """What is said of that record; the names that it cites are given without their « .quebec »."""
    zone = healthy()
    zone.txt(DOMAIN, record)
    for name, text in cited.items():
        zone.txt(f"{name}.quebec", text)
    return finding(zone, Subject.SPF, settings)


@pytest.mark.parametrize(
    ("record", "status", "words"),
    [
        ("v=spf1 ip4:192.0.2.1 -all", Status.RIGHT, "nommés"),
        ("V=SPF1 a mx ~ALL", Status.RIGHT, "nommés"),
        ("v=spf1 redirect=sendgrid.net", Status.RIGHT, "nommés"),
        ("v=spf1 mx/24 a:hote.quebec/28 exists:%{i}.x.quebec exp=texte.quebec -all", Status.RIGHT, "nommés"),
        ("v=spf1 mx +all", Status.WRONG, "n’importe qui"),
        ("v=spf1 mx all", Status.WRONG, "n’importe qui"),
        ("v=spf1 mx ?all", Status.WEAK, "ne dit rien"),
        ("v=spf1 mx", Status.WEAK, "ne dit rien"),
        ("v=spf1", Status.WEAK, "ne dit rien"),
        ("v=spf1 includ:sendgrid.net -all", Status.WRONG, "«\u00a0includ:sendgrid.net\u00a0»"),
        ("v=spf1 ip4:192.0.2.256 -all", Status.WRONG, "«\u00a0ip4:192.0.2.256\u00a0»"),
        ("v=spf1 ip4:2001:db8:: -all", Status.WRONG, "«\u00a0ip4:2001:db8::\u00a0»"),
        ("v=spf1 include: -all", Status.WRONG, "«\u00a0include:\u00a0»"),
        ("v=spf1 include:vide.quebec -all", Status.WRONG, "vide.quebec"),
    ],
)
def test_an_spf_record_is_judged(record: str, status: Status, words: str) -> None:
    found = spf_finding(record)

    assert (found.status, found.found) == (status, (record,))
    assert words in found.meaning


@pytest.mark.parametrize(
    ("record", "mended"),
    [
        ("v=spf1 mx +all", "v=spf1 mx ~all"),
        ("v=spf1 mx ?all", "v=spf1 mx ~all"),
        ("v=spf1 mx", "v=spf1 mx ~all"),
    ],
)
def test_an_spf_record_that_lets_everybody_in_is_given_mended(record: str, mended: str) -> None:
    assert spf_finding(record).record == Record(DOMAIN, "TXT", mended)


def test_sendgrid_is_added_to_what_the_record_says_already() -> None:
    found = spf_finding("v=spf1 mx ip4:192.0.2.1 -all", SENDGRID)

    assert found.status is Status.WEAK
    assert found.record == Record(DOMAIN, "TXT", "v=spf1 include:sendgrid.net mx ip4:192.0.2.1 -all")
    assert spf_finding(found.record.value, SENDGRID).status is Status.RIGHT


def test_sendgrid_cited_by_a_cited_record_is_enough() -> None:
    found = spf_finding(
        "v=spf1 include:commun.quebec -all", SENDGRID, commun="v=spf1 include:SendGrid.net ~all"
    )

    assert found.status is Status.RIGHT


def test_two_spf_records_are_worth_none() -> None:
    zone = healthy()
    zone.txt(DOMAIN, "v=spf1 mx -all", "v=spf1 include:sendgrid.net ~all", "v=spf10 autre")

    found = finding(zone, Subject.SPF)

    assert found.status is Status.WRONG
    assert found.found == ("v=spf1 include:sendgrid.net ~all", "v=spf1 mx -all")


@pytest.mark.parametrize(("extra", "status"), [("a mx", Status.RIGHT), ("a mx ptr", Status.WRONG)])
def test_ten_lookups_pass_and_eleven_do_not(extra: str, status: Status) -> None:
    found = spf_finding(
        f"v=spf1 include:un.quebec include:deux.quebec {extra} ip4:192.0.2.1 -all",
        un="v=spf1 a mx exists:x.quebec ~all",
        deux="v=spf1 mx include:trois.quebec ~all",
        trois="v=spf1 a ~all",
    )

    assert found.status is status
    assert ("plus de 10 consultations" in found.meaning) is (status is Status.WRONG)


def test_records_that_cite_each_other_are_not_followed_for_ever() -> None:
    zone = healthy()
    zone.txt(DOMAIN, f"v=spf1 include:{DOMAIN} -all")

    assert "plus de 10 consultations" in finding(zone, Subject.SPF).meaning
    assert zone.asked.count((DOMAIN, "TXT", "udp")) <= spf.LOOKUP_LIMIT + 1


def test_records_that_multiply_are_not_followed_for_ever() -> None:
    zone = healthy()
    zone.txt(DOMAIN, "v=spf1 " + " ".join(f"include:c{n}.quebec" for n in range(60)) + " -all")

    assert "plus de 10 consultations" in finding(zone, Subject.SPF).meaning
    assert [name for name, _kind, _way in zone.asked if name.startswith("c")] == []


def test_a_redirect_beside_all_is_not_used() -> None:
    assert spf_finding("v=spf1 redirect=vide.quebec -all").status is Status.RIGHT


def test_a_cited_name_that_does_not_answer_leaves_the_record_unverified() -> None:
    zone = healthy()
    zone.txt(DOMAIN, "v=spf1 include:panne.quebec -all")
    zone.broken.add("panne.quebec")

    found = finding(zone, Subject.SPF, SMTP)

    assert (found.status, found.found) == (Status.UNREACHABLE, ("v=spf1 include:panne.quebec -all",))
    assert "panne.quebec" in found.meaning


def test_the_address_of_the_smtp_server_is_named_when_it_is_public() -> None:
    zone = healthy()
    zone.txt(DOMAIN, "autre")
    zone.add("smtp.hote.quebec", "A", "8.8.4.4")

    found = finding(zone, Subject.SPF, SMTP)

    assert (found.status, found.record) == (Status.MISSING, None)
    assert "«\u00a0ip4:8.8.4.4\u00a0»" in found.advice


@pytest.mark.parametrize("host", ["127.0.0.1", "10.0.0.5", "smtp.hote.quebec"])
def test_an_address_that_is_not_public_is_not_proposed(host: str) -> None:
    zone = healthy()
    zone.txt(DOMAIN, "autre")
    zone.add("smtp.hote.quebec", "A", "192.168.1.2")

    found = finding(zone, Subject.SPF, replace(SMTP, smtp_host=host))

    assert "n’est pas connue d’ici" in found.advice
    assert "ip4" not in found.advice


# --- DKIM -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("record", "key"),
    [
        (GOOD_KEY, Key.GOOD),
        (f"p={public_key(2048)}", Key.GOOD),
        (f"v=DKIM1;p={public_key(4096)[:40]} {public_key(4096)[40:]};", Key.GOOD),
        (f"v=DKIM1; k=ed25519; p={base64.b64encode(bytes(32)).decode()}", Key.GOOD),
        (f"v=DKIM1; k=ed25519; p={base64.b64encode(bytes(31)).decode()}", Key.UNREADABLE),
        (f"v=DKIM1; p={public_key(1024)}", Key.SHORT),
        (f"v=DKIM1; p={public_key(512)}", Key.TOO_SHORT),
        (f"v=DKIM1; t=s:y; p={public_key(2048)}", Key.TESTING),
        (f"v=DKIM1; t=y; p={public_key(512)}", Key.TOO_SHORT),
        ("v=DKIM1; p=", Key.REVOKED),
        ("v=DKIM1; k=rsa", Key.UNREADABLE),
        (f"v=DKIM1; k=dsa; p={public_key(2048)}", Key.UNREADABLE),
        (f"v=DKIM1; p={public_key(2048)[:-40]}", Key.UNREADABLE),
        ("v=DKIM1; p=?!", Key.UNREADABLE),
    ],
)
def test_a_key_is_judged(record: str, key: Key) -> None:
    assert dkim.judge(record) is key


def dkim_finding(settings: Settings = SMTP, **keys: str) -> Finding:
    """What is said of keys given by selector."""
    zone = Zone()
    zone.txt(DOMAIN, "v=spf1 -all")
    for selector, record in keys.items():
        zone.txt(f"{selector}._domainkey.{DOMAIN}", record)
    return finding(zone, Subject.DKIM, settings)


@pytest.mark.parametrize(
    ("record", "status"),
    [
        (f"v=DKIM1; p={public_key(1024)}", Status.WEAK),
        (f"v=DKIM1; p={public_key(768)}", Status.WRONG),
        ("v=DKIM1; p=", Status.WRONG),
        ("v=DKIM1; p=coupé", Status.WRONG),
    ],
)
def test_a_key_that_is_not_good_is_said(record: str, status: Status) -> None:
    found = dkim_finding(default=record)

    assert (found.status, found.found) == (status, (record,))
    assert "«\u00a0default\u00a0»" in found.meaning
    assert found.advice


def test_the_best_key_is_the_one_that_signs() -> None:
    assert dkim_finding(SENDGRID, s1="v=DKIM1; p=", s2=GOOD_KEY).status is Status.RIGHT


def test_a_wildcard_that_is_no_key_is_no_key() -> None:
    assert dkim_finding(SENDGRID, s1="v=spf1 -all").status is Status.MISSING


def test_a_selector_that_cannot_be_known_is_not_called_missing() -> None:
    found = dkim_finding(SMTP, inconnu2026=GOOD_KEY)

    assert found.status is Status.UNKNOWN
    assert "MAIL_DKIM_SELECTOR" in found.advice


def test_a_selector_that_is_given_is_looked_at_alone() -> None:
    settings = replace(SMTP, mail_dkim_selector="an2026")

    assert dkim_finding(settings, an2026=GOOD_KEY).status is Status.RIGHT
    assert dkim_finding(settings, default=GOOD_KEY).status is Status.MISSING


def test_an_alias_that_leads_nowhere_is_shown() -> None:
    zone = healthy()
    for selector in ("s1", "s2"):
        del zone.records[f"{selector}.domainkey.u1.wl.sendgrid.net", "TXT"]

    found = finding(zone, Subject.DKIM)

    assert found.status is Status.WRONG
    assert found.found == (f"s1._domainkey.{DOMAIN} CNAME s1.domainkey.u1.wl.sendgrid.net",)
    assert "Sender Authentication" in found.advice


def test_a_key_out_of_reach_is_not_called_missing() -> None:
    zone = Zone()
    zone.txt(DOMAIN, "v=spf1 -all")
    zone.broken.add(f"s2._domainkey.{DOMAIN}")

    assert finding(zone, Subject.DKIM).status is Status.UNREACHABLE


# --- DMARC ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("records", "status", "words"),
    [
        (["v=DMARC1; p=reject; rua=mailto:x@semaine.quebec"], Status.RIGHT, "«\u00a0p=reject\u00a0»"),
        (["v=DMARC1;p=Quarantine"], Status.RIGHT, "«\u00a0p=quarantine\u00a0»"),
        (["v = DMARC1 ; p=reject"], Status.RIGHT, "écartés"),
        (["v=DMARC1; p=none"], Status.WEAK, "n’empêche personne"),
        (["v=DMARC1; p=reject; pct=20"], Status.WEAK, "20\u00a0%"),
        (["v=DMARC1"], Status.WRONG, "manque"),
        (["v=DMARC1; p=refuser"], Status.WRONG, "manque"),
        (["v=DMARC1; p=none", "v=DMARC1; p=reject"], Status.WRONG, "plusieurs"),
        (["p=none; v=DMARC1"], Status.MISSING, "Aucune consigne"),
        (["v=DMARC1; p=none", "autre chose"], Status.WEAK, "n’empêche personne"),
    ],
)
def test_a_dmarc_record_is_judged(records: list[str], status: Status, words: str) -> None:
    zone = healthy()
    zone.txt(f"_dmarc.{DOMAIN}", *records)

    found = finding(zone, Subject.DMARC)

    assert found.status is status
    assert words in found.meaning


@pytest.mark.parametrize(
    ("record", "status"),
    [
        ("v=DMARC1; p=reject", Status.RIGHT),
        ("v=DMARC1; p=reject; sp=none", Status.WEAK),
        ("v=DMARC1; p=none; sp=quarantine", Status.RIGHT),
    ],
)
def test_a_subdomain_follows_the_domain_above_it(record: str, status: Status) -> None:
    zone = healthy()
    zone.txt(f"_dmarc.{DOMAIN}", record)
    zone.txt(f"a.courriel.{DOMAIN}", "v=spf1 -all")
    zone.txt(f"s1._domainkey.a.courriel.{DOMAIN}", GOOD_KEY)

    found = finding(zone, Subject.DMARC, replace(SENDGRID, mail_from=f"x@a.courriel.{DOMAIN}"))

    assert (found.status, found.found) == (status, (record,))
    assert f"La consigne vient de {DOMAIN}." in found.meaning


def test_the_record_of_the_subdomain_itself_comes_first() -> None:
    zone = healthy()
    zone.txt(f"courriel.{DOMAIN}", "v=spf1 -all")
    zone.txt(f"_dmarc.courriel.{DOMAIN}", "v=DMARC1; p=none; sp=reject")

    found = finding(zone, Subject.DMARC, replace(SMTP, mail_from=f"x@courriel.{DOMAIN}"))

    assert (found.status, found.found) == (Status.WEAK, ("v=DMARC1; p=none; sp=reject",))


def test_the_top_of_the_tree_is_not_asked() -> None:
    zone = healthy()

    look(zone)

    assert {name for name, _kind, _way in zone.asked if name.startswith("_dmarc")} == {f"_dmarc.{DOMAIN}"}


def test_a_severe_policy_that_turns_on_ourselves_is_said() -> None:
    zone = healthy()
    for selector in ("s1", "s2"):
        del zone.records[f"{selector}._domainkey.{DOMAIN}", "CNAME"]

    found = finding(zone, Subject.DMARC)

    assert found.status is Status.WRONG
    assert "vos propres messages" in found.meaning


def test_a_good_spf_answers_for_a_server_of_ours() -> None:
    zone = healthy()
    zone.txt(DOMAIN, "v=spf1 ip4:192.0.2.1 -all")

    settings = replace(SMTP, mail_dkim_selector="absent")

    assert finding(zone, Subject.DKIM, settings).status is Status.MISSING
    assert finding(zone, Subject.DMARC, settings).status is Status.RIGHT


def test_what_could_not_be_verified_is_not_accused() -> None:
    zone = healthy()
    zone.broken.update({f"s1._domainkey.{DOMAIN}", f"s2._domainkey.{DOMAIN}"})

    assert finding(zone, Subject.DMARC).status is Status.RIGHT


# --- MX ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("records", "status"),
    [
        ({"MX": ["20 b.hote.quebec.", "10 a.hote.quebec."]}, Status.RIGHT),
        ({"MX": ["0 ."]}, Status.WRONG),
        ({"A": ["192.0.2.1"]}, Status.WEAK),
        ({"AAAA": ["2001:db8::1"]}, Status.WEAK),
        ({}, Status.MISSING),
    ],
)
def test_somebody_receives_the_answers_or_not(records: dict[str, list[str]], status: Status) -> None:
    zone = healthy()
    del zone.records[DOMAIN, "MX"]
    for kind, values in records.items():
        zone.add(DOMAIN, kind, *values)

    found = finding(zone, Subject.MX)

    assert found.status is status
    assert f"bonjour@{DOMAIN}" in found.advice


def test_the_servers_that_receive_are_named() -> None:
    assert f"courriel.{DOMAIN}." in finding(healthy(), Subject.MX).meaning


# --- the words --------------------------------------------------------------------------------------


def test_every_sentence_is_french_as_it_is_printed() -> None:
    ill = healthy()
    ill.txt(DOMAIN, "v=spf1 includ:x +all")
    ill.txt("s1.domainkey.u1.wl.sendgrid.net", "v=DKIM1; p=")
    ill.txt(f"_dmarc.{DOMAIN}", "v=DMARC1; p=reject; pct=5")
    bare = Zone()
    bare.txt(DOMAIN, "x")
    healths = [look(zone, settings) for zone in (healthy(), ill, bare) for settings in (SENDGRID, SMTP)]

    sentences = {
        text for health in healths for each in health.findings for text in (each.meaning, each.advice)
    }

    assert len(sentences) > 15
    assert {text: list(faults(text)) for text in sentences if list(faults(text))} == {}
