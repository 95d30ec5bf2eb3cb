"""History in, model out."""
