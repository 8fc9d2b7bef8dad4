"""The doors: phones, brand systems, callbacks. Thin: parse, call one operation, return."""
