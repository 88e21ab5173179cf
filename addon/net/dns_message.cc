#include "net/dns_message.h"

#include <algorithm>

namespace bryo::dns {
namespace {

constexpr uint8_t kPointer = 0xc0;
constexpr size_t kMaxLabel = 63;
constexpr uint16_t kOpcode = 0x7800;
constexpr uint16_t kDnssecOk = 0x8000;
// Records of a query before somebody only wants to keep us busy.
constexpr uint32_t kMaxRecords = 16;

uint16_t Word(Bytes message, size_t at) {
  return static_cast<uint16_t>(message[at] << 8 | message[at + 1]);
}

uint8_t Lower(uint8_t byte) { return byte >= 'A' && byte <= 'Z' ? byte + ('a' - 'A') : byte; }

bool SkipName(Bytes message, size_t& at) {
  while (at < message.size()) {
    uint8_t length = message[at];
    if ((length & kPointer) == kPointer) {
      at += 2;
      return at <= message.size();
    }
    if (length > kMaxLabel) return false;
    at += size_t{1} + length;
    if (length == 0) return at <= message.size();
  }
  return false;
}

struct RecordHead {
  uint16_t type;
  uint16_t klass;
  uint32_t ttl;
};

bool ReadRecord(Bytes message, size_t& at, RecordHead& out) {
  constexpr size_t kFixed = 10;
  if (!SkipName(message, at) || message.size() - at < kFixed) return false;
  out = {Word(message, at), Word(message, at + 2),
         uint32_t{Word(message, at + 4)} << 16 | Word(message, at + 6)};
  size_t size = Word(message, at + 8);
  at += kFixed;
  if (message.size() - at < size) return false;
  at += size;
  return true;
}

void TakeOptions(const RecordHead& record, Query& out) {
  out.has_edns = true;
  out.datagram_size = static_cast<uint16_t>(std::max<size_t>(record.klass, kPlainDatagram));
  out.edns_version = static_cast<uint8_t>(record.ttl >> 16);
  out.dnssec_ok = (record.ttl & kDnssecOk) != 0;
}

bool ReadQuestion(Bytes message, size_t& at, Question& out) {
  if (!out.name.Read(message, at) || message.size() - at < 4) return false;
  out.type = Word(message, at);
  out.klass = Word(message, at + 2);
  at += 4;
  return true;
}

}  // namespace

bool Name::Read(Bytes message, size_t& at) {
  size_ = 0;
  size_t place = at;
  size_t end = 0;  // of the name where it stands; 0: no pointer has been followed yet
  while (place < message.size()) {
    size_t length = message[place];
    if ((length & kPointer) == kPointer) {
      if (message.size() - place < 2) return false;
      size_t target = Word(message, place) & 0x3fff;
      if (end == 0) end = place + 2;
      // Only what stands before has been named already: this ends.
      if (target >= place) return false;
      place = target;
      continue;
    }
    if (length > kMaxLabel || length >= message.size() - place) return false;
    if (size_ + 1 + length > bytes_.size()) return false;
    std::copy_n(message.begin() + static_cast<ptrdiff_t>(place), 1 + length,
                bytes_.begin() + static_cast<ptrdiff_t>(size_));
    size_ += 1 + length;
    place += 1 + length;
    if (length == 0) {
      at = end == 0 ? place : end;
      return true;
    }
  }
  return false;
}

bool Name::operator==(const Name& other) const {
  return std::ranges::equal(wire(), other.wire(),
                            [](uint8_t a, uint8_t b) { return Lower(a) == Lower(b); });
}

std::optional<std::string> Name::Text() const {
  std::string text;
  for (size_t at = 0; at < size_ && bytes_[at] != 0;) {
    size_t length = bytes_[at++];
    if (!text.empty()) text += '.';
    for (size_t end = at + length; at < end; ++at) {
      uint8_t byte = bytes_[at];
      if (byte <= ' ' || byte >= 0x7f || byte == '.') return std::nullopt;
      text += static_cast<char>(Lower(byte));
    }
  }
  return text;
}

std::optional<Rcode> ReadQuery(Bytes message, Query& out) {
  if (message.size() < kHeaderSize) return std::nullopt;
  out.id = Word(message, 0);
  out.flags = Word(message, 2);
  if ((out.flags & kFlagResponse) != 0) return std::nullopt;
  if ((out.flags & kOpcode) != 0) return Rcode::kNotImplemented;
  size_t at = kHeaderSize;
  if (Word(message, 4) != 1 || !ReadQuestion(message, at, out.question)) {
    return Rcode::kFormatError;
  }
  out.has_question = true;
  uint32_t before = uint32_t{Word(message, 6)} + Word(message, 8);
  uint32_t records = before + Word(message, 10);
  if (records > kMaxRecords) return Rcode::kFormatError;
  for (uint32_t i = 0; i < records; ++i) {
    RecordHead record{};
    if (!ReadRecord(message, at, record)) return Rcode::kFormatError;
    if (record.type != kTypeOpt) continue;
    if (i < before || out.has_edns) return Rcode::kFormatError;
    TakeOptions(record, out);
  }
  return out.edns_version == 0 ? Rcode::kNoError : Rcode::kBadVersion;
}

bool ReadResponse(Bytes message, uint16_t id, const Question& question, Response& out) {
  if (message.size() < kHeaderSize || Word(message, 0) != id) return false;
  uint16_t flags = Word(message, 2);
  if ((flags & kFlagResponse) == 0 || (flags & kOpcode) != 0) return false;
  out.is_truncated = (flags & kFlagTruncated) != 0;
  out.code = static_cast<Rcode>(flags & 0xf);
  uint16_t questions = Word(message, 4);
  out.has_question = questions == 1;
  // Some servers leave the question out of their failures.
  if (questions == 0) return out.code != Rcode::kNoError && out.code != Rcode::kNoSuchName;
  Question answered;
  size_t at = kHeaderSize;
  return questions == 1 && ReadQuestion(message, at, answered) && answered == question;
}

std::vector<AnswerRecord> ReadAnswers(Bytes message, size_t most) {
  std::vector<AnswerRecord> records;
  size_t at = kHeaderSize;
  Question question;
  if (message.size() < kHeaderSize) return records;
  for (uint16_t left = Word(message, 4); left > 0; --left) {
    if (!ReadQuestion(message, at, question)) return records;
  }
  for (size_t left = std::min<size_t>(Word(message, 6), most); left > 0; --left) {
    AnswerRecord record;
    size_t owner_at = at;
    RecordHead head{};
    if (!ReadRecord(message, at, head) || !record.owner.Read(message, owner_at)) break;
    constexpr size_t kFixed = 10;
    const size_t begin = owner_at + kFixed;
    record.type = head.type;
    record.klass = head.klass;
    record.ttl = head.ttl;
    record.ttl_at = owner_at + 4;
    record.data = message.subspan(begin, at - begin);
    size_t target_at = begin;
    if (head.type == kTypeCname && !record.target.Read(message, target_at)) break;
    records.push_back(record);
  }
  return records;
}

}  // namespace bryo::dns
