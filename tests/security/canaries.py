"""Invented people's data that stand nowhere else: where one of these is found, personal data has got there."""

NAME, GIVEN = "Quetzalwing", "Zephyrantha"
RECORD = "CNRY-48151623"
BORN = "1931-07-29"
SERIAL = "CNR77310042"
PHONE = "+44 7700 900461"
WORDS = "Umbrabellow"
"""Typed wherever a note, a lot or a reason may be typed."""
SECRET = "flutter-Oystercatcher-9"
"""A password, typed wrongly."""

ALL = (NAME, GIVEN, RECORD, BORN, SERIAL, PHONE, WORDS, SECRET)


def found_in(text: str) -> set[str]:
    """The canaries that sit in a text, in whatever letters."""
    text = text.lower()
    return {canary for canary in ALL if canary.lower() in text}
