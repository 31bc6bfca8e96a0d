"""What can go wrong for a person; each carries a French sentence that says what happened, then what to do."""


class CampaignError(Exception):
    """A refusal that a person may read."""

    status = 400

    def __init__(self, message: str) -> None:
        self.message = message
        super().__init__(message)


class NotFound(CampaignError):
    """Nothing stands at this address, or not for this person."""

    status = 404


class Gone(CampaignError):
    """What stood here has been withdrawn: a link that expired, was used or revoked."""

    status = 410


class Conflict(CampaignError):
    """Somebody else was first, or the state does not allow it any more."""

    status = 409


class Refused(CampaignError):
    """The person may not do this."""

    status = 403


class WrongArgument(CampaignError):
    """A command was given something that does not exist or cannot be."""
