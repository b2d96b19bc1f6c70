# cmake --install PREFIX: library, header, command, pkg-config file.
