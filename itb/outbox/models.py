"""Letters, each an obligation to tell one person one thing; and the pulse of the cycles that send them."""

from urllib.parse import urlsplit

from django.db import models

from itb.accounts.models import Clinic, Invitation, Membership, User
from itb.audit.history import tracked


class HookQuerySet(models.QuerySet["Hook"]):
    """Words for picking webhooks."""

    def visible_to(self, member: Membership) -> "HookQuerySet":
        """Those of the open clinic."""
        return self.filter(clinic_id=member.clinic_id)

    def open(self) -> "HookQuerySet":
        """Those that are told."""
        return self.filter(ended_at=None)


class Hook(models.Model):
    """A program that a clinic has told of what is critical or urgent: a pager's or a text-message gateway's."""

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    url = models.URLField(max_length=500)
    sealed = models.CharField(max_length=300, help_text="The secret that signs, sealed")
    started_at = models.DateTimeField()
    started_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)

    objects = HookQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["clinic"], condition=models.Q(ended_at=None), name="hook_one_open_a_clinic"
            ),
            models.CheckConstraint(
                condition=models.Q(url__regex="^https?://[^@#]+$"), name="hook_address_holds_no_password"
            ),
        ]

    def __str__(self) -> str:
        return self.url


class Letter(models.Model):
    """One obligation: a unique key, a recipient, a state. The message itself is made when it leaves.

    A letter holds no name, drug, dose or diagnosis: `template` picks fixed words, and the link leads to the sign-in.
    """

    class State(models.TextChoices):
        """Where a letter stands. `uncertain`: the hand-over began and nobody knows how it ended."""

        PENDING = "pending", "Waiting"
        CLAIMED = "claimed", "Being sent"
        HANDING_OVER = "handing_over", "Handing over"
        SENT = "sent", "Sent"
        DEAD = "dead", "Refused"
        BOUNCED = "bounced", "Came back"
        UNCERTAIN = "uncertain", "Uncertain"
        SUPERSEDED = "superseded", "No longer needed"

    class Pace(models.TextChoices):
        """With which others it may leave, and when. A critical letter is never anything but `at_once` or `alone`."""

        ALONE = "alone", "By itself"
        AT_ONCE = "at_once", "At once, with others of its words"
        BUDGET = "budget", "At once, while the day’s letters last"
        DIGEST = "digest", "With the digest of the clinic’s day"

    key = models.CharField(max_length=200, unique=True)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="letters")
    recipient = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="letters", null=True)
    invitation = models.ForeignKey(
        Invitation, on_delete=models.PROTECT, related_name="+", null=True, db_index=False
    )
    to_address = models.CharField(
        max_length=254,
        blank=True,
        default="",
        db_default="",
        help_text="Of somebody near a patient, who agreed",
    )
    nonce = models.CharField(
        max_length=64,
        blank=True,
        default="",
        db_default="",
        help_text="What the token in its links is made from",
    )
    hook = models.ForeignKey(Hook, on_delete=models.PROTECT, related_name="+", null=True, db_index=False)
    topic = models.CharField(max_length=80, help_text="What ends the need for it, such as alert:17")
    template = models.CharField(max_length=60)
    words = models.JSONField(
        default=dict, db_default={}, help_text="What the template is filled with: nothing about anyone"
    )
    is_critical = models.BooleanField(default=False)
    pace = models.CharField(
        max_length=10, choices=Pace.choices, default=Pace.ALONE, db_default=Pace.ALONE.value
    )
    envelope = models.BigIntegerField(
        null=True, help_text="The letter under whose key it left, alone or with others; its own number mostly"
    )
    state = models.CharField(max_length=20, choices=State.choices, default=State.PENDING)
    created_at = models.DateTimeField(help_text="From when it is owed")
    due_at = models.DateTimeField(help_text="Not tried before this; moved on by back-off")
    attempt = models.IntegerField(default=0, help_text="The fence: only the latest claimant may hand over")
    lease_until = models.DateTimeField(null=True)
    handed_at = models.DateTimeField(
        null=True, help_text="When a hand-over began that was not refused: it may have arrived"
    )
    sent_at = models.DateTimeField(null=True)
    uncertain_at = models.DateTimeField(null=True, help_text="When a hand-over of it first broke off")
    repeated = models.BooleanField(default=False, help_text="An uncertain critical letter goes again once")
    trouble = models.CharField(
        max_length=200, blank=True, help_text="The server's last answer, without addresses"
    )

    class Meta:
        indexes = [
            # Final states stay out, so that a claim costs the same beside a million sent letters; and of those to take,
            # what waits for a digest, so that it costs the same in a clinic that has much to tell tomorrow.
            models.Index(
                fields=["-is_critical", "due_at", "id"],
                name="letter_to_claim",
                condition=models.Q(state__in=["pending", "claimed", "handing_over"]),
            ),
            models.Index(
                fields=["-is_critical", "due_at", "id"],
                name="letter_to_take",
                condition=models.Q(
                    ~models.Q(state="pending") | ~models.Q(pace="digest"),
                    state__in=["pending", "claimed", "handing_over"],
                ),
            ),
            models.Index(
                fields=["clinic", "created_at"],
                name="letter_for_digest",
                condition=models.Q(state="pending", pace="digest"),
            ),
            models.Index(fields=["clinic", "-id"], name="letter_by_clinic"),
            models.Index(
                fields=["clinic"],
                name="letter_to_see_to",
                condition=models.Q(state__in=["dead", "bounced", "uncertain"]),
            ),
            models.Index(fields=["topic"], name="letter_by_topic"),
            models.Index(
                fields=["recipient"],
                name="letter_to_join",
                condition=models.Q(state__in=["pending", "uncertain"]),
            ),
            models.Index(
                fields=["recipient", "handed_at"],
                name="letter_by_hand_over",
                condition=models.Q(handed_at__isnull=False),
            ),
            models.Index(
                fields=["envelope"],
                name="letter_by_envelope",
                condition=models.Q(envelope__isnull=False),
            ),
            models.Index(
                fields=["-sent_at", "-id"],
                name="letter_by_sent",
                condition=models.Q(sent_at__isnull=False),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    state__in=[
                        "pending",
                        "claimed",
                        "handing_over",
                        "sent",
                        "dead",
                        "bounced",
                        "uncertain",
                        "superseded",
                    ]
                ),
                name="letter_state_known",
            ),
            models.CheckConstraint(
                condition=models.Q(pace__in=["alone", "at_once"])
                | models.Q(pace__in=["budget", "digest"], is_critical=False),
                name="letter_critical_waits_for_no_digest",
            ),
            models.CheckConstraint(
                condition=models.Q(recipient__isnull=False, invitation=None, hook=None, to_address="")
                | models.Q(recipient=None, invitation__isnull=False, hook=None, to_address="")
                | models.Q(recipient=None, invitation=None, hook__isnull=False, to_address="")
                | (models.Q(recipient=None, invitation=None, hook=None) & ~models.Q(to_address="")),
                name="letter_has_one_addressee",
            ),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def addressee(self) -> str:
        """Whom it is for; one who is invited has no name yet, and who is near a patient is not named."""
        if self.recipient:
            return self.recipient.user.name
        if self.hook:
            return "Webhook"
        return "Invited" if self.invitation_id else "A patient or contact"

    @property
    def address(self) -> str:
        """Where it goes; empty where that would say who is a patient's."""
        if self.recipient:
            return self.recipient.user.email
        if self.hook:
            return urlsplit(self.hook.url).hostname or ""
        return self.invitation.email if self.invitation else ""


class BounceQuerySet(models.QuerySet["Bounce"]):
    """Words for picking bounces."""

    def visible_to(self, member: Membership) -> "BounceQuerySet":
        """Those of the open clinic."""
        return self.filter(clinic_id=member.clinic_id)

    def open(self) -> "BounceQuerySet":
        """Neither confirmed since, nor of an address that is another by now, nor of one who has left."""
        return self.filter(
            confirmed_at=None, recipient__ended_at=None, address__iexact=models.F("recipient__user__email")
        )


class Bounce(models.Model):
    """Letters to this address are refused or come back, until its person says that it is right, or has another."""

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    recipient = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="bounces")
    address = models.EmailField()
    found_at = models.DateTimeField()
    trouble = models.CharField(max_length=200, help_text="What the server answered, without addresses")
    confirmed_at = models.DateTimeField(null=True, help_text="When its person said that it is right")

    objects = BounceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["recipient", "address"],
                condition=models.Q(confirmed_at=None),
                name="bounce_one_open_an_address",
            )
        ]

    def __str__(self) -> str:
        return self.trouble


@tracked()
class Policy(models.Model):
    """When the digest comes, and how many letters a day. Each default stands in `itb.outbox.policy` with its source."""

    clinic = models.OneToOneField(Clinic, on_delete=models.PROTECT, related_name="letter_policy")
    morning_hour = models.PositiveSmallIntegerField()
    letters_a_day = models.PositiveSmallIntegerField()
    changed_because = models.TextField(blank=True, default="", db_default="", help_text="Why it was set so")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(morning_hour__range=(4, 12)), name="letterpolicy_morning_is_a_morning"
            ),
            models.CheckConstraint(
                condition=models.Q(letters_a_day__range=(2, 10)), name="letterpolicy_letters_a_day"
            ),
        ]

    def __str__(self) -> str:
        return f"Letters of {self.clinic}"


class Heartbeat(models.Model):
    """When a cycle last *finished*: a process that is up but does nothing leaves no pulse."""

    name = models.CharField(max_length=40, primary_key=True)
    finished_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Epoch(models.Model):
    """A break in the ledger: this database was found older than what has been sent.

    No letter leaves until a person has confirmed it, and a worker has then settled what was waiting. What comes after
    is the epoch `number`; a database that never broke is in epoch 0.
    """

    number = models.PositiveIntegerField(unique=True)
    found_at = models.DateTimeField()
    sentence = models.CharField(max_length=400, help_text="What is known of the gap, for people")
    gap_from = models.DateTimeField(null=True, help_text="The last thing that this database knows of")
    gap_until = models.DateTimeField(null=True, help_text="The last thing that is known to have happened")
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    begun_at = models.DateTimeField(null=True, help_text="From when letters leave again")

    def __str__(self) -> str:
        return f"Epoch {self.number}"
