"""The trade: records and rules (domain), how a conversation runs (engine), the guided flows (flows)."""
