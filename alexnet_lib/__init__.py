"""The library of the book AlexNet on CIFAR-10."""

__version__ = "0.1.0"
