"""One machine without servers: starts and watches everything that the product needs. Never part of production."""
