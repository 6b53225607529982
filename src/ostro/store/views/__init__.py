"""Read models: one module per screen or API need."""
