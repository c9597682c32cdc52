"""What is for sale: products, selling plans, payment links, stock, and the shop pages that show them."""
