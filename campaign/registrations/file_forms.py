"""A file in a form: the field, which no attempt may empty, and the form of somebody who changes theirs."""

from __future__ import annotations

from datetime import datetime

from werkzeug.datastructures import FileStorage, MultiDict
from wtforms import BooleanField, Field

from campaign.i18n import _
from campaign.registrations import file_kinds, files
from campaign.registrations.answers import GivenFile
from campaign.registrations.models import Question
from campaign.web.forms import PageForm


class FileAnswerField(Field):
    """A file: one just chosen, or one that an earlier sending left; the form carries the word that finds it.

    Files are apart from the other answers of a request: `take` reads them. Three parts of the page bear its
    name: that word, the file itself, the box that takes away the file kept.
    """

    data: GivenFile | None = None
    errors: list[str]
    process_errors: list[str]
    accepted, most_bytes, too_heavy = file_kinds.ACCEPTED, file_kinds.MAX_BYTES, file_kinds.TOO_HEAVY
    handle = ""
    drops = False

    def __init__(self, label: str, question: Question, **kwargs: object) -> None:
        self.question = question
        super().__init__(label, **kwargs)

    @property
    def file_name(self) -> str:
        return f"{self.name}-fichier"

    @property
    def drop_name(self) -> str:
        return f"{self.name}-retirer"

    def process_formdata(self, _typed: list[str]) -> None:
        """Nothing of it is among the typed answers."""

    def take(self, typed: MultiDict[str, str], sent: MultiDict[str, FileStorage], *, now: datetime) -> None:
        """The file chosen now, else the one kept. One that is refused leaves the one kept."""
        self.handle, self.drops = typed.get(self.name, ""), bool(typed.get(self.drop_name))
        if self.handle:
            self.data = files.find_kept(self.handle, self.question.id, now=now)
            if self.data is None:
                self._refuse(files.NO_LONGER_KEPT)
        if self.drops or self.data is None:
            self.data, self.handle = None, ""
        chosen = sent.get(self.file_name)
        if chosen is not None and chosen.filename:
            chosen.seek(0)
            try:
                self.data = file_kinds.read(chosen.filename, chosen.read(file_kinds.MAX_BYTES + 1))
                self.handle, self.process_errors, self.errors = "", [], []
            except file_kinds.Unfit as refusal:
                self._refuse(refusal.message)

    @property
    def is_new(self) -> bool:
        """It came with this sending."""
        return self.data is not None and self.data.kept_id is None and not self.handle

    def keep_aside(self, *, now: datetime) -> None:
        """So that it has not to be chosen again. What another form took meanwhile is that one's."""
        if self.data is None:
            return
        if self.is_new:
            self.handle = files.keep_aside(self.question.id, self.data, now=now)
        elif self.data.is_taken:
            self.handle = ""
        if not self.handle:
            self.data = None
            self._refuse(files.NO_LONGER_KEPT)

    def _refuse(self, sentence: str) -> None:
        """Seen whether or not the form is checked after."""
        self.process_errors = self.errors = [sentence]


class FileForm(PageForm):
    """One file, sent alone; `file_form_for` makes it for a question."""

    consent = BooleanField(_("J’accepte expressément que ce fichier soit gardé pour m’accueillir."))

    fichier: FileAnswerField
    question: Question

    def validate(self, extra_validators: object = None) -> bool:
        """A file, and the consent that a sensitive one needs."""
        super().validate()
        if self.fichier.data is None and not self.fichier.errors:
            self.fichier.errors = [_("Choisissez un fichier.")]
        if self.question.is_sensitive and not self.consent.data:
            self.consent.errors = [_("Cochez l’autorisation : sans elle, ce fichier n’est pas gardé.")]
        return not any(field.errors for field in self)


def file_form_for(question: Question, formdata: MultiDict[str, str] | None = None) -> FileForm:
    """The form of that question."""
    field = FileAnswerField(question.label, question, description=question.help)
    fields = {"fichier": field, "question": question}
    made: FileForm = type("FileFormOfQuestion", (FileForm,), fields)(formdata=formdata)
    return made
