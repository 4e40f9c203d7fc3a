"""Open coding: codes that coders missed, from the labelling page to the codebook."""
