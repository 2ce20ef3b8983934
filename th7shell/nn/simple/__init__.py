"""Simple layers: linear maps, arithmetic, reductions, reshaping, selecting, noise, distances."""
