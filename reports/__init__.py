"""Read the database, answer questions, draw the answers. Never touches the network, never writes."""
