"""Tests of the product sync with NEXT Commerce."""
