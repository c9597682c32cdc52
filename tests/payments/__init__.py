"""Tests of payments: from the checkout form to a settled order, its webhooks, reconciling and reviews."""
