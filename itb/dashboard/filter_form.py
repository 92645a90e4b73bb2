"""The worklist's filter as a form: it only writes an address."""

from typing import Any

from django import forms

from itb.accounts.models import Membership
from itb.dashboard.filters import MINE, NOBODY, TIERS, VISITS, Asked, read
from itb.dashboard.tallies import SHOWN
from itb.fields import PlainWords
from itb.infusion.quantities import plain
from patients.models import Patient
from refills.catalogue import products


class FilterForm(PlainWords, forms.Form):
    """Each part is optional, and together they narrow the list."""

    show = forms.ChoiceField(label="List", required=False)
    tier = forms.ChoiceField(label="Urgency", required=False)
    visit = forms.ChoiceField(label="Visit", required=False)
    owner = forms.ChoiceField(label="Owner", required=False)
    flag = forms.ChoiceField(label="Risk", required=False)
    product = forms.ChoiceField(label="Drug last filled", required=False)
    strength = forms.ChoiceField(label="Concentration", required=False)

    def __init__(self, *args: Any, member: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        drugs = [product for product, _ in products(member.clinic).values()]
        strengths = sorted({drug.concentration_mcg_per_ml.value for drug in drugs})
        people = Membership.objects.visible_to(member).active().select_related("user").order_by("user__name")
        named = [(str(each.user_id), each.user.name) for each in people]
        self._offer("show", "All pumps", SHOWN.items())
        self._offer("tier", "Any", [(name, tier.word) for name, tier in TIERS.items()])
        self._offer("visit", "Any or none", VISITS.items())
        self._offer("owner", "Anybody or nobody", [(MINE, "Me"), (NOBODY, "Nobody"), *named])
        self._offer("flag", "Any or none", Patient.RISK_FLAGS.items())
        self._offer("product", "Any", [(drug.key, drug.name) for drug in drugs])
        self._offer("strength", "Any", [(plain(each), f"{plain(each)} mcg/mL") for each in strengths])

    def asked(self) -> Asked:
        """What was chosen; a part that was not offered is left out."""
        self.full_clean()
        return read(self.cleaned_data)

    def _offer(self, name: str, everything: str, choices: Any) -> None:
        field: Any = self.fields[name]
        field.choices = [("", everything), *choices]
