"""The phone door, `/api/v1/phone`: session tokens, small bodies."""
