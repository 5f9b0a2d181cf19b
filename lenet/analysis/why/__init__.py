"""Explain why a program is slower: by ladder, overhead law, counts and profile."""
