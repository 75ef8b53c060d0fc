"""Cloudflare's Vectorize API: requests, responses, retries and the rate limit. It contains no rule about a lifecycle."""
