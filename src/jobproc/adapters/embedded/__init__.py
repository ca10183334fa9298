"""A real Postgres and a real Valkey as children of this process, so that an empty machine is enough."""
