"""What chapters 9 to 15 need: a file for each, and what several of them share."""
