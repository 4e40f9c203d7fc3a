"""Label Studio itself: installed, started, asked, and the accounts on it."""
