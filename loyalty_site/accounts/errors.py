"""Why a person is not let in. A view says by `error_statuses` that these answer 401 or 423."""

from points.errors import Conflict, Invalid, LoyaltyError


class NotSignedIn(LoyaltyError):
    """Who the caller is has not been shown. Answers 401."""

    code = "not_authenticated"
    message = "Sign in first."


class TokenInvalid(NotSignedIn):
    """The token is not ours, not of this kind, used up or ended."""

    code = "token_invalid"
    message = "The token is invalid."


class TokenExpired(NotSignedIn):
    """The token was good once."""

    code = "token_expired"
    message = "The token has expired."


class ApiKeyInvalid(NotSignedIn):
    """There is no such key, or the service account it speaks for may not come in."""

    code = "api_key_invalid"
    message = "The API key is invalid."


class ApiKeyExpired(NotSignedIn):
    """The key was good once."""

    code = "api_key_expired"
    message = "The API key has expired."


class ApiKeyRevoked(NotSignedIn):
    """Somebody ended the key."""

    code = "api_key_revoked"
    message = "The API key has been revoked."


class WrongCredentials(NotSignedIn):
    """No active person has this e-mail and password; never says which of them is wrong."""

    code = "invalid_credentials"
    message = "The e-mail or the password is wrong."


class SignInLocked(LoyaltyError):
    """Too many passwords were tried under this name. Answers 423; `wait` is in seconds."""

    code = "sign_in_locked"
    message = "Too many failed attempts. Try again later."

    def __init__(self, *, wait: int) -> None:
        self.wait = wait
        super().__init__(details={"retryAfterSeconds": wait})


class EmailTaken(Conflict):
    """Someone has this e-mail, in whatever case they wrote it."""

    code = "email_taken"
    message = "This e-mail is already registered."


class UserIdTaken(Conflict):
    """Someone has this user id."""

    code = "user_id_taken"
    message = "This user id is already taken."


class WrongPassword(Invalid):
    """The current password, asked for before it is changed, is another."""

    code = "wrong_password"
    message = "The current password is wrong."


class HostKeysAway(OSError):
    """The keys that would tell whether a host's token is good cannot be had at the moment."""

    message = "The host's keys are not available at the moment. Try again shortly."
