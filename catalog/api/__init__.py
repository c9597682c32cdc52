"""The catalog's REST API: payment links, products, and selling plans."""
