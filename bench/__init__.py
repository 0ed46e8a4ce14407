"""How fast the product is, and whether it keeps what it acknowledged: `make bench` (docs/bench.md)."""
