"""Poll sources and write what they say as rows: the only code that writes facts."""
