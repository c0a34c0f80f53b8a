// Files that are part of the program: prompts, the page of the dashboard, the environment server in Python.
//
// C includes them with #embed in no time. As array literals of Swift (SwiftPM's embedInCode) they cost the compiler 17 of
// 300 seconds of processor time.
#pragma once
#include <stddef.h>

/// The bytes of the file with this name, which nobody may change, and their number; NULL if there is no such file.
const unsigned char *tengu_embedded_file(const char *name, size_t *count);
