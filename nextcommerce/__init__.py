"""Client for the NEXT Commerce Admin API, version 2024-04-01. It imports none of the shop's other apps."""
