"""What templates of other rooms may ask about refills."""
