"""Layers for tables: containers side by side, arithmetic, products, joining and splitting."""
