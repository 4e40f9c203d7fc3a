"""Saturation: how many new codes each further coded thread brings."""
