"""What suppliers can make, month by month, and how busy they are now."""
