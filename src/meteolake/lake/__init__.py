"""Where everything lies and how it is reached without an engine."""
