#include "launcher/pause_image.h"

// The linked program (addon/pause); the Makefile says where it is.
asm(".section .rodata\n"
    ".balign 16\n"
    ".global bryo_pause_begin\n"
    "bryo_pause_begin:\n"
    ".incbin \"" PAUSE_IMAGE "\"\n"
    ".global bryo_pause_end\n"
    "bryo_pause_end:\n"
    ".byte 0\n"
    ".previous\n");

extern "C" const char bryo_pause_begin[];
extern "C" const char bryo_pause_end[];

namespace bryo {

std::string_view PauseImage() {
  return {bryo_pause_begin, static_cast<size_t>(bryo_pause_end - bryo_pause_begin)};
}

}  // namespace bryo
