"""Who did what, when: one row an act, never changed."""
