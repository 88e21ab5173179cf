// Messages of clients and of servers, and the files that the responder reads: any bytes. What it
// writes must be a message that it would read itself.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "net/dns_address.h"
#include "net/dns_files.h"
#include "net/dns_message.h"
#include "net/dns_writer.h"

namespace {

using bryo::dns::Address;
using bryo::dns::Answer;
using bryo::dns::Bytes;
using bryo::dns::Query;
using bryo::dns::Rcode;

void Check(bool holds) {
  if (!holds) std::abort();
}

void CheckAnswer(const Query& query, size_t limit, size_t records) {
  Answer answer(query, limit);
  for (size_t i = 0; i < records; ++i) {
    answer.AddAddress(*Address::Parse(i % 2 == 0 ? "10.89.0.2" : "fd00::2"));
    answer.AddPointer("name.with.labels");
  }
  std::vector<uint8_t> bytes = answer.Finish(Rcode::kNoError);
  Check(bytes.size() <= limit);
  bryo::dns::Response response;
  Check(bryo::dns::ReadResponse(bytes, query.id, query.question, response));
  Check(response.has_question && response.code == Rcode::kNoError);
}

void TryQuery(Bytes message) {
  Query query;
  std::optional<Rcode> wrong = bryo::dns::ReadQuery(message, query);
  if (!wrong || !query.has_question) return;
  std::optional<std::string> text = query.question.name.Text();
  if (text) Check(text->size() < 255 && text->find('\0') == text->npos);
  if (text) (void)Address::ParseReverse(*text);
  CheckAnswer(query, bryo::dns::DatagramLimit(query), message.size());
  CheckAnswer(query, bryo::dns::kMaxMessage, message.size());
  std::vector<uint8_t> upstream = bryo::dns::WriteUpstream(query, 4711);
  Query again;
  Check(bryo::dns::ReadQuery(upstream, again) == Rcode::kNoError);
  Check(again.id == 4711 && again.question == query.question);
  Check(again.has_edns == query.has_edns && again.dnssec_ok == query.dnssec_ok);
}

void TryResponse(Bytes message) {
  Query query;
  size_t at = bryo::dns::kHeaderSize;
  if (message.size() <= at || !query.question.name.Read(message, at)) return;
  Check(at <= message.size());
  bryo::dns::Response response;
  (void)bryo::dns::ReadResponse(message, 0, query.question, response);
}

void TryFiles(std::string_view text) {
  (void)bryo::dns::ReadNetworkFacts(text);
  (void)bryo::dns::ReadHostFacts(text);
  Check(bryo::dns::ReadResolvers(text).size() <= 3);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Bytes message(data, size);
  TryQuery(message);
  TryResponse(message);
  TryFiles({reinterpret_cast<const char*>(data), size});
  return 0;
}
