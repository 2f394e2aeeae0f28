"""What every endpoint shares: envelope, errors, parsing, pages, the OpenAPI document, health."""
