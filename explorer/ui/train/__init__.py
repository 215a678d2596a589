"""What is set before a training starts."""
