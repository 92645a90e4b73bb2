"""What `drill.py` does inside its servers: `_drill.py FOLDER ROWS`. The last line is one JSON object."""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connections, transaction  # noqa: E402

from alerts.sweep import sweep  # noqa: E402
from itb import clock  # noqa: E402
from itb.accounts.models import Membership, User  # noqa: E402
from itb.accounts.permissions import Role  # noqa: E402
from itb.accounts.services import set_up_clinic, start_membership  # noqa: E402
from itb.backup.tools import connected  # noqa: E402
from itb.infusion.scenario import Refusal  # noqa: E402
from itb.outbox.delivery import drain  # noqa: E402
from itb.outbox.services import resume_sending  # noqa: E402
from itb.walls import inside  # noqa: E402
from patients.models import Contact, Patient  # noqa: E402
from patients.services import Implant, register_patient  # noqa: E402
from refills.models import Programme, Projection, Refill  # noqa: E402
from refills.projection import answer  # noqa: E402
from refills.scenario import scenario_of  # noqa: E402

CLINICS, FACTS_A_PUMP, DAYS_APART = 4, 150, 90
RTO_GOAL_S = 15 * 60

# What a restore itself writes, and what was written down after the snapshot.
MOVES_ON = (
    "outbox_epoch",
    "outbox_heartbeat",
    "audit_auditevent",
    "audit_link",
    "backup_backup",
    "django_session",
)
FINGERPRINT = "SELECT md5(coalesce(string_agg(md5(t::text), '' ORDER BY md5(t::text)), '')) FROM {} AS t"


def drill(folder: Path, rows: int) -> dict[str, Any]:
    """The figures, in the order of the drill."""
    django.setup()

    figures: dict[str, Any] = {}
    with timed(figures, "build_s"):
        call_command("migrate", database="owner", interactive=False, verbosity=0)
        figures["facts"] = build(rows)
    with timed(figures, "sweep_s"):
        figures["pumps"] = sweep()
    figures["letters_before"] = drain()
    with timed(figures, "backup_s"):
        call_command("backup", folder, stdout=StringIO())
    (backup,) = folder.glob("itb-*.age")
    manifest = json.loads(backup.with_name(f"{backup.name}.json").read_text())
    figures |= {"rows": sum(manifest["rows"].values()), "megabytes": round(manifest["size"] / 1e6, 1)}
    before, alerts = fingerprints(), open_alerts()
    figures["letters_after_backup"] = work_on()
    lose()
    connections.close_all()
    with timed(figures, "restore_s"):
        call_command("restore", backup, key=folder / "key.txt", stdout=StringIO())
    figures["restore_goal_s"] = RTO_GOAL_S
    after = fingerprints()
    figures["other_tables"] = sum(before[name] != after.get(name) for name in before)
    with timed(figures, "recomputed_s"):
        figures["other_forecasts"] = sum(differing(clinic) for clinic in clinics())
    figures["open_alerts"], figures["other_alerts"] = len(alerts), len(alerts ^ open_alerts())
    figures["other_letters_before_a_person"] = sum(drain() for _ in range(3))
    confirm()
    figures["letters_once_confirmed"] = drain()
    return figures


@contextmanager
def timed(figures: dict[str, Any], name: str) -> Iterator[None]:
    """Seconds of the body."""
    began = time.monotonic()
    yield
    figures[name] = round(time.monotonic() - began, 1)


def build(rows: int) -> int:
    """Clinics with people, and pumps with `FACTS_A_PUMP` facts each; how many facts."""
    at, made = clock.now(), 0
    pumps = max(1, rows // FACTS_A_PUMP // CLINICS)
    for number in range(CLINICS):
        clinic = set_up_clinic(name=f"Clinic {number}", zone="Europe/London", phone="0", at=at)
        with inside(clinic.pk):
            members = [
                start_membership(
                    user=User.objects.create_user(f"{role}@{number}.example", name=role.label),
                    clinic=clinic,
                    role=role,
                    by=None,
                    at=at,
                )
                for role in (Role.NURSE, Role.PRESCRIBER, Role.ADMINISTRATOR)
            ]
            for each in range(pumps):
                made += implant(
                    members[0],
                    number * pumps + each,
                    at,
                    last_fill=at - timedelta(days=(95 + each * 37) % 105),
                )
    return made


def implant(by: Any, number: int, at: datetime, last_fill: datetime) -> int:
    """A pump with its life; how many facts."""
    pump = register_patient(
        patient=Patient(
            record_number=f"D{number}",
            family_name=f"Drill{number}",
            given_name="Alex",
            birth_date=date(1970, 1, 1),
            origin=Patient.Origin.SPINAL,
        ),
        contact=Contact(name="Kin", relation="sister", phone="0"),
        implant=Implant("synchromed-ii-40", f"NGD{number:06}", date(2000, 1, 1), Decimal(2)),
        by=by,
        at=at,
    )
    when = [
        last_fill.replace(microsecond=0) - timedelta(days=DAYS_APART * back)
        for back in reversed(range(FACTS_A_PUMP // 2))
    ]
    who = {"pump": pump, "recorded_at": at, "recorded_by": by.user, "recorded_clinic": by.clinic}
    strength, dose = {"concentration_mcg_per_ml": Decimal(2000)}, Decimal(690 + number % 20)
    Programme.objects.bulk_create(
        Programme(**who, **strength, key=uuid4(), at=each, mode="continuous", dose_mcg_per_day=dose,
                  pattern={"dose_mcg_per_day": str(dose)})
        for each in when
    )  # fmt: skip
    Refill.objects.bulk_create(
        Refill(**who, **strength, key=uuid4(), at=each, filled_ml=Decimal(40), product="lioresal-2000-20", lot="D",
               withdrawn_ml=None if each == when[0] else Decimal("8.5"))
        for each in when
    )  # fmt: skip
    return 2 * len(when)


def work_on() -> int:
    """What is done after the backup and lost with the database: the sweep finds something, and letters leave."""
    for clinic in clinics():
        with inside(clinic) as at, transaction.atomic():
            late = [row.pk for row in Projection.objects.order_by("-danger_at")[:5]]
            Projection.objects.filter(pk__in=late).update(
                refill_by=at.date(), earliest_empty_at=at, alarm_at=at, danger_at=at, review_at=at
            )
    sweep()
    return drain()


def lose() -> None:
    """Drop everything, as the owner."""
    owner("DROP OWNED BY CURRENT_USER")


def fingerprints() -> dict[str, str]:
    """One of each table that a restore itself does not write to."""
    tables = [name for (name,) in owner("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
    return {name: owner(FINGERPRINT.format(name))[0][0] for name in tables if name not in MOVES_ON}


def open_alerts() -> set[tuple[Any, ...]]:
    """What is open in all clinics."""
    return set(
        owner("SELECT id, pump_id, kind, tier, state, sentence FROM alerts_alert WHERE state <> 'closed'")
    )


def clinics() -> list[int]:
    """All of them."""
    return [number for (number,) in owner("SELECT id FROM accounts_clinic ORDER BY id")]


def differing(clinic: int) -> int:
    """How many stored forecasts of a clinic are not what their facts give today, computed anew."""
    found = 0
    with inside(clinic):
        rows = Projection.objects.select_related("pump__patient__clinic__refill_policy")
        for row in rows.iterator(chunk_size=200):
            scenario = scenario_of(row.pump, row.computed_at)
            again = answer(scenario)
            now = json.loads(json.dumps([scenario, None if isinstance(again, Refusal) else again.as_json()]))
            found += now != [row.scenario, row.forecast]
    return found


def confirm() -> None:
    """An administrator confirms."""
    by = Membership.objects.filter(role="administrator").select_related("user", "clinic").earliest("pk")
    with inside(by.clinic_id, by.user_id) as at:
        resume_sending(by=by, at=at)


def owner(statement: str) -> list[tuple[Any, ...]]:
    """What the owner is answered."""
    with connected() as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


if __name__ == "__main__":
    print(json.dumps(drill(Path(sys.argv[1]), int(sys.argv[2]))))
