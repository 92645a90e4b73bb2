"""How an epoch begins: a person has confirmed it, and a worker settles what was waiting, clinic by clinic."""

from datetime import datetime

from django.db import connection, transaction

from itb import clock
from itb.accounts.models import Clinic
from itb.audit.models import AuditEvent
from itb.audit.services import record_act
from itb.outbox.models import Epoch
from itb.walls import inside

# What was owed before the break may have left already: nobody is told twice, and a critical letter goes again under its
# old Message-ID rather than not at all. What has come up since says the same words to one person once.
SETTLE = """
UPDATE outbox_letter AS letter
SET state = 'superseded', lease_until = NULL, trouble = 'It may have left before the database was restored'
WHERE letter.state IN ('pending', 'claimed') AND NOT letter.is_critical AND (letter.created_at <= %(until)s OR EXISTS (
    SELECT FROM outbox_letter AS later
    WHERE later.state IN ('pending', 'claimed') AND later.recipient_id = letter.recipient_id
      AND later.template = letter.template AND later.id > letter.id AND NOT later.is_critical
))
"""


def begin_confirmed() -> None:
    """Where every open epoch is confirmed, settle what waits and let letters leave. A crash between repeats nothing."""
    epochs = list(Epoch.objects.filter(begun_at=None).order_by("number"))
    if not epochs or any(epoch.confirmed_at is None for epoch in epochs):
        return
    until = max(epoch.gap_until or epoch.found_at for epoch in epochs)
    for clinic_id in Clinic.objects.order_by("pk").values_list("pk", flat=True):
        with inside(clinic_id) as at:
            _settle(clinic_id, epochs[-1], until, at)
    Epoch.objects.filter(pk__in=[epoch.pk for epoch in epochs]).update(begun_at=clock.now())


@transaction.atomic
def _settle(clinic_id: int, epoch: Epoch, until: datetime, at: datetime) -> None:
    """Settle a clinic's letters, and say in its trail who has let letters leave again."""
    with connection.cursor() as cursor:
        cursor.execute(SETTLE, {"until": until})
    verb, subject = "sending.resumed", Epoch._meta.label_lower
    if not AuditEvent.objects.filter(verb=verb, subject=subject, subject_id=epoch.pk).exists():
        record_act(verb=verb, subject=epoch, clinic_id=clinic_id, by_id=epoch.confirmed_by_id, at=at)
