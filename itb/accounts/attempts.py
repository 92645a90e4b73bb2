"""How often one may be wrong: ten times in a quarter of an hour for an account, and a hundred times before a reset.

A try is written down before it is looked at and taken back when it was right, so that tries at the same moment cannot
slip past one another. What keeps a clinic from being locked out:

- of an account's tries, strange browsers may use up seven in ten; the rest is for browsers that know it;
- a network is stopped at ten as well, but one account weighs at most three there, and known browsers pass: one
  person's wrong passwords shut out nobody at the next desk;
- a passkey, the link by letter and a hospital's own accounts do not come by here at all;
- an administrator of the clinic can give an account its tries back.

An address that nobody has is counted like any other: the answer tells nothing.
"""

from dataclasses import dataclass
from typing import Final

from allauth.core.internal.ratelimit import truncate_ip
from django.db import connection, transaction
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from itb.accounts.devices import device_of, network_of
from itb.accounts.models import Attempt, SignIn, User

WINDOW: Final = "15 minutes"
IN_WINDOW: Final = 10
IN_ALL: Final = 100
IN_WINDOW_STRANGE: Final = 7
IN_ALL_STRANGE: Final = 70
WEIGHT: Final = 3  # of one account on a network

WAIT: Final = (
    "There were too many wrong tries. Wait a quarter of an hour, or ask an administrator to unlock you."
)
RESET: Final = (
    "There were a hundred wrong tries. Set a new password by letter, or ask an administrator of your clinic to unlock "
    "you."
)

COUNTS: Final = """
WITH since AS (SELECT clock_timestamp() - %s::interval AS moment)
SELECT count(*) FILTER (WHERE at > moment),
       count(*) FILTER (WHERE at > moment AND is_strange),
       count(attempt.id),
       count(*) FILTER (WHERE is_strange),
       (SELECT coalesce(sum(least(tries, %s)), 0) FROM (
            SELECT count(*) AS tries FROM accounts_attempt, since
            WHERE network = %s AND is_strange AND at > moment GROUP BY account
       ) AS accounts)
FROM since LEFT JOIN accounts_attempt AS attempt ON account = %s
"""


class TooManyError(Exception):
    """The account, or the network, has been wrong too often; the message says what helps."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How often an account was wrong, lately and ever, and what strange browsers did of it; and a network, lately."""

    lately: int
    lately_strange: int
    ever: int
    ever_strange: int
    here: int

    def refusal(self, *, is_strange: bool) -> str:
        """Why the next try would be one too many; empty where it is not."""
        if self.ever >= IN_ALL or (is_strange and self.ever_strange >= IN_ALL_STRANGE):
            return RESET
        if self.lately >= IN_WINDOW:
            return WAIT
        is_full = self.lately_strange >= IN_WINDOW_STRANGE or self.here >= IN_WINDOW
        return WAIT if is_strange and is_full else ""


@dataclass(frozen=True, slots=True)
class Try:
    """A try that is written down, as wrong until it is forgiven."""

    account: str

    def forgive(self) -> None:
        """It was right: what was wrong before it is forgotten too."""
        forget(self.account)


def cache_key(key: str, key_prefix: str, version: int) -> str:
    """A key of the cache, hashed: nobody's address can be read from the table."""
    return _hash("cache", f"{key_prefix}:{version}:{key}")


def of_password(email: str) -> str:
    """What an account's passwords are counted under."""
    return _hash("password", email.strip().lower())


def of_code(user: User) -> str:
    """What a person's codes are counted under: a right password does not give codes their tries back."""
    return _hash("code", str(user.pk))


@transaction.atomic
def take(request: HttpRequest, account: str, *, user: User | None) -> Try:
    """Write down a try. Raises TooManyError, and then the password or code must not even be looked at."""
    network = _hash("network", truncate_ip(network_of(request) or ""))
    is_strange = not _is_known(request, user)
    with connection.cursor() as cursor:
        for lock in (account, network):  # always in this order, so that no two wait for one another
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [lock])
        cursor.execute(COUNTS, [WINDOW, WEIGHT, network, account])
        if refusal := Counts(*cursor.fetchone()).refusal(is_strange=is_strange):
            raise TooManyError(refusal)
        cursor.execute(
            "INSERT INTO accounts_attempt (account, network, is_strange, at) VALUES (%s, %s, %s, clock_timestamp())",
            [account, network, is_strange],
        )
    return Try(account)


def forget(*accounts: str) -> int:
    """Give accounts their tries back; how many were forgotten."""
    return Attempt.objects.filter(account__in=accounts).delete()[0]


def _is_known(request: HttpRequest, user: User | None) -> bool:
    device = device_of(request)
    return bool(user and device) and SignIn.objects.filter(user=user, device=device).exists()


def _hash(kind: str, text: str) -> str:
    return salted_hmac(f"itb.accounts.attempts.{kind}", text, algorithm="sha256").hexdigest()
