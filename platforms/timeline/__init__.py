"""Each gate by release: ``rows`` of claims in the order of versions, ``picture`` of levels by date, and the command."""

from platforms.timeline.command import timeline

__all__ = ["timeline"]
