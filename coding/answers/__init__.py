"""What came back: annotations as Label Studio exports them, read."""
