"""Chapter 14: what people say about the same images."""
