"""The Admin API's side of the sandbox: what the shop talks to."""
