"""What `solve` is made of: a network on one domain, a long domain in pieces, a system in units of its own."""
