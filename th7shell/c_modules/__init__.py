"""Small packages that are C libraries in the original, a file each: their errors name no line of
their own."""
