// Input of a client that the payload has not taken yet: at most a window (protocol.h) of it. Memory
// is mapped only while there is any.
#pragma once

#include <cstddef>

namespace bryo {

class HeldInput {
 public:
  HeldInput() = default;
  ~HeldInput() { Release(); }
  HeldInput(const HeldInput&) = delete;
  HeldInput& operator=(const HeldInput&) = delete;

  bool empty() const { return size_ == 0; }
  bool HasRoom(size_t size) const;
  const char* data() const { return bytes_ + at_; }
  size_t size() const { return size_; }

  // False when there is no memory. There must be room.
  bool Append(const char* data, size_t size);
  // The first bytes have been taken.
  void Drop(size_t size);

 private:
  void Release();

  char* bytes_ = nullptr;
  size_t at_ = 0;
  size_t size_ = 0;
};

}  // namespace bryo
