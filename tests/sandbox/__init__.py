"""Tests of the sandbox itself, over HTTP."""
