"""What models read of a unit, and the vectors that they make of it."""
