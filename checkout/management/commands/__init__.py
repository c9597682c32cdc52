"""Commands of the checkout: reconciler, webhooks, shipping methods and customer privacy."""
