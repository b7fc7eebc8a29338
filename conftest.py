"""What the tests of all Python packages share."""

pytest_plugins = ["fixture_maker.testing"]
