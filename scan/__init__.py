"""What is there: models, their files, what each scanner did with each file, and what it found.

This version reads these tables; gathering models and running scanners is not in it yet.
"""
