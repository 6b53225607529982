"""Triggers that come with the SDK."""
