#include "worker/tar_input.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <cstring>

#include "worker/decoder.h"

namespace bryo {

// A configuration of the machine's is not for this.
void PrepareDigests() { OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr); }

TarInput::TarInput(int fd, const GrowthLimits& limits, Digests digests)
    : fd_(fd), growth_(limits, "layer"), memory_(new char[kBuffers * kBufferSize]) {
  if (digests == Digests::kNone) hashed_ = UINT64_MAX - kBuffers;
  decompressor_ = std::thread([this] { Decompress(); });
  if (digests == Digests::kMade) hasher_ = std::thread([this] { Hash(); });
}

TarInput::~TarInput() {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_all();
  decompressor_.join();
  if (hasher_.joinable()) hasher_.join();
}

void TarInput::Decompress() {
  Decoder decoder(fd_);
  for (uint64_t number = 0;; ++number) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock,
                    [&] { return stopped_ || number < std::min(hashed_, consumed_) + kBuffers; });
      if (stopped_) return;
    }
    size_t size = 0;
    char* buffer = memory_.get() + number % kBuffers * kBufferSize;
    Status status = decoder.Read(buffer, kBufferSize, size);
    if (status.ok()) status = growth_.Add(buffer, size, decoder.taken());
    std::lock_guard lock(mutex_);
    sizes_[number % kBuffers] = size;
    total_ += size;
    failure_ = status;
    ended_ = !status.ok() || size == 0;
    if (size > 0 && status.ok()) produced_ = number + 1;
    changed_.notify_all();
    if (ended_) return;
  }
}

void TarInput::Hash() {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  EVP_DigestInit_ex(context, EVP_sha256(), nullptr);
  for (uint64_t number = 0;; ++number) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return stopped_ || ended_ || number < produced_; });
      if (number >= produced_) break;
    }
    EVP_DigestUpdate(context, memory_.get() + number % kBuffers * kBufferSize,
                     sizes_[number % kBuffers]);
    std::lock_guard lock(mutex_);
    hashed_ = number + 1;
    changed_.notify_all();
  }
  unsigned char bytes[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  EVP_DigestFinal_ex(context, bytes, &size);
  EVP_MD_CTX_free(context);
  std::string digest = "sha256:";
  for (unsigned i = 0; i < size; ++i) {
    constexpr char kHex[] = "0123456789abcdef";
    digest += kHex[bytes[i] >> 4];
    digest += kHex[bytes[i] & 15];
  }
  std::lock_guard lock(mutex_);
  digest_ = digest;
}

// True when the current buffer has bytes left.
bool TarInput::AwaitBuffer() {
  std::unique_lock lock(mutex_);
  if (consumed_ < produced_ && offset_ == sizes_[consumed_ % kBuffers]) {
    ++consumed_;
    offset_ = 0;
    changed_.notify_all();
  }
  changed_.wait(lock, [&] { return ended_ || consumed_ < produced_; });
  return consumed_ < produced_;
}

Status TarInput::Next(size_t max, const char*& data, size_t& size) {
  size = 0;
  if (!AwaitBuffer()) return failure_;
  size_t slot = consumed_ % kBuffers;
  data = memory_.get() + slot * kBufferSize + offset_;
  size = std::min(max, sizes_[slot] - offset_);
  offset_ += size;
  return {};
}

Status TarInput::ReadExact(char* out, size_t size, bool& end) {
  size_t done = 0;
  end = false;
  while (done < size) {
    const char* data = nullptr;
    size_t got = 0;
    Status status = Next(size - done, data, got);
    if (!status.ok()) return status;
    if (got == 0) {
      end = done == 0;
      return end ? Status() : Status::Error("the layer is truncated");
    }
    std::memcpy(out + done, data, got);
    done += got;
  }
  return {};
}

Status TarInput::Skip(uint64_t size) {
  while (size > 0) {
    const char* data = nullptr;
    size_t got = 0;
    Status status = Next(std::min<uint64_t>(size, kBufferSize), data, got);
    if (!status.ok()) return status;
    if (got == 0) return Status::Error("the layer is truncated");
    size -= got;
  }
  return {};
}

Status TarInput::Finish(std::string& digest, uint64_t& total) {
  const char* data = nullptr;
  size_t size = 0;
  do {
    Status status = Next(kBufferSize, data, size);
    if (!status.ok()) return status;
  } while (size > 0);
  std::unique_lock lock(mutex_);
  changed_.notify_all();
  lock.unlock();
  if (hasher_.joinable()) hasher_.join();
  digest = digest_;
  total = total_;
  return {};
}

}  // namespace bryo
