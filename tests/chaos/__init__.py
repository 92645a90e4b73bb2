"""The promises about reminders under kills, outages and jumping clocks: real processes, killed from outside.

`./run.py chaos` runs them, each in a process and on servers of its own; `docs/reliability.md` holds what was measured.
Nothing here calls the product: facts are written in SQL, what is owed is computed by an oracle of its own, and what
arrived is read from the sink.
"""
