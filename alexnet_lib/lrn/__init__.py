"""Chapter 12: local response normalization in the networks that the paper points to."""
