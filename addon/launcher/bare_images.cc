#include "launcher/bare_images.h"

// The linked programs; the Makefile says where they are.
#define EMBED(name, path)  \
  asm(".section .rodata\n" \
      ".balign 16\n"       \
      ".global bryo_" name \
      "_begin\n"           \
      "bryo_" name         \
      "_begin:\n"          \
      ".incbin \"" path    \
      "\"\n"               \
      ".global bryo_" name \
      "_end\n"             \
      "bryo_" name         \
      "_end:\n"            \
      ".byte 0\n"          \
      ".previous\n")

EMBED("pause", BARE_IMAGES "/bryo-pause");
EMBED("init", BARE_IMAGES "/bryo-init");

extern "C" const char bryo_pause_begin[];
extern "C" const char bryo_pause_end[];
extern "C" const char bryo_init_begin[];
extern "C" const char bryo_init_end[];

namespace bryo {

std::string_view PauseImage() {
  return {bryo_pause_begin, static_cast<size_t>(bryo_pause_end - bryo_pause_begin)};
}

std::string_view InitImage() {
  return {bryo_init_begin, static_cast<size_t>(bryo_init_end - bryo_init_begin)};
}

}  // namespace bryo
