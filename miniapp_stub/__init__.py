"""The phone side: browser mini-app, shared core, and a stub of the WeChat servers. Speaks HTTP only."""
