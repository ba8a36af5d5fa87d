"""A real Gerrit on this machine's loopback, and people who use it as people do."""
