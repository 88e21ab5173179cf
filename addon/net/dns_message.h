// Messages of the domain name system: what is read of them, checked against their bounds.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace bryo::dns {

using Bytes = std::span<const uint8_t>;

inline constexpr size_t kHeaderSize = 12;
inline constexpr size_t kMaxMessage = 65535;
// Of a datagram to somebody who has not said that more is fine (RFC 1035, 4.2.1).
inline constexpr size_t kPlainDatagram = 512;

// Types of records and questions (RFC 1035, 3.2.2; RFC 3596; RFC 6891).
inline constexpr uint16_t kTypeA = 1;
inline constexpr uint16_t kTypeCname = 5;
inline constexpr uint16_t kTypePtr = 12;
inline constexpr uint16_t kTypeAaaa = 28;
inline constexpr uint16_t kTypeOpt = 41;
inline constexpr uint16_t kTypeIxfr = 251;
inline constexpr uint16_t kTypeAxfr = 252;
inline constexpr uint16_t kTypeAny = 255;
inline constexpr uint16_t kClassIn = 1;

// Bits of the second word of a header (RFC 1035, 4.1.1; RFC 4035, 3.1.6).
inline constexpr uint16_t kFlagResponse = 0x8000;
inline constexpr uint16_t kFlagTruncated = 0x0200;
inline constexpr uint16_t kFlagRecursionDesired = 0x0100;
inline constexpr uint16_t kFlagRecursionAvailable = 0x0080;
inline constexpr uint16_t kFlagAuthentic = 0x0020;
inline constexpr uint16_t kFlagCheckingDisabled = 0x0010;

// The result that an answer tells (RFC 1035, 4.1.1; above 15: RFC 6891, 6.1.3).
enum class Rcode : uint8_t {
  kNoError = 0,
  kFormatError = 1,
  kServerFailure = 2,
  kNoSuchName = 3,
  kNotImplemented = 4,
  kRefused = 5,
  kBadVersion = 16,
};

// A name as messages have it, without compression: labels after their lengths, and the root's.
class Name {
 public:
  // Reads the name at `at` and moves that behind it. False: it is none, or leaves the message.
  bool Read(Bytes message, size_t& at);

  Bytes wire() const { return {bytes_.data(), size_}; }
  // Letters of ASCII are alike in both cases (RFC 4343).
  bool operator==(const Name& other) const;
  // In lower case, its labels parted by dots, without the root's; nothing where a byte of a label
  // would be taken for something else in there.
  std::optional<std::string> Text() const;

 private:
  std::array<uint8_t, 255> bytes_{};
  size_t size_ = 0;
};

struct Question {
  Name name;
  uint16_t type = 0;
  uint16_t klass = 0;

  bool operator==(const Question&) const = default;
};

// A question as a client asks it.
struct Query {
  uint16_t id = 0;
  uint16_t flags = 0;
  Question question;
  bool has_question = false;
  // Of its OPT record (RFC 6891, 6.1), if there is one.
  bool has_edns = false;
  bool dnssec_ok = false;
  uint8_t edns_version = 0;
  uint16_t datagram_size = kPlainDatagram;
};

// Reads a query. Nothing: no answer is due, for it is a response or no message at all. Otherwise
// what is wrong with it; `out` has what an answer takes in any case.
std::optional<Rcode> ReadQuery(Bytes message, Query& out);

// How a server's message answers a query of ours.
struct Response {
  bool is_truncated = false;
  Rcode code = Rcode::kNoError;  // the lower four bits
  bool has_question = false;     // without one it can only be a failure
};

// False: the message is no answer to this question, or not to the query of this id.
bool ReadResponse(Bytes message, uint16_t id, const Question& question, Response& out);

// A record of the answer section.
struct AnswerRecord {
  Name owner;
  uint16_t type = 0;
  uint16_t klass = 0;
  uint32_t ttl = 0;   // seconds
  size_t ttl_at = 0;  // where it stands in the message
  Bytes data;
  Name target;  // of a CNAME record
};

// The records of an answer section, at most `most` of them; what follows a broken one is left out.
std::vector<AnswerRecord> ReadAnswers(Bytes message, size_t most);

}  // namespace bryo::dns
