"""Reliability: fuzzed input, a state machine of payments, a soak, security and tenant isolation."""
