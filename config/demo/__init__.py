"""The demo: a furnished shop and a sandbox store to pay in, kept in `var/demo/`."""
