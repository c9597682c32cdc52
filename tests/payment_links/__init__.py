"""Tests of payment links: immutability, orders placed through them, and visit counts."""
