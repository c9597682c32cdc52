"""A stand-in NEXT Commerce store: a process of its own that speaks the published Admin API.

Run it with ``python -m sandbox``. It imports nothing of the shop's; the two speak HTTP.
"""
