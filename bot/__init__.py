"""The program: reads clock, environment and configuration; command line, and later web, chat and schedule."""
