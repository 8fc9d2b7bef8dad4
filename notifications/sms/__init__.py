"""The text-message provider: how it is called and what its answers mean."""
