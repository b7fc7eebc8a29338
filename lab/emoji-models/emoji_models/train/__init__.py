"""Trains the two small bundled models on emoji artwork."""
