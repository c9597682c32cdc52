"""The control API: how tests and people set a store up and look behind it. Loopback only."""
