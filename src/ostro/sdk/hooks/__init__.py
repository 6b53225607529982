"""Hooks that come with the SDK."""
