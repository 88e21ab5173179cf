#include "net/told_leases.h"

#include <fcntl.h>
#include <unistd.h>

namespace bryo {
namespace {

constexpr size_t kLongestLine = 4096;

}  // namespace

Status ToldLeases::Open() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return Status::Errno("pipe");
  reading_.reset(ends[0]);
  UniqueFd writing(ends[1]);
  return ::dup2(writing.get(), STDOUT_FILENO) < 0 ? Status::Errno("pipe") : Status();
}

void ToldLeases::Publish(const LeaseFiles& files) {
  char bytes[512];
  ssize_t count = 0;
  while ((count = ::read(reading_.get(), bytes, sizeof(bytes))) > 0) {
    text_.append(bytes, static_cast<size_t>(count));
    for (size_t end = 0; (end = text_.find('\n')) != std::string::npos;) {
      PublishLease(files, text_.substr(0, end));
      text_.erase(0, end + 1);
    }
    // A client that has been taken over may write without end.
    if (text_.size() > kLongestLine) text_.clear();
  }
}

}  // namespace bryo
