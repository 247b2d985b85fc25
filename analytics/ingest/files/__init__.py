"""Files of usage, read as streams: JSON Lines, Azure's traces, and the CSV exports of consoles and gateways."""
