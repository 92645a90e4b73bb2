"""`manage.py explain_forecast PUMP`: how a pump's dates came about, line by line, from the stored scenario."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from itb.accounts.models import Clinic
from itb.infusion.forecast import forecast_json
from itb.walls import inside
from refills.models import Projection


class Command(BaseCommand):
    """Prints the steps of a stored forecast, and whether the core says the same of its scenario today."""

    help = "Explain a pump's stored forecast, and compute it once more from its scenario."

    def add_arguments(self, parser: CommandParser) -> None:
        """The pump's number, as in the address of its pages."""
        parser.add_argument("pump", type=int)
        parser.add_argument("--scenario", action="store_true", help="print the scenario file alone")

    def handle(self, *args: Any, **options: Any) -> None:
        """Explain. Raises CommandError for a pump that is not there, or one that nobody has forecast."""
        row = _stored(options["pump"])
        if row is None or not row.scenario:
            raise CommandError(f"There is no stored forecast of pump {options['pump']}.")
        if options["scenario"]:
            self.stdout.write(json.dumps(row.scenario, indent=2))
            return
        said = forecast_json(row.scenario)
        self.stdout.write(f"Pump {row.pump_id}, computed {row.computed_at:%Y-%m-%d %H:%M:%S} UTC")
        if row.error:
            self.stdout.write(f"No forecast: {row.error}. {said['message']}")
            return
        for step in row.forecast["steps"]:
            self.stdout.write(f"  {step}")
        same = said == row.forecast
        self.stdout.write("The core says the same today." if same else "THE CORE SAYS OTHERWISE TODAY.")


def _stored(pump: int) -> Projection | None:
    """The pump's row, in whichever clinic it is: each is looked into, one by one."""
    for clinic_id in Clinic.objects.order_by("pk").values_list("pk", flat=True):
        with inside(clinic_id):
            if row := Projection.objects.filter(pump=pump).first():
                return row
    return None
