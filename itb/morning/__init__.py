"""The day's list, ready before the day begins: for the morning on which the server is down."""
