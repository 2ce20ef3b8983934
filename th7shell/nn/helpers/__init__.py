"""What layers share: checks, messages, copies, nested tables, shapes and printed trees."""
