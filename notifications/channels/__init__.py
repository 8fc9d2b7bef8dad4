"""Ways to a person, one file each, independent of each other."""
