"""What an operator counts: messages that left, failed and died, and wake-ups that did not get through."""

from prometheus_client import Counter

SENT = Counter("partnerline_outbox_sent", "Outbox rows delivered", ["queue", "channel"])
FAILED = Counter("partnerline_outbox_failed", "Tries that did not deliver, by reason", ["queue", "reason"])
DEAD = Counter("partnerline_outbox_dead", "Outbox rows given up, waiting for an operator", ["queue"])
LEASE_LOST = Counter(
    "partnerline_outbox_lease_lost", "Results that came after another worker had taken over", ["queue"]
)
POKE_FAILED = Counter("partnerline_outbox_poke_failed", "Wake-ups that did not reach Redis")
ALERTS = Counter("partnerline_channel_alerts", "Refusals that an operator must look at", ["channel", "code"])
