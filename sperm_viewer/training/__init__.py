"""Training and publishing of model folders; needs the torch extra."""
