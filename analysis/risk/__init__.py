"""What scanners found in the code that loading a model executes, per platform, and what they have not looked at."""
