"""Settings: every mistake said at once, and one secret for all processes of a machine."""

import base64
import stat
import threading
from pathlib import Path

import pytest

from campaign.config import P256, MailTransport, Settings, SettingsError, SmtpSecurity, local_secret

SECRET = "x" * 40


def read(tmp_path: Path, **env: str) -> Settings:
    return Settings.from_environment(env, instance_dir=tmp_path)


def mistakes(tmp_path: Path, **env: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        read(tmp_path, **env)
    return [mistake.split("\u00a0: ")[0] for mistake in caught.value.mistakes]


def test_nothing_said_is_enough_on_one_machine(tmp_path: Path) -> None:
    settings = read(tmp_path)

    assert settings.database_url == f"sqlite:///{tmp_path}/pavois.sqlite3"
    assert settings.mail_transport is MailTransport.CONSOLE
    assert settings.is_secure is False


def test_the_secret_is_made_once_and_closed_to_others(tmp_path: Path) -> None:
    first, second = read(tmp_path), read(tmp_path)

    file = tmp_path / "secret_key"
    assert first.secret_key == second.secret_key == file.read_text()
    assert len(first.secret_key) == 64
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [file]


def test_processes_that_start_together_share_one_secret(tmp_path: Path) -> None:
    start = threading.Barrier(8)
    found: list[str] = []

    def begin() -> None:
        start.wait()
        found.append(local_secret(tmp_path))

    threads = [threading.Thread(target=begin) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 8
    assert len(set(found)) == 1


def test_over_https_a_secret_must_be_given(tmp_path: Path) -> None:
    assert mistakes(tmp_path, PUBLIC_URL="https://semaine.example") == ["SECRET_KEY"]
    settings = read(tmp_path, PUBLIC_URL="https://semaine.example/", SECRET_KEY=SECRET)

    assert (settings.public_url, settings.is_secure) == ("https://semaine.example", True)
    assert list(tmp_path.iterdir()) == []


def test_every_mistake_is_said_at_once(tmp_path: Path) -> None:
    found = mistakes(
        tmp_path,
        DATABASE_URL="mysql://x",
        SECRET_KEY="court",
        PUBLIC_URL="semaine.example",
        MAIL_TRANSPORT="smtp",
        SMTP_PORT="99999",
        SMTP_SECURITY="ssl",
        MAIL_RATE_PER_MINUTE="beaucoup",
        MAIL_RATE_PER_DOMAIN="0",
        MAIL_BATCH_SIZE="0",
        MAIL_LINES="9",
        TRUSTED_PROXIES="-1",
    )

    assert sorted(found) == [
        "DATABASE_URL",
        "MAIL_BATCH_SIZE",
        "MAIL_FROM",
        "MAIL_LINES",
        "MAIL_RATE_PER_DOMAIN",
        "MAIL_RATE_PER_MINUTE",
        "PUBLIC_URL",
        "SECRET_KEY",
        "SMTP_HOST",
        "SMTP_PORT",
        "SMTP_SECURITY",
        "TRUSTED_PROXIES",
    ]


def test_sendgrid_needs_its_key(tmp_path: Path) -> None:
    found = mistakes(tmp_path, MAIL_TRANSPORT="sendgrid", MAIL_FROM="a@exemple.quebec")

    assert found == ["SENDGRID_API_KEY"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SENDGRID_API_KEY", "SG.abc’"),
        ("SENDGRID_API_KEY", "SG abc"),
        ("SENDGRID_API_URL", "https://api.sendgrid.com /"),
    ],
)
def test_what_no_request_can_carry_is_refused(tmp_path: Path, name: str, value: str) -> None:
    assert mistakes(tmp_path, **{name: value}) == [name]


@pytest.mark.parametrize("value", ["pas une adresse", "Le Collectif <bonjour>", "@exemple.quebec"])
def test_a_sender_without_an_address_is_refused(tmp_path: Path, value: str) -> None:
    assert mistakes(tmp_path, MAIL_FROM=value) == ["MAIL_FROM"]
    assert read(tmp_path, MAIL_FROM="Le Collectif <bonjour@exemple.quebec>").mail_from.endswith("quebec>")


def test_a_counter_that_is_not_redis_is_refused(tmp_path: Path) -> None:
    assert mistakes(tmp_path, REDIS_URL="localhost") == ["REDIS_URL"]
    assert read(tmp_path, REDIS_URL="rediss://:secret@10.0.0.2:6379/1").redis_url


def test_a_line_feed_in_a_setting_is_refused(tmp_path: Path) -> None:
    assert mistakes(tmp_path, MAIL_FROM="a@exemple.quebec\r\nBcc: b@exemple.quebec") == ["MAIL_FROM"]


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_usual_address_of_postgresql_is_understood(tmp_path: Path, scheme: str) -> None:
    settings = read(tmp_path, DATABASE_URL=f"{scheme}://u:p@h/b")

    assert settings.database_url == "postgresql+psycopg://u:p@h/b"


def test_secrets_are_not_shown(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        SECRET_KEY=SECRET,
        SMTP_PASSWORD="motdepasse-smtp",
        SENDGRID_API_KEY="SG.cle",
        SMTP_SECURITY="tls",
    )

    assert settings.smtp_security is SmtpSecurity.TLS
    for secret in (SECRET, "motdepasse-smtp", "SG.cle"):
        assert secret not in repr(settings)


def test_a_dns_server_and_a_selector_are_read(tmp_path: Path) -> None:
    settings = read(tmp_path, DNS_SERVER="192.0.2.53:5353", MAIL_DKIM_SELECTOR="an2026")

    assert (settings.dns_server, settings.mail_dkim_selector) == ("192.0.2.53:5353", "an2026")
    assert read(tmp_path, DNS_SERVER="[2001:db8::53]:53").dns_server == "[2001:db8::53]:53"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DNS_SERVER", "dns.exemple.ca"),
        ("DNS_SERVER", "192.0.2.53:x"),
        ("DNS_SERVER", "[192.0.2"),
        ("MAIL_DKIM_SELECTOR", "a..b"),
        ("MAIL_DKIM_SELECTOR", "s1._domainkey.exemple.ca."),
        ("MAIL_DKIM_SELECTOR", "deux mots"),
    ],
)
def test_a_dns_server_or_a_selector_that_is_none_is_named(tmp_path: Path, name: str, value: str) -> None:
    assert mistakes(tmp_path, **{name: value}) == [name]


KEY = base64.b64encode(P256 + b"x" * 64).decode()


@pytest.mark.parametrize(
    "given",
    [
        KEY,
        f" {KEY}\n",
        f"-----BEGIN PUBLIC KEY-----\n{KEY[:64]}\n{KEY[64:]}\n-----END PUBLIC KEY-----\n",
        f"-----BEGIN PUBLIC KEY-----\\n{KEY}\\n-----END PUBLIC KEY-----",
    ],
)
def test_the_provider_s_key_is_read_as_it_is_copied(tmp_path: Path, given: str) -> None:
    assert read(tmp_path, SENDGRID_WEBHOOK_PUBLIC_KEY=given).sendgrid_webhook_public_key == KEY
    assert read(tmp_path).sendgrid_webhook_public_key == ""


@pytest.mark.parametrize("given", ["clé", "SG.abc", "AAAA", KEY[:-4], "A" * len(KEY)])
def test_a_provider_s_key_that_is_none_is_named(tmp_path: Path, given: str) -> None:
    assert mistakes(tmp_path, SENDGRID_WEBHOOK_PUBLIC_KEY=given) == ["SENDGRID_WEBHOOK_PUBLIC_KEY"]
