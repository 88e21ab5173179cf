#include "net/holder_options.h"

#include <cstdlib>
#include <cstring>

#include "sys/arguments.h"

namespace bryo {
namespace {

bool ReadExtents(const char* text, IdExtents& out) {
  while (*text != '\0') {
    char* end = nullptr;
    out.push_back(static_cast<uint32_t>(std::strtoul(text, &end, 10)));
    if (end == text) return false;
    text = *end == '\0' ? end : end + 1;
  }
  return !out.empty() && out.size() % 3 == 0;
}

}  // namespace

bool ReadHolderOptions(int argc, char** argv, HolderOptions& out) {
  int own = 0;
  while (own < argc && std::strcmp(argv[own], "--") != 0) ++own;
  for (int i = own + 1; i < argc; ++i) out.uplink.emplace_back(argv[i]);
  Arguments words(own, argv);
  out.directory = words.Text("--directory");
  out.ids.direct = words.Has("--direct");
  out.given = words.Has("--given");
  out.nft = words.Text("--nft");
  out.preload = words.Text("--preload");
  return !out.directory.empty() && !out.uplink.empty() &&
         ReadExtents(words.Text("--uids"), out.ids.uids) &&
         ReadExtents(words.Text("--gids"), out.ids.gids);
}

}  // namespace bryo
