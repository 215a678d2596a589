"""What a training, or several beside each other, came to."""
