"""Criterions: a loss and its gradient."""
