"""The brand door, `/api/v1/brand`: API keys with scopes, idempotent writes."""
