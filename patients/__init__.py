"""Who they are, who to call, and what is implanted."""
