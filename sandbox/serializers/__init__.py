"""Models as the JSON of the published API description."""
