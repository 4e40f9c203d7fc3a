"""How many models need custom code: by criterion, with one denominator, on each platform."""
