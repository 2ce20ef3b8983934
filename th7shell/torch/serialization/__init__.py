"""Objects in files: Torch's `.t7` format, written and read, binary and ascii.

`encoding` and `decoding` know the bytes, `writer` and `reader` the objects, `payloads` what tensors
and storages look like, `fields` other objects, `functions` Lua functions, `recognise` files that
are something else, `api` is `torch.save`, `torch.load` and their relatives.
"""
