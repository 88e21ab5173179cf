// Text as JSON strings, for what the monitor writes.
#pragma once

#include <string>
#include <string_view>

namespace bryo {

// Appends a quoted string. Whatever the bytes are, the result is valid: control characters are
// escaped, and what is not UTF-8 becomes U+FFFD.
void AppendJsonText(std::string& out, std::string_view text);

}  // namespace bryo
