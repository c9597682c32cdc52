"""What all REST API views share: authentication, requests, the envelope, errors, and OpenAPI."""
