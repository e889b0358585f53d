"""What attention costs: operations counted in symbols, on the real modules, and in seconds."""
