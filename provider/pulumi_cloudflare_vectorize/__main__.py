"""Runs the command: `python -m pulumi_cloudflare_vectorize`."""

from .cli.main import main

main()
