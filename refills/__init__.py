"""What the pump is told, what goes in, what comes out, what is left."""
