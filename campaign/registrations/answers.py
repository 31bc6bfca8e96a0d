"""What a form says, as plain values: who comes, what they chose and answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from campaign.contacts.models import Language

DIET = "alimentation"
ACCESS = "adaptation"
"""The two usual sensitive topics; an organizer's own are questions."""

TICKED = "oui"
"""What the answer to a consent is, for the questions that depend on it."""


@dataclass(frozen=True, kw_only=True)
class GivenFile:
    """A file sent with a form, or with an earlier sending of it. Two are the same by what they hold and by
    their name."""

    name: str
    media_type: str
    size_bytes: int = field(repr=False)
    digest: str
    """Of what was sent."""
    content: bytes = field(default=b"", repr=False, compare=False)
    """Empty when it is kept already."""
    kept_id: int | None = field(default=None, repr=False, compare=False)
    """Of its row, when an earlier sending left it."""
    is_taken: bool = field(default=False, repr=False, compare=False)
    """That row belongs to an answer already."""


@dataclass(frozen=True, kw_only=True)
class PersonAnswers:
    """One person. `answers` and `sensitive` are by number of question; `sensitive` also by topic (`DIET`,
    `ACCESS`), and holds nothing without the person's express consent. Of a file, they hold the name; `files`
    has the rest, by question too."""

    first_name: str
    last_name: str
    email: str = ""
    organization: str = ""
    role: str = ""
    territory_id: int | None = None
    cohort_id: int | None = None
    session_ids: tuple[int, ...] = ()
    attends_online: bool = False
    children: int = 0
    may_be_contacted: bool = False
    accepts_photos: bool = False
    answers: Mapping[int, object] = field(default_factory=dict)
    sensitive: Mapping[int | str, str] = field(default_factory=dict)
    files: Mapping[int, GivenFile] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class RegistrationAnswers:
    """One form: who fills it in, and the people it registers."""

    name: str
    email: str
    people: tuple[PersonAnswers, ...]
    phone: str = ""
    language: Language = Language.FRENCH
    invitation_token: str = ""
