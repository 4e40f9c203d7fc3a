"""Who reads which unit with a model's suggestions, what they were shown, and what they made of it."""
