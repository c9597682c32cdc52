"""Requests to addresses that people typed: public networks only, whatever their names resolve to."""
