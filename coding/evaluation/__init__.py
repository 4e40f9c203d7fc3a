"""How good suggestions are, against what people decided without them, and beside what simpler methods give."""
