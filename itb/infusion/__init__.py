"""The infusion core: exact, explained forecasts of an implanted pump; no Django, no clock, no I/O.

`read_scenario` reads what is known, `forecast` says what follows, `forecast_json` does both for JSON values.
Neither raises for anything that a file can hold: a `Refusal` is returned in place of the answer.
"""

from itb.infusion.forecast import Forecast, forecast_json
from itb.infusion.scenario import Refusal, Scenario, read_scenario

__all__ = ["Forecast", "Refusal", "Scenario", "forecast_json", "read_scenario"]
