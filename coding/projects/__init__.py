"""A study's projects on the server: whose each is, and what is in it."""
