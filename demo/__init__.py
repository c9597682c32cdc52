"""The demo shop of `make run`: its products, pictures, processes and clock."""
