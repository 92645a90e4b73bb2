"""Alerts exist in the clinic that holds the pump."""

from django.db import migrations

from itb.walls import walled


class Migration(migrations.Migration):
    dependencies = [("alerts", "0003_clinic_follows_custody"), ("patients", "0007_walls")]
    operations = [
        walled("alerts_alert"),
        walled("alerts_alertevent", "EXISTS (SELECT FROM alerts_alert AS alert WHERE alert.id = alert_id)"),
        walled("alerts_policy", at_door=True),
    ]
