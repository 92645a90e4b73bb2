"""Clinics, the people who work in them, and the part each has there."""

from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower

from itb.accounts.permissions import PARTS, TOLD, Permission, Role


class Clinic(models.Model):
    """A clinic: its zone decides what "today" is, and its number stands where help is needed."""

    name = models.CharField(max_length=120)
    zone = models.CharField(max_length=60, help_text="IANA name, such as Europe/London")
    phone = models.CharField(max_length=40, help_text="Answered at any hour")

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

    def told(self) -> "MembershipQuerySet":
        """Those to whom letters about pumps go."""
        return self.active().filter(role__in=TOLD)


class Membership(models.Model):
    """A person's part in one clinic."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role.choices)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

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

    def may(self, permission: Permission) -> bool:
        """Whether this part allows `permission`."""
        return permission in PARTS[Role(self.role)].may
