"""What is printed where there is no dashboard, and when it is left."""
