"""The gates of the contact policy, one family per module; :mod:`strategies.policy` puts them in order."""
