"""Tests of the REST API of the catalog, and of what all API calls share."""
