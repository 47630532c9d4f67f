"""Chapter 10: from the blog post's recipe to a modern one, one change a rung."""
