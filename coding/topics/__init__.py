"""Topics: groups of units that are about the same, found by a model and never a coding."""
