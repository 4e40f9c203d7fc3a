"""The round before coding: raters say which threads are about the question."""
