"""A letter that came back is treated as one that was refused: its pump is looked at, and what ends its need settles it.

Four functions knew refused letters alone. Each is written down again with the other state beside it, and keeps its
owner and who may call it.
"""

from django.db import migrations

FUNCTIONS = (
    "alerts_hear_of_letters()",
    "alerts_stay_behind()",
    "alerts_end_with_the_watch()",
    "alerts_take_reminders_back(bigint[])",
)
REWRITTEN = (
    ("letter.state = 'dead'", "letter.state IN ('dead', 'bounced')"),
    ("'dead', 'uncertain'", "'dead', 'bounced', 'uncertain'"),
)


def anew(*, backward: bool = False) -> str:
    """Every function with the words exchanged."""
    words = "pg_get_functiondef(name)"
    for pair in REWRITTEN:
        old, new = reversed(pair) if backward else pair
        words = f"replace({words}, $w${old}$w$, $w${new}$w$)"
    names = ", ".join(f"'{name}'" for name in FUNCTIONS)
    return f"""
    DO $do$ DECLARE name regprocedure; BEGIN
        FOREACH name IN ARRAY ARRAY[{names}]::regprocedure[] LOOP EXECUTE {words}; END LOOP;
    END $do$;
    """


class Migration(migrations.Migration):
    dependencies = [("alerts", "0096_nightly_proof"), ("outbox", "0049_letters_still_have_one_addressee")]
    operations = [migrations.RunSQL(anew(), anew(backward=True))]
