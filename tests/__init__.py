"""Everything that must stay true. `make test` runs it all; `make test ARGS="-k name"` runs a part."""
