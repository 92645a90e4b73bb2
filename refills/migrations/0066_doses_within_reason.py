"""No dose of a day and no bolus past 5000 mcg, whatever wrote it: the form has always refused them."""

from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models

RULES = {
    "programme": models.CheckConstraint(
        condition=models.Q(dose_mcg_per_day__lte=5000), name="programme_dose_within_reason"
    ),
    "adjustment": models.CheckConstraint(
        condition=models.Q(amount_mcg=None) | models.Q(amount_mcg__lte=5000),
        name="adjustment_amount_within_reason",
    ),
}


class Migration(migrations.Migration):
    dependencies = [("refills", "0065_why_it_is_set_so")]
    operations = [
        *(AddConstraintNotValid(model_name=model, constraint=rule) for model, rule in RULES.items()),
        *(ValidateConstraint(model_name=model, name=rule.name) for model, rule in RULES.items()),
    ]
