"""Operators that come with the SDK."""
