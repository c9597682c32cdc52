"""The client of the NEXT Commerce Admin API, version 2024-04-01. It knows nothing of the floors above."""
