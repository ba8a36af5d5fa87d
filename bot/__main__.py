"""`python -m bot` is `plustwo`."""

from bot.main import main

main()
