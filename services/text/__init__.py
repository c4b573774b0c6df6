"""Words for people and out of foreign mouths: amounts, what a page shows, secrets taken out."""
