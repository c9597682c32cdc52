"""A stand-in NEXT Commerce store that speaks the published Admin API over HTTP.

A Django project of its own. Run it with ``python -m sandbox``; see README.md.
"""
