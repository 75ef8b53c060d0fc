"""Renders a review as Markdown, as JSON, or for a terminal."""
