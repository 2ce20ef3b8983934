"""Modules that hold modules: Sequential, Concat, Parallel and the decorators of one module."""
