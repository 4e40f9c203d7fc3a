"""Discussions in: threads from GitHub, Hugging Face, Discourse and Stack Exchange sites, and from files."""
