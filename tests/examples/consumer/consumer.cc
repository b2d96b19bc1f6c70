#include <slipstream.h>

#include <cstring>

int main() { return std::strcmp(slip_version(), "0.1.0") == 0 ? 0 : 1; }
