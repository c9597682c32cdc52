"""Sentences that are stored as a code with its values, and worded in the language of their reader."""
