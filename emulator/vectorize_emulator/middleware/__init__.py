"""What a request passes before it reaches a handler: the log, faults, access and the rate limit."""
