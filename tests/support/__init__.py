"""Shared by the tests that start real processes."""
