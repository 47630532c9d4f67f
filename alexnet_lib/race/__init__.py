"""Chapter 11: the race of activation functions to a training error."""
