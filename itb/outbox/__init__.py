"""Letters waiting to leave."""
