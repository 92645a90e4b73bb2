"""The pump models that a clinic can choose from: the catalogue's, and those that it has added itself."""

from functools import lru_cache

from itb.accounts.models import Clinic
from itb.infusion.catalogue import CatalogueError, PumpModel, catalogue
from patients.models import OwnModel, Pump


def pump_models(clinic: Clinic) -> dict[str, PumpModel]:
    """Every model by its key: the newest catalogue's, then the newest of the clinic's own."""
    own = {each.key: each.as_model() for each in _newest(clinic)}
    return {**catalogue().pump_models, **own}


def pump_model(key: str, clinic: Clinic) -> tuple[PumpModel, int]:
    """The newest model of that key, and its version. Raises KeyError for a key that `clinic` does not know."""
    if key.startswith(OwnModel.PREFIX):
        own = next((each for each in _newest(clinic) if each.key == key), None)
        if own is None:
            raise KeyError(key)
        return own.as_model(), own.version
    books = catalogue()
    return books.pump_models[key], books.version


def model_of(pump: Pump) -> PumpModel | None:
    """The model of `pump` in the version under which it was entered; None where that is not there."""
    try:
        if pump.model.startswith(OwnModel.PREFIX):
            return _own(pump.patient.clinic_id, pump.model, pump.catalogue_version)
        return catalogue(pump.catalogue_version).pump_models.get(pump.model)
    except (CatalogueError, OwnModel.DoesNotExist):
        return None


def name_of(pump: Pump) -> str:
    """The name of its model; the key where the model is not there."""
    model = model_of(pump)
    return model.name if model else pump.model


def _newest(clinic: Clinic) -> list[OwnModel]:
    return list(OwnModel.objects.filter(clinic=clinic).newest().select_related("clinic"))


@lru_cache(maxsize=512)
def _own(clinic_id: int, key: str, version: int) -> PumpModel:
    """A row is never changed, so what was read once stays true; one that is not there is not remembered."""
    rows = OwnModel.objects.select_related("clinic")
    return rows.get(clinic_id=clinic_id, key=key, version=version).as_model()
