"""What someone must know."""
