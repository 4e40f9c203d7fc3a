"""What platforms do about code that runs at load time: claims with their evidence.

This version reads the table of claims; gathering claims from releases and documentation is not in it yet.
"""
