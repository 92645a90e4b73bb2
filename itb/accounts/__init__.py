"""People, clinics, roles, and how an object is obtained."""
