"""Letters, each an obligation to tell one person one thing; and the pulse of the cycles that send them."""

from django.db import models

from itb.accounts.models import Clinic, Invitation, Membership, User


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
        UNCERTAIN = "uncertain", "Uncertain"
        SUPERSEDED = "superseded", "No longer needed"

    key = models.CharField(max_length=200, unique=True)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="letters")
    recipient = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="letters", null=True)
    invitation = models.ForeignKey(
        Invitation, on_delete=models.PROTECT, related_name="+", null=True, db_index=False
    )
    topic = models.CharField(max_length=80, help_text="What ends the need for it, such as alert:17")
    template = models.CharField(max_length=60)
    words = models.JSONField(
        default=dict, db_default={}, help_text="What the template is filled with: nothing about anyone"
    )
    is_critical = models.BooleanField(default=False)
    state = models.CharField(max_length=20, choices=State.choices, default=State.PENDING)
    created_at = models.DateTimeField(help_text="From when it is owed")
    due_at = models.DateTimeField(help_text="Not tried before this; moved on by back-off")
    attempt = models.IntegerField(default=0, help_text="The fence: only the latest claimant may hand over")
    lease_until = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    repeated = models.BooleanField(default=False, help_text="An uncertain critical letter goes again once")
    trouble = models.CharField(
        max_length=200, blank=True, help_text="The server's last answer, without addresses"
    )

    class Meta:
        indexes = [
            # Final states stay out, so that a claim costs the same beside a million sent letters.
            models.Index(
                fields=["due_at", "id"],
                name="letter_open",
                condition=models.Q(state__in=["pending", "claimed", "handing_over"]),
            ),
            models.Index(fields=["clinic", "-id"], name="letter_by_clinic"),
            models.Index(
                fields=["clinic"],
                name="letter_undelivered",
                condition=models.Q(state__in=["dead", "uncertain"]),
            ),
            models.Index(fields=["topic"], name="letter_by_topic"),
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
                        "uncertain",
                        "superseded",
                    ]
                ),
                name="letter_state_known",
            ),
            models.CheckConstraint(
                condition=models.Q(recipient=None) ^ models.Q(invitation=None),
                name="letter_to_one_person_or_one_invited_address",
            ),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def addressee(self) -> str:
        """Whom it is for; one who is invited has no name yet."""
        return self.recipient.user.name if self.recipient else "Invited"

    @property
    def address(self) -> str:
        """Where it goes."""
        if self.recipient:
            return self.recipient.user.email
        assert self.invitation, "a letter has a recipient or an invitation"
        return self.invitation.email


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
