"""Tests for the shop's own tax: settings, arithmetic, and the pages that show it."""
