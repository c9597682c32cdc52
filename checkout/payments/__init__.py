"""Payments: place an order, ask NEXT to charge it, settle the outcome, review what doesn't match."""
