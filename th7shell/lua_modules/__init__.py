"""Small packages that are one Lua file in the original, a file each."""
