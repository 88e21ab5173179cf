#include "worker/words_input.h"

#include <unistd.h>

#include <cerrno>

namespace bryo {

Status ReadWords(std::vector<std::string>& out) {
  std::string word;
  char piece[1 << 16];
  // A file in memory stands where its writer left it.
  if (::lseek(STDIN_FILENO, 0, SEEK_SET) < 0) errno = 0;
  for (;;) {
    ssize_t n = ::read(STDIN_FILENO, piece, sizeof(piece));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Status::Errno("read words from standard input");
    if (n == 0) return {};
    for (ssize_t i = 0; i < n; ++i) {
      if (piece[i] != '\0') {
        word += piece[i];
        continue;
      }
      out.push_back(std::move(word));
      word.clear();
    }
  }
}

}  // namespace bryo
