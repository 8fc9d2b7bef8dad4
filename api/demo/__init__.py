"""The made-up world of `make run`: believable, in Chinese and English, and on one machine's loopback alone."""

from api.demo.loading import load

__all__ = ["load"]
