"""Django's PostgreSQL backend, with a look at pooled connections in place of a question."""
