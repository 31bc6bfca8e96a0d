"""The commands of the contract, run as people run them: in a process of their own."""

import base64
import csv
import json
import logging
import os
import re
import resource
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import threading
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from campaign import cli, clock
from campaign.accounts import queries as accounts
from campaign.accounts import services
from campaign.accounts.models import Role
from campaign.campaigns import queries as campaigns
from campaign.config import P256, ROOT, Settings
from campaign.db import db, transaction
from campaign.outbox import services as outbox
from campaign.outbox.models import HEARTBEAT
from campaign.territory.models import Territory
from tests.outbox.dns_server import Zone, serving
from tests.outbox.smtp_server import free_port

NBSP = "\u00a0"


on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
"""For what does not depend on the engine."""


@dataclass
class Done:
    code: int
    out: str
    err: str


Run = Callable[..., Done]


@pytest.fixture
def environment(settings: Settings) -> dict[str, str]:
    """What the commands of this test are told; nothing of the machine's own settings."""
    return {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": settings.database_url.replace("postgresql+psycopg://", "postgresql://"),
        "SECRET_KEY": settings.secret_key,
        "UPLOAD_DIR": str(settings.upload_dir),
    }


@pytest.fixture(autouse=True)
def _own_log() -> Iterator[None]:
    """A command sets the log up for its process; this one is the tests'."""
    root, ours = logging.getLogger(), logging.getLogger("campaign")
    before = (root.handlers, root.level, ours.level)
    yield
    logging.captureWarnings(False)
    root.handlers = before[0]
    root.setLevel(before[1])
    ours.setLevel(before[2])


@pytest.fixture
def run(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Run a command to its end, in this process: starting Python each time would take most of the time."""

    def run(*arguments: object, **more: str) -> Done:
        capsys.readouterr()
        with monkeypatch.context() as machine:
            machine.setattr(os, "environ", environment | more)
            code = cli.main([str(argument) for argument in arguments])
        shown = capsys.readouterr()
        return Done(code, shown.out.replace(NBSP, " "), shown.err.replace(NBSP, " "))

    return run


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["valser"], "« valser » est inconnu. Choisissez parmi : "),
        (["link"], "il manque : CODE_GÉO."),
        (["users", "add", "a@exemple.quebec"], "il manque : --role."),
        (["users", "add", "a@exemple.quebec", "--role", "reine"], "--role : « reine » est inconnu."),
        (["worker", "--once", "--maintenant"], "arguments inconnus : --maintenant."),
        (["worker", "--once", "--now", "demain"], "« demain » n’est pas un instant"),
        (["edition", "open", "--number", "0", "--start", "2027-11-15"], "inscrivez un nombre d’au moins 1"),
        (["edition", "open", "--number", "12", "--start", "15/11/2027"], "« 15/11/2027 » n’est pas une date"),
        (["demo", "--port", "99999"], "inscrivez un nombre de 1 à 65535"),
        (["serve", "--workers"], "--workers : une valeur est attendue."),
        (["serve", "--port", "abc"], "--port : « abc » ne convient pas."),
    ],
)
def test_wrong_arguments_are_said_in_french(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = cli.main(arguments)

    shown = capsys.readouterr()
    assert (code, shown.out) == (2, "")
    assert said in shown.err.replace(NBSP, " ")
    assert "emploi : python3 run.py" in shown.err.replace(NBSP, " ")
    assert not re.search(r"\b(usage|error|argument|invalid|required)\b", shown.err)


def test_help_is_in_french_and_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    code = cli.main(["--help"])

    shown = capsys.readouterr().out
    assert code == 0
    assert not re.search(r"\b(usage|show this|positional)\b", shown)
    commands = re.findall(r"^    ([a-z]+)\b", shown, re.MULTILINE)
    assert " ".join(commands) == (
        "demo init serve worker directory contacts activities users link edition mailing backup restore "
        "doctor"
    )


def test_the_roles_offered_are_the_roles() -> None:
    assert set(cli.ROLES) == set(Role)


@on_sqlite
def test_a_wrong_configuration_is_said_at_once(run: Run) -> None:
    done = run("doctor", MAIL_TRANSPORT="pigeon", SMTP_PORT="x")

    assert (done.code, done.out) == (1, "")
    assert "MAIL_TRANSPORT : " in done.err
    assert "SMTP_PORT : " in done.err


@on_sqlite
def test_an_empty_database_is_not_served(run: Run, tmp_path: Path) -> None:
    for command in (["worker", "--once"], ["link", "12043"], ["edition", "list"]):
        done = run(*command, DATABASE_URL=f"sqlite:///{tmp_path / 'vide.sqlite3'}")

        assert (done.code, done.out) == (1, "")
        assert "Exécutez d’abord « python3 run.py init »." in done.err


def test_init_makes_a_real_campaign_and_changes_nothing_the_second_time(app: Flask, run: Run) -> None:
    said = {"--edition-start": "2027-11-15", "--organization": "Collectif", "--postal-address": "1, rue A"}
    first = run("init", *(word for pair in said.items() for word in pair))
    second = run("init")

    assert (first.code, second.code) == (0, 0)
    assert "1 098" in first.out or "1098" in first.out
    with app.app_context():
        edition, organization = campaigns.current_edition(), campaigns.organization()
        assert (edition.number, edition.is_simulated) == (12, False)
        assert (organization.name, organization.postal_address) == ("Collectif", "1, rue A")


@on_sqlite
def test_an_account_added_twice_is_one_account(app: Flask, directory: None, run) -> None:
    run("users", "add", "eve@exemple.quebec", "--role", "viewer")
    done = run(
        "users", "add", "Eve@exemple.quebec", "--role", "coordinator", "--region", "01", "--region", "09"
    )

    assert done.code == 0
    address = done.out.splitlines()[-1]
    assert app.test_client().get(address).status_code == 200
    with app.app_context():
        user = accounts.find_user("eve@exemple.quebec")
        assert user is not None
        assert (user.role, user.region_codes) == (Role.COORDINATOR, frozenset({"01", "09"}))
        assert len(accounts.list_users()) == 1


@on_sqlite
def test_wrong_accounts_are_refused(directory: None, run: Run) -> None:
    for arguments, said in (
        (["pas-une-adresse", "--role", "viewer"], "Vérifiez l’adresse courriel"),
        (["eve@exemple.quebec", "--role", "coordinator"], "Choisissez au moins une région"),
        (["eve@exemple.quebec", "--role", "coordinator", "--region", "99"], "Région inconnue : 99."),
    ):
        done = run("users", "add", *arguments)

        assert (done.code, done.out) == (2, "")
        assert said in done.err


@on_sqlite
def test_a_personal_link_is_printed_and_opens_the_form(app: Flask, directory: None, run: Run) -> None:
    run("edition", "open", "--number", "12", "--start", "2027-11-15", "--theme", "Grandir")

    done = run("link", "12043")
    unknown = run("link", "00000")

    assert done.code == 0
    assert "/p/" in done.out
    assert app.test_client().get(done.out.splitlines()[-1]).status_code == 200
    assert (unknown.code, unknown.out) == (2, "")


def test_editions_are_opened_once_and_listed(run: Run) -> None:
    opened = run("edition", "open", "--number", "12", "--start", "2027-11-15", "--theme", "Grandir")
    again = run("edition", "open", "--number", "12", "--start", "2028-11-13")
    listed = run("edition", "list")

    assert opened.out == "L’édition est ouverte : 12e édition, du 15 au 21 novembre 2027, « Grandir ».\n"
    assert (again.code, again.out) == (1, "")
    assert listed.out == "12e édition, du 15 au 21 novembre 2027, « Grandir » (courante)\n"


@pytest.fixture
def prepared(run: Run) -> None:
    """A real campaign: the directory, the 12th edition, who carries it."""
    run(
        *("init", "--edition-start", "2027-11-15", "--organization", "Collectif"),
        *("--postal-address", "1, rue de l’Exemple, Québec", "--contact", "bonjour@exemple.quebec"),
    )


@on_sqlite
@pytest.mark.usefixtures("prepared")
def test_mailings_are_listed_with_their_moment_in_the_order_of_the_calendar(run: Run) -> None:
    listed = run("mailing", "list")

    lines = [line.split() for line in listed.out.splitlines()]
    assert [(line[0], line[1]) for line in lines[1:3]] == [
        ("invitation", "2027-08-17T09:00-04:00"),
        ("rappel-1", "2027-09-01T09:00-04:00"),
    ]
    assert "resolution-avant-elections" in listed.out.splitlines()[0]
    assert "pas cette année" in listed.out.splitlines()[0]


@pytest.mark.usefixtures("prepared")
def test_a_scheduled_mailing_leaves_at_its_moment_and_once(run: Run) -> None:
    scheduled = run("mailing", "schedule", "invitation")
    early = run("worker", "--once", "--now", "2027-08-17T07:59-04:00")
    in_the_islands = run("worker", "--once", "--now", "2027-08-17T08:01-04:00")
    due = run("worker", "--once", "--now", "2027-08-17T09:00-04:00")
    again = run("worker", "--once", "--now", "2027-08-17T09:05-04:00")

    assert scheduled.out == (
        "« Invitation » est planifié. J−90 : mardi 17 août 2027, 9 h.\n"
        "Départ : mardi 17 août 2027, 9 h (2027-08-17T09:00-04:00).\n"
    )
    counts = [int(done.out.split(";")[0].split(" : ")[1]) for done in (early, in_the_islands, again)]
    assert counts == [0, 2, 0]  # it is nine o'clock in the Îles-de-la-Madeleine an hour sooner
    sent = int(due.out.partition(";")[0].removeprefix("Courriels envoyés : "))
    assert sent > 1000
    assert due.err.count("Courriel montré à l’écran") == sent


@on_sqlite
@pytest.mark.usefixtures("prepared")
def test_a_preview_lists_every_address_with_its_reason(app: Flask, run: Run) -> None:
    before = run("mailing", "preview", "invitation", "--now", "2027-08-17T09:00-04:00")
    reminder = run("mailing", "preview", "rappel-1", "--now", "2027-09-01T09:00-04:00")

    rows = list(csv.DictReader(before.out.splitlines()))
    assert list(rows[0])[:3] == ["adresse", "decision", "motif"]
    with app.app_context():
        current = select(Territory.email).where(Territory.is_local, Territory.valid_to.is_(None))
        known = db.session.scalars(current).all()
    assert {row["adresse"] for row in rows} == {address.lower() for address in known}
    assert {row["decision"] for row in rows if row["adresse"]} == {"incluse"}
    assert {row["motif"] for row in rows if not row["adresse"]} <= {"Aucune adresse courriel connue"}
    reasons = {row["motif"] for row in csv.DictReader(reminder.out.splitlines())}
    assert "N’a pas reçu « Invitation »" in reasons


@on_sqlite
@pytest.mark.usefixtures("prepared")
def test_what_cannot_be_scheduled_says_why(run: Run) -> None:
    unknown = run("mailing", "schedule", "pigeon")
    other_year = run("mailing", "schedule", "resolution-avant-elections")
    run("mailing", "schedule", "invitation")
    twice = run("mailing", "schedule", "invitation")

    assert (unknown.code, other_year.code, twice.code) == (2, 1, 1)
    assert "La commande « mailing list » donne les clés." in unknown.err
    assert "les années d’élections municipales" in other_year.err
    assert "déjà planifié" in twice.err


@on_sqlite
def test_nothing_is_scheduled_before_the_sender_is_named(run: Run) -> None:
    run("init", "--edition-start", "2027-11-15", "--organization", "Collectif")

    refused = run("mailing", "schedule", "invitation")

    assert refused.code == 1
    assert "son adresse postale, un courriel ou un téléphone" in refused.err


@on_sqlite
def test_the_directory_is_compared_and_a_rehearsal_writes_nothing(
    app: Flask, run: Run, tmp_path: Path
) -> None:
    packaged = ROOT / "campaign/territory/data/municipalites.csv"
    broken = tmp_path / "brise.csv"
    broken.write_text("code;nom\n1;A\n", encoding="utf-8")

    rehearsal = run("directory", "import", packaged, "--dry-run")
    with app.app_context():
        assert db.session.scalar(select(Territory.id).limit(1)) is None
    real, again = run("directory", "import", packaged), run("directory", "import", packaged)
    refused, absent = run("directory", "import", broken), run("directory", "import", tmp_path / "rien.csv")

    assert (rehearsal.code, real.code, again.code) == (0, 0, 0)
    assert "Rien n’a été écrit" in rehearsal.out
    assert "Rien n’a été écrit" not in real.out
    assert (refused.code, refused.out, absent.code, absent.out) == (1, "", 1, "")
    assert refused.err
    assert absent.err


@on_sqlite
def test_a_list_of_contacts_is_rehearsed_written_and_known(run: Run, tmp_path: Path) -> None:
    good, wrong = tmp_path / "liste.csv", tmp_path / "fausse.csv"
    header = "nom;courriel;organisme;type;source\n"
    good.write_text(f"{header}Ève Côté;eve@exemple.quebec;La Lanterne;média;Presse\n", encoding="cp1252")
    wrong.write_text(f"{header}Ève Côté;eve@;La Lanterne;maire;\n", encoding="utf-8")

    said = [run("contacts", "import", good, *more) for more in (("--dry-run",), (), ())]
    refused, absent = run("contacts", "import", wrong), run("contacts", "import", tmp_path / "rien.csv")

    assert [answer.out.replace("\u00a0", " ") for answer in said] == [
        "Ajouts : 1; mises à jour : 0; déjà connus : 0.\nRien n’a été écrit (essai).\n",
        "Ajouts : 1; mises à jour : 0; déjà connus : 0.\n",
        "Ajouts : 0; mises à jour : 0; déjà connus : 1.\n",
    ]
    assert (refused.code, refused.out, refused.err.count("Ligne 2, colonne"), absent.code) == (1, "", 3, 1)


@on_sqlite
def test_activities_import_shows_then_writes_and_a_second_time_changes_nothing(
    run: Run, tmp_path: Path
) -> None:
    run("init", "--edition-start", "2027-11-15", "--organization", "Collectif")
    header = "Titre;Description;Organisme;Date;Lieu;Municipalité;Public visé;Coût;Courriel\n"
    line = "Conte;Des histoires.;La Lanterne;{};Salle;Hébertville;3-5 ans;Gratuit;info@exemple.quebec\n"
    good, mixed = tmp_path / "bon.csv", tmp_path / "mixte.csv"
    good.write_text(header + line.format("15 nov. 10 h"), encoding="mac-roman")
    wrong = line.replace("Conte", "Marche").format("31 nov.")
    mixed.write_text(header + line.format("16 nov. 10 h") + wrong, encoding="cp1252")

    said = [run("activities", "import", good, *more) for more in (("--dry-run",), (), ())]
    refused, valid = (run("activities", "import", mixed, *more) for more in ((), ("--valid-only",)))

    assert [answer.out.replace("\u00a0", " ").splitlines() for answer in said] == [
        ["À créer : 1; à mettre à jour : 0; inchangées : 0; en erreur : 0.", "Rien n’a été écrit (essai)."],
        [
            "À créer : 1; à mettre à jour : 0; inchangées : 0; en erreur : 0.",
            "Créées : 1; mises à jour : 0; inchangées : 0.",
        ],
        [
            "À créer : 0; à mettre à jour : 0; inchangées : 1; en erreur : 0.",
            "Créées : 0; mises à jour : 0; inchangées : 1.",
        ],
    ]
    assert (refused.code, refused.err.count("Ligne 3, colonne"), valid.code) == (1, 1, 0)
    assert valid.out.endswith("Créées : 0; mises à jour : 1; inchangées : 0.\n")


@on_sqlite
def test_worker_once_says_one_line_of_counts(app: Flask, run: Run) -> None:
    with app.app_context(), transaction():
        user = services.save_user("jeanne@exemple.quebec", Role.ADMIN, now=clock.now())
        services.invite(user, now=clock.now())

    done, after = run("worker", "--once"), run("worker", "--once", "--now", "2027-11-15T09:00-05:00")

    assert done.code == after.code == 0
    assert done.out.startswith("Courriels envoyés : 1; remis à plus tard : 0;")
    assert after.out.startswith("Courriels envoyés : 0;")
    assert len(done.out.splitlines()) == 1
    assert "Objet : Votre lien de connexion" in done.err


@on_sqlite
def test_now_without_once_is_refused(run: Run) -> None:
    done = run("worker", "--now", "2027-11-15T09:00")

    assert (done.code, done.out) == (1, "")


def test_a_backup_taken_while_writing_comes_back_whole(
    app: Flask, settings: Settings, run: Run, tmp_path: Path
) -> None:
    archive = tmp_path / "copie.zip"
    settings.upload_dir.mkdir()
    (settings.upload_dir / "photo.jpg").write_bytes(b"image")
    run("edition", "open", "--number", "12", "--start", "2027-11-15")

    saved = run("backup", archive)
    run("edition", "open", "--number", "13", "--start", "2028-11-13")
    (settings.upload_dir / "photo.jpg").write_bytes(b"autre")
    (settings.upload_dir / "apres.jpg").write_bytes(b"apres")
    with app.app_context():
        db.engine.dispose()
    restored = run("restore", archive)

    assert (saved.code, restored.code) == (0, 0), restored.err
    assert "12e édition" in run("edition", "list").out
    assert "13e édition" not in run("edition", "list").out
    assert [file.name for file in settings.upload_dir.iterdir()] == ["photo.jpg"]
    assert (settings.upload_dir / "photo.jpg").read_bytes() == b"image"
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600


@on_sqlite
def test_what_is_no_backup_changes_nothing(run: Run, tmp_path: Path) -> None:
    run("edition", "open", "--number", "12", "--start", "2027-11-15")
    before = run("edition", "list").out
    text, other, slip = tmp_path / "a.txt", tmp_path / "b.zip", tmp_path / "c.zip"
    text.write_text("bonjour")
    manifest = {
        "format": "pavois-sauvegarde-1",
        "engine": "sqlite",
        "schema": "x",
        "made_at": "",
        "uploads": 0,
    }
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("lisezmoi.txt", "bonjour")
    with zipfile.ZipFile(slip, "w") as archive:
        archive.writestr("manifest.json", json.dumps(manifest))
        archive.writestr("database.sqlite3", b"")
        archive.writestr("uploads/../../intrus.txt", "x")

    for file in (text, other, slip, tmp_path / "absent.zip"):
        done = run("restore", file)

        assert (done.code, done.out) == (1, "")
        assert done.err
    assert run("edition", "list").out == before
    assert not (tmp_path.parent / "intrus.txt").exists()


@on_sqlite
def test_a_database_in_use_is_not_replaced(app: Flask, settings: Settings, run: Run, tmp_path: Path) -> None:
    # PostgreSQL replaces inside its own transaction: nobody is cut off there.
    archive = tmp_path / "copie.zip"
    run("backup", archive)
    file = settings.database_url.removeprefix("sqlite:///")

    with closing(sqlite3.connect(file)) as busy:
        busy.execute("SELECT * FROM alembic_version").fetchall()
        done = run("restore", archive)

    assert (done.code, done.out) == (1, "")
    assert "La base est en service." in done.err


@on_sqlite
def test_doctor_says_what_is_wrong_and_what_to_do(app: Flask, run: Run) -> None:
    sick = run("doctor")
    with app.app_context(), transaction():
        outbox.beat(HEARTBEAT, clock.now())
    well = run("doctor")

    assert sick.code == 1
    assert "Planificateur : il n’a jamais tourné. Démarrez « python3 run.py worker »." in sick.out
    assert (well.code, well.err) == (0, "")
    assert "Planificateur : en marche." in well.out


@pytest.fixture
def beating(app: Flask) -> None:
    """A worker gave a sign of life: what is left to say is about the sending domain."""
    with app.app_context(), transaction():
        outbox.beat(HEARTBEAT, clock.now())


def sending(server: str) -> dict[str, str]:
    """Settings of an installation that really sends, and asks that DNS server."""
    return {
        "MAIL_TRANSPORT": "sendgrid",
        "SENDGRID_API_KEY": "SG.made-up",
        "MAIL_FROM": "Semaine <bonjour@semaine.quebec>",
        "SENDGRID_WEBHOOK_PUBLIC_KEY": base64.b64encode(P256 + bytes(64)).decode(),
        "DNS_SERVER": server,
    }


@on_sqlite
@pytest.mark.usefixtures("beating")
def test_doctor_says_what_to_publish_for_the_sending_domain(run: Run) -> None:
    zone = Zone()
    zone.txt("semaine.quebec", "v=spf1 include:sendgrid.net ~all")
    zone.txt("sendgrid.net", "v=spf1 ip4:192.0.2.0/24 ~all")
    zone.txt("s1._domainkey.semaine.quebec", "v=DKIM1; p=")
    zone.add("semaine.quebec", "MX", "10 courriel.semaine.quebec.")
    with serving(zone) as server:
        done = run("doctor", **sending(server))

    told = [line for line in done.out.splitlines() if " de semaine.quebec" in line]
    assert done.code == 1
    assert [line.split(" de ")[0] for line in told] == [
        "bon       SPF",
        "à régler  DKIM",
        "à régler  DMARC",
        "bon       MX",
    ]
    assert "est révoquée" in told[1]
    assert "À publier : _dmarc.semaine.quebec TXT « v=DMARC1; p=none »." in told[2]
    assert "2 points sont à corriger." in done.err


@on_sqlite
@pytest.mark.usefixtures("beating")
def test_doctor_blames_nobody_for_a_dns_out_of_reach(run: Run) -> None:
    zone = Zone()
    zone.broken.add("*")
    with serving(zone) as server:
        done = run("doctor", **sending(server))

    assert (done.code, done.err) == (0, "")
    assert "Domaine d’envoi semaine.quebec : DNS injoignable, rien n’a pu être vérifié." in done.out
    assert "SPF" not in done.out


@on_sqlite
@pytest.mark.usefixtures("beating")
def test_doctor_says_what_is_lost_when_sendgrid_is_not_believed(run: Run) -> None:
    zone = Zone()
    zone.broken.add("*")
    with serving(zone) as server:
        done = run("doctor", **(sending(server) | {"SENDGRID_WEBHOOK_PUBLIC_KEY": ""}))

    assert done.code == 1
    assert "Les adresses mortes, les plaintes et les désabonnements se perdent" in done.out
    assert "Réglez SENDGRID_WEBHOOK_PUBLIC_KEY." in done.out


@on_sqlite
@pytest.mark.usefixtures("beating")
def test_doctor_examines_no_domain_when_nothing_leaves(run: Run) -> None:
    done = run("doctor")

    assert done.code == 0
    assert "Domaine d’envoi : rien n’est examiné." in done.out


Started = tuple[subprocess.Popen[str], list[str]]


@contextmanager
def started(
    environment: dict[str, str], *arguments: str
) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """A server, once it says that it is ready; with the lines it printed so far."""
    process = subprocess.Popen(
        [sys.executable, "-m", "campaign", *arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    errors: list[str] = []
    reader = threading.Thread(target=lambda stream: errors.extend(stream), args=(process.stderr,))
    reader.start()
    lines: list[str] = []
    try:
        for line in process.stdout:
            lines.append(line.replace(NBSP, " ").rstrip("\n"))
            if "Pavois sert" in line or "Lien personnel" in line:
                break
        else:
            raise AssertionError("".join(errors))
        yield process, lines
    finally:
        process.terminate()
        process.wait(40)
        reader.join()
        process.stdout.close()
        process.stderr.close()


def fetch(address: str) -> int:
    with urllib.request.urlopen(address, timeout=20) as answer:  # noqa: S310 - our own server
        return int(answer.status)


@on_sqlite
def test_the_demonstration_starts_once_then_at_once(environment: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "demo.sqlite3"
    port = free_port()
    environment = environment | {"DATABASE_URL": f"sqlite:///{file}"}
    with started(environment, "demo", "--port", str(port)) as (process, lines):
        addresses = [line.split(" : ", 1)[1] for line in lines if "http" in line]
        assert [fetch(address) for address in addresses] == [200, 200, 200]
        assert all(address.startswith(f"http://127.0.0.1:{port}/") for address in addresses)
        process.send_signal(signal.SIGTERM)
        assert process.wait(40) == 0

    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with started(environment, "demo", "--port", str(port)) as (_process, again):
        assert [fetch(a) for line in again if "http" in line for a in [line.split(" : ", 1)[1]]] == [200] * 3
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    # Work, not waiting: other programs of the machine do not change it.
    took = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert took < 3, "the second start, three pages and the stop take under three seconds"
    assert sorted(path.name for path in tmp_path.glob("demo*")) == ["demo.sqlite3"]


def launch(environment: dict[str, str], *arguments: str) -> Done:
    """A server that is expected to refuse: in its own process, since it makes others."""
    done = subprocess.run(
        [sys.executable, "-m", "campaign", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return Done(done.returncode, done.stdout.replace(NBSP, " "), done.stderr.replace(NBSP, " "))


@on_sqlite
def test_the_demonstration_touches_no_other_database(
    environment: dict[str, str], run: Run, tmp_path: Path
) -> None:
    address = f"sqlite:///{tmp_path / 'vraie.sqlite3'}"
    assert run("init", DATABASE_URL=address).code == 0
    before = (tmp_path / "vraie.sqlite3").read_bytes()

    for arguments in (["demo"], ["demo", "--fresh"]):
        port = str(free_port())
        done = launch(environment | {"DATABASE_URL": address}, *arguments, "--port", port)

        assert (done.code, done.out) == (1, "")
        assert "Cette base n’est pas celle de la démonstration" in done.err
        assert "Traceback" not in done.err
    assert (tmp_path / "vraie.sqlite3").read_bytes() == before


@on_sqlite
@pytest.mark.parametrize("workers", ["1", "2"], ids=["one process", "two processes"])
def test_a_database_that_is_not_ready_is_not_served(
    environment: dict[str, str], tmp_path: Path, workers: str
) -> None:
    own = environment | {"DATABASE_URL": f"sqlite:///{tmp_path / 'vide.sqlite3'}"}

    done = launch(own, "serve", "--port", str(free_port()), "--workers", workers)

    assert (done.code, done.out) == (1, "")
    assert "Exécutez d’abord « python3 run.py init »." in done.err


@on_sqlite
def test_a_port_already_taken_is_said_at_once(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run("serve", "--port", port)

    assert (done.code, done.out) == (1, "")
    assert f"Le port {port} est déjà utilisé." in done.err


@on_sqlite
def test_the_server_finishes_what_is_under_way_when_it_is_told_to_stop(
    app: Flask, environment: dict[str, str]
) -> None:
    port = free_port()
    with started(environment, "serve", "--port", str(port)) as (process, _lines):
        with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
            # Half a request, then the rest once the server has stopped taking new ones.
            line.sendall(b"POST /connexion HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n")
            line.sendall(b"Expect: 100-continue\r\nConnection: close\r\n\r\n12345")
            assert line.recv(1024).startswith(b"HTTP/1.1 100"), "the request is in the application's hands"
            process.send_signal(signal.SIGTERM)
            wait_until_closed(port)
            line.sendall(b"67890")
            answer = b"".join(iter(lambda: line.recv(65536), b""))
        assert process.wait(40) == 0

    assert b"HTTP/1.1 400" in answer, "the form has no CSRF token; what matters is that it was answered"


def wait_until_closed(port: int) -> None:
    """Until nobody listens at the port any more."""
    pause = threading.Event()
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            return
        pause.wait(0.1)
    raise AssertionError("the server still takes requests")
