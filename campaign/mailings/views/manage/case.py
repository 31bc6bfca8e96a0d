"""What a page of the team is about: its edition, its mailing; who acts, and on which regions."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from campaign.accounts.access import current_user, scope_of
from campaign.accounts.models import Role
from campaign.campaigns import queries as campaigns
from campaign.campaigns.models import Edition
from campaign.db import db
from campaign.mailings import ledger, queries, words
from campaign.mailings.ledger import Regions
from campaign.mailings.models import Decision, Mailing, MailingState
from campaign.mailings.plan import VARIANT_LABELS
from campaign.mailings.timeline import Part
from campaign.outbox.models import MessageState
from campaign.outbox.words import MESSAGE_STATES, message_mark
from campaign.web.filters import capitalize_first

blueprint = Blueprint("mailings", __name__, url_prefix="/gestion/envois")

ACTORS = (Role.ADMIN, Role.ORGANIZER)
"""Whoever lets a mailing leave, or stops it."""


@blueprint.context_processor
def _vocabulary() -> dict[str, object]:
    """Words and marks that the templates of this room use."""
    return {
        "mailing_states": words.STATES,
        "mailing_mark": words.state_mark,
        "mailing_classes": {each.value: label for each, label in words.CLASSES.items()},
        "natures": words.NATURES,
        "decisions": words.DECISIONS,
        "variants": VARIANT_LABELS,
        "message_states": MESSAGE_STATES,
        "message_mark": message_mark,
        "sentence_of": ledger.sentence_of,
        "capitalize_first": capitalize_first,
        "Decision": Decision,
        "MailingState": MailingState,
        "MessageState": MessageState,
        "Part": Part,
        "may_act": current_user().role in ACTORS,
        "kept": kept(),
    }


def edition_asked() -> Edition:
    """The edition of the address, else the current one."""
    asked = request.args.get("edition", type=int)
    return campaigns.current_edition() if asked is None else campaigns.get_edition(asked)


def kept() -> dict[str, Any]:
    """The edition of the address, carried along."""
    asked = request.args.get("edition", type=int)
    return {} if asked is None else {"edition": asked}


def regions_seen() -> Regions:
    """The regions whose rows this person may read; None for all of them."""
    return scope_of(current_user()).region_codes


def author_name() -> str:
    """Who acts, as the history names them."""
    user = current_user()
    return user.name or user.email


def locked(key: str) -> tuple[Mailing, Edition]:
    """The mailing to act on: two people, or a person and the worker, take turns."""
    edition = edition_asked()
    campaigns.check_open(edition)
    mailing = queries.get_mailing(edition, key)
    db.session.refresh(mailing, with_for_update=True)
    return mailing, edition


def address_of(key: str) -> str:
    """Where the mailing is shown, in the same edition."""
    return url_for(".show", key=key, **kept())


def back_to(key: str) -> ResponseReturnValue:
    """Once done, to the page of the mailing."""
    return redirect(address_of(key), 303)
