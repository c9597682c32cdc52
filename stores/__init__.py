"""The tenants: stores, their API keys and staff roles, and what every page and API view shares."""
