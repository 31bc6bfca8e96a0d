"""What a mailing says and what it asks of its plan, read from what is kept of it."""

from __future__ import annotations

from dataclasses import replace

from campaign.campaigns.holidays import municipal_election_on
from campaign.campaigns.models import Edition
from campaign.mailings import calendar, queries
from campaign.mailings.audiences import Audience
from campaign.mailings.letters import Words
from campaign.mailings.models import Mailing
from campaign.mailings.plan import Brief
from campaign.mailings.schedule import MailingClass, Rule
from campaign.mailings.wording import Text


def words_of(mailing: Mailing, edition: Edition) -> dict[str, Words]:
    """The words of each variant: those of this edition, else of the one before, else the standard ones."""
    texts = {
        (variant, language): text for (variant, language), text in calendar.texts_of(mailing.key).items()
    }
    previous = queries.find_previous(mailing, edition)
    for source in (previous, mailing):
        if source is not None:
            texts |= latest_texts(source)
    # An English version written empty is one withdrawn.
    texts = {key: text for key, text in texts.items() if text.body}
    variants = {variant for variant, language in texts if language == "fr"}
    return {
        variant: Words(
            french=texts[variant, "fr"], english=texts.get((variant, "en")) or texts.get(("", "en"))
        )
        for variant in sorted(variants)
    }


def latest_texts(mailing: Mailing) -> dict[tuple[str, str], Text]:
    """The last version written of each variant and language."""
    return {
        (each.variant, each.language): Text(subject=each.subject, preheader=each.preheader, body=each.body)
        for each in reversed(queries.list_texts(mailing))
    }


def brief_of(mailing: Mailing, edition: Edition) -> Brief:
    """What planning needs to know of a mailing."""
    return replace(plan_of(mailing, edition), has_variants=len(words_of(mailing, edition)) > 1)


def plan_of(mailing: Mailing, edition: Edition) -> Brief:
    """Its brief as far as it says when and to whom it leaves: its words are not read."""
    return Brief(
        mailing_class=MailingClass(mailing.mailing_class),
        rule=Rule.from_json(mailing.rule),
        audience=Audience.from_json(mailing.audience),
        flag_on=edition.flag_on,
        groups_by_address=mailing.groups_by_address,
        earliest_at=mailing.earliest_at,
    )


def applies(mailing: Mailing, edition: Edition) -> bool:
    """Whether this edition has the mailing at all: one leaves in years of municipal elections only."""
    return Rule.from_json(mailing.rule).applies_in(edition.year, municipal_election_on(edition.year))
