#include "monitor/held_input.h"

#include <sys/mman.h>

#include <cstring>

#include "monitor/protocol.h"

namespace bryo {

bool HeldInput::HasRoom(size_t size) const { return size_ + size <= kStdinWindow; }

bool HeldInput::Append(const char* data, size_t size) {
  if (bytes_ == nullptr) {
    void* memory =
        ::mmap(nullptr, kStdinWindow, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return false;
    bytes_ = static_cast<char*>(memory);
  }
  if (at_ > 0) {
    std::memmove(bytes_, bytes_ + at_, size_);
    at_ = 0;
  }
  std::memcpy(bytes_ + size_, data, size);
  size_ += size;
  return true;
}

void HeldInput::Drop(size_t size) {
  at_ += size;
  size_ -= size;
  if (size_ == 0) Release();
}

void HeldInput::Release() {
  if (bytes_ != nullptr) ::munmap(bytes_, kStdinWindow);
  bytes_ = nullptr;
  at_ = 0;
  size_ = 0;
}

}  // namespace bryo
