"""What the web page reads: one answer per view, and streams of what changes. Described in docs/reference/ui-api.md."""
