"""Measures of speed and memory, beside a bare Flask page served in the same way: see README.md."""
