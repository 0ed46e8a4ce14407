"""What reference requirements ask of the whole product: walked over every route, looked up in every row."""
