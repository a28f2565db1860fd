"""Raw to trusted to refined, beside the same work written by hand for other engines."""
