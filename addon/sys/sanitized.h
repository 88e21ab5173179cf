// Whether the program is built with AddressSanitizer. At the end it stops itself and reads /proc
// and its own memory to find leaks, so what would keep it from that is left out; everything else is
// as always.
#pragma once

namespace bryo {

#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool kSanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif
#else
inline constexpr bool kSanitized = false;
#endif

}  // namespace bryo
