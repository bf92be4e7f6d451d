"""Invented organisations with invented people, for demonstration and tests."""
