"""Why is it slower: the ladder, the overhead law, the counts and the profile."""
