"""The bundled models emoji-clip and emoji-blip: their data, training and evaluation."""
