#include "launcher/handshake.h"

namespace bryo {

bool Handshake::Arrive(Part part) {
  missing_ &= ~static_cast<unsigned>(part);
  if (missing_ != 0 || let_go()) return false;
  progress_ = Progress::kLetGo;
  return true;
}

}  // namespace bryo
