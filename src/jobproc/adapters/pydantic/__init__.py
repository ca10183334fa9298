"""Operation types by pydantic: schemas, strict input, checked results."""
