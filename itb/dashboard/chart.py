"""All that the patient's page shows, gathered from the rooms."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from alerts.knowledge import known_of, why_unknown
from alerts.models import Alert
from alerts.rules import Look, look
from itb.dashboard.reservoir import ReservoirChart, reservoir_chart
from itb.infusion.catalogue import PumpModel, catalogue
from itb.infusion.forecast import Forecast
from patients.models import Patient, Pump
from refills.models import Appointment, Programme, Projection, Refill
from refills.projection import forecast_of


@dataclass(frozen=True, slots=True)
class Chart:
    """One pump of a patient, as of `now`."""

    pump: Pump
    model: PumpModel | None
    projection: Projection
    unknown: str
    forecast: Forecast | None
    look: Look
    drawing: ReservoirChart | None
    refills: list[Refill]
    programmes: list[Programme]
    visits: list[Appointment]
    alerts: list[Alert]

    @property
    def visit(self) -> Appointment | None:
        """The visit that is booked."""
        return next((visit for visit in self.visits if visit.state == Appointment.State.BOOKED), None)


def chart_of(pump: Pump, now: datetime) -> Chart:
    """Gather the page of `pump`. The forecast is computed anew for `now`, from the same facts as the stored one."""
    projection = Projection.objects.select_related("pump__patient__clinic").get(pump=pump)
    visits = list(pump.appointments.select_related("booked_by").order_by("-on", "-id"))
    booked = next((visit.on for visit in visits if visit.state == Appointment.State.BOOKED), None)
    found = forecast_of(pump, now)
    forecast = found if isinstance(found, Forecast) else None
    return Chart(
        pump=pump,
        model=catalogue(pump.catalogue_version).pump_models.get(pump.model),
        projection=projection,
        unknown=why_unknown(projection),
        forecast=forecast,
        look=look(known_of(projection, booked), now),
        drawing=reservoir_chart(pump, forecast, now) if forecast else None,
        refills=list(pump.refills.select_related("recorded_by").order_by("-at")),
        programmes=list(pump.programmes.select_related("recorded_by").order_by("-at")),
        visits=visits,
        alerts=_alerts(pump),
    )


def _alerts(pump: Pump) -> list[Alert]:
    """Everything open, whatever its date, the most urgent first."""
    return list(pump.alerts.exclude(state=Alert.State.CLOSED).select_related("acknowledged_by").order_by("-tier", "id"))


def patient_page(patient: Patient, now: datetime) -> dict[str, Any]:
    """The template's context for a patient."""
    pumps = patient.pumps.select_related("patient__clinic__refill_policy", "patient__clinic__alert_policy")
    pump = pumps.active().first()
    return {
        "patient": patient,
        "chart": chart_of(pump, now) if pump else None,
        "contacts": list(patient.contacts.order_by("id")),
    }
