"""Where documentation says one thing and code another: ``rules`` find it, ``command`` shows it."""

from platforms.disagreements.rules import found

__all__ = ["found"]
