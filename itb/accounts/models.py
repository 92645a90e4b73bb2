"""Clinics, the people who work in them, and the part each has there."""

from datetime import datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower, Now

from itb.accounts.permissions import EMERGENCY, PARTS, TOLD, Part, Permission, Role, roles_that_may
from itb.audit.history import tracked


@tracked()
class Clinic(models.Model):
    """A clinic: its zone decides what "today" is, and its number stands where help is needed."""

    name = models.CharField(max_length=120)
    zone = models.CharField(max_length=60, help_text="IANA name, such as Europe/London")
    phone = models.CharField(max_length=40, help_text="Answered at any hour")
    demands_second_factor = models.BooleanField(
        default=True, help_text="Whether its people reach anything with a password alone"
    )

    def __str__(self) -> str:
        return self.name

    @property
    def tz(self) -> ZoneInfo:
        """The clinic's zone."""
        return ZoneInfo(self.zone)


class UserManager(BaseUserManager["User"]):
    """Makes people."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Make a person who signs in with `email`, kept in lower case: no address exists twice by case."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        """Find by e-mail, whatever its case."""
        return self.get(email__iexact=username)


@tracked(exclude=["password", "last_login"])
class User(AbstractBaseUser):
    """A person who signs in by e-mail. What they may do stands in their memberships, never here."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    is_active = models.BooleanField(default=True)

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_once_whatever_its_case")]

    def __str__(self) -> str:
        return self.name


class MembershipQuerySet(models.QuerySet["Membership"]):
    """Words for picking memberships."""

    def active(self) -> "MembershipQuerySet":
        """Of people who can sign in and still belong."""
        return self.filter(ended_at=None, user__is_active=True)

    def visible_to(self, member: "Membership") -> "MembershipQuerySet":
        """Those of the open clinic."""
        return self.filter(clinic_id=member.clinic_id)

    def told(self) -> "MembershipQuerySet":
        """Those to whom letters about pumps go."""
        return self.active().filter(role__in=TOLD)

    def who_may(self, permission: Permission) -> "MembershipQuerySet":
        """Those whose part allows `permission`."""
        return self.active().filter(role__in=roles_that_may(permission))


@tracked()
class Membership(models.Model):
    """A person's part in one clinic."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role.choices)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    phone = models.CharField(
        max_length=40, blank=True, default="", db_default="", help_text="For the clinic's telephone list"
    )

    emergency: "EmergencyAccess | None" = None
    """Why this part is lent and not kept: a row that is never saved, made by `EmergencyAccess.as_member`."""

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "clinic"], condition=models.Q(ended_at=None), name="membership_once_a_clinic"
            ),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="membership_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()}"

    @property
    def part(self) -> Part:
        """What the role is for, and what it may do."""
        return EMERGENCY if self.emergency else PARTS[Role(self.role)]

    def may(self, permission: Permission) -> bool:
        """Whether this part allows `permission`."""
        return permission in self.part.may


class InvitationQuerySet(models.QuerySet["Invitation"]):
    """Words for picking invitations."""

    def visible_to(self, member: Membership) -> "InvitationQuerySet":
        """Those of the open clinic."""
        return self.filter(clinic_id=member.clinic_id)

    def open(self) -> "InvitationQuerySet":
        """Neither accepted nor taken back, and not too old."""
        return self.filter(accepted_at=None, revoked_at=None, expires_at__gt=Now())


@tracked(exclude=["nonce", "token_hash"])
class Invitation(models.Model):
    """An address that a clinic invites. The link in its letter works once; only the hash of its token is kept."""

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    email = models.EmailField()
    role = models.CharField(max_length=20, choices=Role.choices)
    nonce = models.CharField(
        max_length=64, help_text="With the secret key it makes the token, by itself nothing"
    )
    token_hash = models.CharField(max_length=64, unique=True)
    invited_at = models.DateTimeField()
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "clinic",
                Lower("email"),
                condition=Q(accepted_at=None, revoked_at=None),
                name="invitation_one_open_an_address",
            ),
            models.CheckConstraint(
                condition=Q(role__in=Role.values) & ~Q(role=Role.ADMINISTRATOR),
                name="invitation_to_a_part_that_one_person_may_grant",
            ),
            models.CheckConstraint(
                condition=Q(accepted_at=None) | Q(revoked_at=None), name="invitation_ends_in_one_way"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email} · {self.get_role_display()}"


class GrantQuerySet(models.QuerySet["Grant"]):
    """Words for picking grants."""

    def visible_to(self, member: Membership) -> "GrantQuerySet":
        """Those of the open clinic."""
        return self.filter(clinic_id=member.clinic_id)

    def open(self) -> "GrantQuerySet":
        """Waiting for a second person, and not too old."""
        return self.filter(closed_at=None, expires_at__gt=Now())


@tracked()
class Grant(models.Model):
    """One person asks that another become administrator; a second one confirms it, or not."""

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    expires_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", null=True, help_text="None: whoever runs the server"
    )
    is_confirmed = models.BooleanField(default=False)

    objects = GrantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "user"], condition=Q(closed_at=None), name="grant_one_open_a_person"
            ),
            models.CheckConstraint(
                condition=Q(is_confirmed=False) | (~Q(closed_by=F("asked_by")) & ~Q(closed_by=F("user"))),
                name="grant_confirmed_by_a_second_person",
            ),
            models.CheckConstraint(condition=~Q(asked_by=F("user")), name="grant_asked_by_another"),
            models.CheckConstraint(
                condition=Q(is_confirmed=False) | Q(closed_at__isnull=False), name="grant_confirmed_is_closed"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} as administrator"


class EmergencyAccessQuerySet(models.QuerySet["EmergencyAccess"]):
    """Words for picking emergency accesses."""

    def visible_to(self, member: Membership) -> "EmergencyAccessQuerySet":
        """Those to the open clinic."""
        return self.filter(clinic_id=member.clinic_id)

    def lasting(self) -> "EmergencyAccessQuerySet":
        """Neither over nor ended."""
        return self.filter(ended_at=None, expires_at__gt=Now())


@tracked()
class EmergencyAccess(models.Model):
    """A person without a part in a clinic has opened it, with a reason, for a short time: to read, and to be seen."""

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=500)
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, help_text="Where it was ended early")
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)

    objects = EmergencyAccessQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["clinic", "-opened_at"], name="emergency_access_by_clinic")]
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("opened_at")), name="emergency_access_has_an_end"
            ),
        ]

    def __str__(self) -> str:
        return self.reason

    def as_member(self) -> Membership:
        """The part that it lends: what every view is given, never saved."""
        member = Membership(
            user=self.opened_by, clinic=self.clinic, role="emergency", started_at=self.opened_at
        )
        member.emergency = self
        return member


class SignInQuerySet(models.QuerySet["SignIn"]):
    """Words for picking sign-ins."""

    def open(self, *, at: datetime) -> "SignInQuerySet":
        """Those that have not ended, locked ones among them."""
        return self.filter(ended_at=None, began_at__gt=at - settings.SIGN_IN_LASTS)


class SignIn(models.Model):
    """A person at one browser, from signing in to its end. The session points here: this row says whether it holds.

    `device` is the browser's own random cookie, hashed: it tells a new browser from one that was used before.
    """

    class End(models.TextChoices):
        """Why it ended before its time."""

        LEFT = "left", "You signed out."
        ELSEWHERE = "elsewhere", "You were signed out from another browser."
        CREDENTIAL = "credential", "A password or second factor of your account was changed."
        CLOSED = "closed", "An administrator of your clinic has ended it."

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="sign_ins")
    began_at = models.DateTimeField()
    seen_at = models.DateTimeField(help_text="The last thing that the person did, to the minute")
    proved_at = models.DateTimeField(help_text="When a password, a passkey or a code was last given")
    ended_at = models.DateTimeField(null=True)
    ended_for = models.CharField(max_length=20, choices=End.choices, blank=True)
    browser = models.CharField(max_length=60, help_text="In words, such as Firefox on Windows")
    device = models.CharField(max_length=64, blank=True)
    network = models.GenericIPAddressField(null=True)

    objects = SignInQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["user", "device"], name="sign_in_by_device")]

    def __str__(self) -> str:
        return f"{self.user_id} · {self.browser}"


class Draft(models.Model):
    """What a person has typed on one page of a clinic and not kept. It is theirs alone, and kept by no history."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    path = models.CharField(max_length=200)
    typed = models.TextField(help_text="As a browser sends a form")
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "clinic", "path"], name="draft_one_a_person_and_page")
        ]

    def __str__(self) -> str:
        return f"{self.path} of {self.user_id}"


class Attempt(models.Model):
    """A try to show who one is that has not come out right. Nobody can be read from it: both keys are hashes."""

    account = models.CharField(max_length=64)
    network = models.CharField(max_length=64)
    is_strange = models.BooleanField(help_text="From a browser that this account was never used from")
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["account", "at"], name="attempt_by_account"),
            models.Index(fields=["network", "at"], name="attempt_by_network"),
        ]

    def __str__(self) -> str:
        return f"{self.account[:8]} · {self.at}"


class Notice(models.Model):
    """Something a person must hear about their own account. The outbox comes by and makes a letter of it."""

    class Kind(models.TextChoices):
        """Each has its own fixed words, under templates/emails/accounts/."""

        RESET = "reset", "A way to a new password was asked for"
        PASSWORD = "password", "The password was changed"
        FACTOR_ADDED = "factor_added", "A second factor was added"
        FACTOR_REMOVED = "factor_removed", "A second factor was taken away"
        NEW_BROWSER = "new_browser", "Signed in from a browser that is new"

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="notices")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True, help_text="When the outbox made a letter of it")

    class Meta:
        indexes = [
            models.Index(fields=["id"], name="notice_waiting", condition=models.Q(taken_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} · {self.user_id}"


class CacheEntry(models.Model):
    """A row of Django's database cache: what the web processes must count together, with Redis or without."""

    cache_key = models.CharField(max_length=255, primary_key=True)
    value = models.TextField()
    expires = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.cache_key
