// SHA-256 of a stream (FIPS 180-4).
#pragma once

#include <openssl/evp.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace bryo {

class Digest {
 public:
  Digest() : context_(::EVP_MD_CTX_new()) {
    ::EVP_DigestInit_ex(context_, ::EVP_sha256(), nullptr);
  }
  ~Digest() { ::EVP_MD_CTX_free(context_); }
  Digest(const Digest&) = delete;
  Digest& operator=(const Digest&) = delete;

  void Update(const void* data, size_t size) {
    ::EVP_DigestUpdate(context_, data, size);
    size_ += size;
  }
  uint64_t size() const { return size_; }

  // `sha256:…`; nothing can be added afterwards.
  std::string Finish() {
    constexpr char kDigits[] = "0123456789abcdef";
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    ::EVP_DigestFinal_ex(context_, bytes, &length);
    std::string text = "sha256:";
    for (unsigned i = 0; i < length; ++i) {
      text += kDigits[bytes[i] >> 4];
      text += kDigits[bytes[i] & 15];
    }
    return text;
  }

 private:
  EVP_MD_CTX* context_;
  uint64_t size_ = 0;
};

}  // namespace bryo
