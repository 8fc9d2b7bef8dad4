"""WeChat's servers: the client, the one access token, and sign-in. Used by channels and by the sessions door."""
