"""Figures of a store in a period, for the admin's home page and reports. Each is read when it is shown."""
