"""The experiments of chapters 9 to 14, a file a chapter."""
