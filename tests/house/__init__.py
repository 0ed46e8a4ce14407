"""House rules that a reader of one file would miss, kept by reading all of them."""
