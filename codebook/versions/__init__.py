"""A codebook that lives: its versions, the typed changes between them, and what becomes of what was coded before."""
