from django.db import migrations, models

from itb.audit.append_only import append_only


class Migration(migrations.Migration):
    initial = True
    dependencies = [("audit", "0003_walls"), ("accounts", "0003_walls")]
    operations = [
        migrations.CreateModel(
            name="Backup",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(help_text="The instant whose rows it holds")),
                ("name", models.CharField(max_length=200)),
                ("sha256", models.CharField(max_length=64)),
                ("size", models.BigIntegerField(help_text="In bytes")),
            ],
            options={"indexes": [models.Index(fields=["-at"], name="backup_by_age")]},
        ),
        append_only("backup_backup"),
    ]
