"""What the accuracy benchmark is made of: data sets, rivals, and the table it writes."""
