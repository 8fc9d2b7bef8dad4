"""What an operator counts of worker and clock: what left, failed and died, how late it was, and whether the clock lives.

Each process counts for itself; `api/metrics.py` says where its figures are read.
"""

from prometheus_client import Counter, Gauge, Histogram

SENT = Counter("partnerline_outbox_sent", "Outbox rows delivered", ["queue", "channel"])
FAILED = Counter("partnerline_outbox_failed", "Tries that did not deliver, by reason", ["queue", "reason"])
DEAD = Counter("partnerline_outbox_dead", "Outbox rows given up, waiting for an operator", ["queue"])
LEASE_LOST = Counter(
    "partnerline_outbox_lease_lost", "Results that came after another worker had taken over", ["queue"]
)
POKE_FAILED = Counter("partnerline_outbox_poke_failed", "Wake-ups that did not reach Redis")
ALERTS = Counter("partnerline_channel_alerts", "Refusals that an operator must look at", ["channel", "code"])
DELAY = Histogram(
    "partnerline_outbox_delay_seconds",
    "From the moment a row was due (for a retry, its own) until it was sent or done, by queue",
    ["queue"],
    buckets=(0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 3600),
)
DRAINS = Counter(
    "partnerline_drains", "Times this process took up what was due, woken by a poke or as the clock's help"
)
SWEEPS = Counter("partnerline_sweeps", "Looks of the clock for what is due: one a second while it lives")
SWEEPS_FAILED = Counter("partnerline_sweeps_failed", "Sweeps that ended in an error, mostly a database that was away")
SWEEPS_HELPED = Counter(
    "partnerline_sweeps_helped",
    "Sweeps that delivered by themselves: Redis was away, or nobody took what was due for 10 s",
)
SWEPT_AT = Gauge(
    "partnerline_swept_timestamp_seconds",
    "When the clock looked last and was answered by the database, Unix time; old where it hangs",
    multiprocess_mode="mostrecent",
)
