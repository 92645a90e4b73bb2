"""How a name sounds at a counter, kept beside it by a trigger: nearly the same name is found by an index.

The columns are filled within the migration: it is made before any clinic works with the product.
"""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

KEYS = r"""
CREATE FUNCTION patients_name_key(name text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT left(regexp_replace(first || sounds, '([^0-9])\1+', '\1', 'g'), 160)
    FROM (
        SELECT translate(left(plain, 1), 'cqz', 'kks') AS first,
               translate(substr(plain, 2), 'aeiouyhcqzwd', '~~~~~~~kksvt') AS spelt
        FROM (
            SELECT replace(replace(replace(translate(
                regexp_replace(normalize(lower(name), NFKD), '[\u0300-\u036f[:space:][:punct:]]', '', 'g'),
                'øłðđ', 'oldd'), 'ß', 'ss'), 'æ', 'ae'), 'ph', 'f') AS plain
        ) AS bare
    ) AS split, LATERAL (SELECT replace(spelt, '~', '') AS sounds) AS consonants
$$;

CREATE FUNCTION patients_keep_name_keys() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.family_key := patients_name_key(NEW.family_name);
    NEW.given_key := patients_name_key(NEW.given_name);
    RETURN NEW;
END $$;
CREATE TRIGGER name_keys BEFORE INSERT OR UPDATE OF family_name, given_name, family_key, given_key
    ON patients_patient FOR EACH ROW EXECUTE FUNCTION patients_keep_name_keys();
UPDATE patients_patient SET family_key = '';
"""
KEYS_BACK = """
DROP TRIGGER name_keys ON patients_patient;
DROP FUNCTION patients_keep_name_keys, patients_name_key;
"""


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("patients", "0030_therapy_and_consent")]
    operations = [
        migrations.AddField(
            model_name="patient",
            name="family_key",
            field=models.CharField(
                db_default="", default="", help_text="Kept by a trigger, as given_key", max_length=160
            ),
        ),
        migrations.AddField(
            model_name="patient",
            name="given_key",
            field=models.CharField(db_default="", default="", max_length=160),
        ),
        migrations.RunSQL(KEYS, KEYS_BACK),
        AddIndexConcurrently(
            model_name="patient",
            index=models.Index(fields=["clinic", "family_key", "given_key"], name="patient_by_name_key"),
        ),
        AddIndexConcurrently(
            model_name="patient",
            index=models.Index(fields=["clinic", "birth_date"], name="patient_by_birth_date"),
        ),
    ]
