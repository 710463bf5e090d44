"""Services of the embedded stack: what runs in it, and how each is started, found ready, and ended."""
