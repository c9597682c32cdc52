"""Orders: what was bought, by whom, and what happened to it since."""
