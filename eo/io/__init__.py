"""Every file and socket that the library touches."""
