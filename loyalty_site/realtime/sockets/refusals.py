"""Why a socket is closed. docs/realtime.md tells clients what to do about each code."""

BAD_REQUEST = 4400
NOT_SIGNED_IN = 4401
FORBIDDEN = 4403
UNKNOWN_PATH = 4404
TOO_SLOW = 4408
TOO_MANY_SOCKETS = 4429
TOO_BIG = 1009
TRY_AGAIN_LATER = 1013


class Refused(Exception):
    """This connection ends with `code`; `reason` is for whoever looks at the client's log."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
