"""Candidate codes for units: from the codebook's words, from topics, and learnt from decisions."""
