"""What people see in Label Studio: the labelling page and the thread on it."""
