"""What the accounts app refuses."""

from apps.accounts.models import ApiToken
from apps.errors import PortalError


class MissingScope(PortalError):
    """The token is valid but may not do this."""

    code = "missing_scope"

    @classmethod
    def of(cls, token: ApiToken, needed: str) -> "MissingScope":
        """Name the scope that is missing and those that are there."""
        return cls(
            f"The token “{token.name}” has no scope “{needed}”; it has: {', '.join(token.scopes)}.",
            hint=f"Make a token with the scope “{needed}” under Account → API tokens.",
        )


class SessionNeeded(PortalError):
    """Something that only a person at a browser may do."""

    code = "session_needed"


class InvalidInvitation(PortalError):
    """An invitation that cannot be accepted (any more)."""

    code = "invalid_invitation"


class AccountExists(PortalError):
    """There is an account with that e-mail address already."""

    code = "account_exists"
