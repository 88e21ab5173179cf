#include "net/nft_elements.h"

#include <arpa/inet.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <span>

#include "net/names.h"

namespace bryo {
namespace {

constexpr size_t kMessageSize = 1 << 15;

using Bytes = std::span<const unsigned char>;

// Attributes one after another: each one's type and what it holds.
template <typename Look>
void EachAttribute(Bytes bytes, const Look& look) {
  while (bytes.size() >= NLA_HDRLEN) {
    nlattr head{};
    std::memcpy(&head, bytes.data(), sizeof(head));
    if (head.nla_len < NLA_HDRLEN || head.nla_len > bytes.size()) return;
    look(head.nla_type & NLA_TYPE_MASK, bytes.subspan(NLA_HDRLEN, head.nla_len - NLA_HDRLEN));
    bytes = bytes.subspan(std::min<size_t>(NLA_ALIGN(head.nla_len), bytes.size()));
  }
}

void ReadData(Bytes bytes, NftKey& out) {
  EachAttribute(bytes, [&](int type, Bytes value) {
    if (type == NFTA_DATA_VALUE) out.Add(value.data(), value.size());
  });
}

NftElement ReadElement(Bytes bytes) {
  NftElement element;
  EachAttribute(bytes, [&](int type, Bytes value) {
    if (type == NFTA_SET_ELEM_KEY) ReadData(value, element.key);
    if (type == NFTA_SET_ELEM_KEY_END) ReadData(value, element.last);
    if (type == NFTA_SET_ELEM_DATA) ReadData(value, element.value);
  });
  return element;
}

void ReadMessage(Bytes body, std::vector<NftElement>& out) {
  EachAttribute(body.subspan(std::min<size_t>(NLMSG_ALIGN(sizeof(nfgenmsg)), body.size())),
                [&](int type, Bytes list) {
                  if (type != NFTA_SET_ELEM_LIST_ELEMENTS) return;
                  EachAttribute(list, [&](int, Bytes item) { out.push_back(ReadElement(item)); });
                });
}

void PutText(std::vector<unsigned char>& message, uint16_t type, const char* text) {
  const size_t size = std::strlen(text) + 1;
  const nlattr head{static_cast<uint16_t>(NLA_HDRLEN + size), type};
  const auto* bytes = reinterpret_cast<const unsigned char*>(&head);
  message.insert(message.end(), bytes, bytes + sizeof(head));
  message.insert(message.end(), text, text + size);
  message.resize(NLMSG_ALIGN(message.size()));
}

bool AskForElements(int socket, const NftSet& set) {
  struct {
    nlmsghdr head;
    nfgenmsg body;
  } request{};
  std::vector<unsigned char> message(sizeof(request));
  PutText(message, NFTA_SET_ELEM_LIST_TABLE, kTable);
  PutText(message, NFTA_SET_ELEM_LIST_SET, set.name);
  request.head.nlmsg_len = static_cast<uint32_t>(message.size());
  request.head.nlmsg_type = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETSETELEM;
  request.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.body.nfgen_family = set.family;
  request.body.version = NFNETLINK_V0;
  std::memcpy(message.data(), &request, sizeof(request));
  return ::send(socket, message.data(), message.size(), 0) == static_cast<ssize_t>(message.size());
}

// The errno of an answer's end; -1: there is more.
int ReadAnswer(Bytes bytes, std::vector<NftElement>& out) {
  while (bytes.size() >= NLMSG_HDRLEN) {
    nlmsghdr head{};
    std::memcpy(&head, bytes.data(), sizeof(head));
    if (head.nlmsg_len < NLMSG_HDRLEN || head.nlmsg_len > bytes.size()) return EPROTO;
    Bytes body = bytes.subspan(NLMSG_HDRLEN, head.nlmsg_len - NLMSG_HDRLEN);
    if (head.nlmsg_type == NLMSG_DONE) return 0;
    if (head.nlmsg_type == NLMSG_ERROR) {
      nlmsgerr error{};
      if (body.size() < sizeof(error)) return EPROTO;
      std::memcpy(&error, body.data(), sizeof(error));
      return -error.error;
    }
    ReadMessage(body, out);
    bytes = bytes.subspan(std::min<size_t>(NLMSG_ALIGN(head.nlmsg_len), bytes.size()));
  }
  return -1;
}

}  // namespace

Status ReadElements(int socket, const NftSet& set, std::vector<NftElement>& out) {
  if (!AskForElements(socket, set)) return Status::Errno(set.name);
  for (;;) {
    alignas(nlmsghdr) unsigned char messages[kMessageSize];
    ssize_t got = ::recv(socket, messages, sizeof(messages), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Status::Errno(set.name);
    int end = ReadAnswer({messages, static_cast<size_t>(got)}, out);
    if (end > 0) return Status::Errno(set.name, end);
    if (end == 0) return {};
  }
}

Status RemoveElements(int socket, const NftSet& set, const std::vector<NftElement>& elements) {
  // Another that removes the same at the same time would make all of a change fail.
  for (const NftElement& element : elements) {
    NftChange change(set.name);
    change.Remove(set, element);
    Status removed = change.Send(socket);
    if (!removed.ok() && removed.err() != ENOENT) return removed;
  }
  return {};
}

}  // namespace bryo
