"""The ways out: SMTP, SendGrid, and the console of a rehearsal."""

from __future__ import annotations

from campaign.config import MailTransport, Settings
from campaign.outbox.letters import Transport
from campaign.outbox.transports.console import ConsoleTransport
from campaign.outbox.transports.smtp import SmtpTransport


def transport_for(settings: Settings) -> Transport:
    """The transport that the settings name."""
    if settings.mail_transport is MailTransport.SMTP:
        return SmtpTransport(settings)
    if settings.mail_transport is MailTransport.SENDGRID:
        # The client library takes a quarter of a second to import; only its users pay for it.
        from campaign.outbox.transports.sendgrid import SendGridTransport  # noqa: PLC0415

        return SendGridTransport(settings)
    return ConsoleTransport(settings.mail_from)
