"""The tenants: stores, their API keys, and what every page and API view shares."""
