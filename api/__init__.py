"""The doors: phones, brand systems, callbacks. Thin: parse, call one operation, return."""

import gc

EAGERNESS = gc.get_threshold()
# Nearly everything that a start makes stays: looking it through for garbage meanwhile was one part in twenty-five of it.
gc.set_threshold(50_000)
