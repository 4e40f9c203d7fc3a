"""The codebook, and whole coded studies, in the formats of others: REFI-QDA, CSV, Markdown."""
