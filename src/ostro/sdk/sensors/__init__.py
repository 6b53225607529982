"""Sensors that come with the SDK."""
