"""Chapter 13: what paper, source code and PyTorch say, each claim computed."""
