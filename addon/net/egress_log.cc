#include "net/egress_log.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_log.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>

#include "net/netlink.h"

namespace bryo {
namespace {

using Bytes = std::span<const uint8_t>;

constexpr uint16_t kPacket = NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_PACKET;
constexpr uint16_t kConfig = NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_CONFIG;

uint16_t Word(Bytes bytes, size_t at) {
  return static_cast<uint16_t>(bytes[at] << 8 | bytes[at + 1]);
}

bool HasPorts(uint8_t protocol) {
  return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP || protocol == IPPROTO_SCTP;
}

void ReadPort(Bytes packet, size_t at, RefusedPacket& out) {
  if (HasPorts(out.protocol) && packet.size() >= at + 4) out.port = Word(packet, at + 2);
}

bool ReadPacket(Bytes packet, RefusedPacket& out) {
  constexpr size_t kHeader4 = 20;
  constexpr size_t kHeader6 = 40;
  if (packet.size() >= kHeader4 && packet[0] >> 4 == 4) {
    in_addr address{};
    std::memcpy(&address, &packet[16], sizeof(address));
    out.server = dns::Address(address);
    out.protocol = packet[9];
    bool is_later_fragment = (Word(packet, 6) & 0x1fff) != 0;
    if (!is_later_fragment) ReadPort(packet, size_t{packet[0] & 15U} * 4, out);
    return true;
  }
  if (packet.size() < kHeader6 || packet[0] >> 4 != 6) return false;
  in6_addr address{};
  std::memcpy(&address, &packet[24], sizeof(address));
  out.server = dns::Address(address);
  out.protocol = packet[6];
  ReadPort(packet, kHeader6, out);
  return true;
}

// The attributes of one message; false: it is of no packet.
bool ReadMessage(Bytes attributes, RefusedPacket& out) {
  bool found = false;
  while (attributes.size() >= sizeof(nlattr)) {
    nlattr head{};
    std::memcpy(&head, attributes.data(), sizeof(head));
    if (head.nla_len < sizeof(head) || head.nla_len > attributes.size()) break;
    Bytes value = attributes.subspan(sizeof(head), head.nla_len - sizeof(head));
    uint32_t mark = 0;
    if ((head.nla_type & NLA_TYPE_MASK) == NFULA_MARK && value.size() == sizeof(mark)) {
      std::memcpy(&mark, value.data(), sizeof(mark));
      out.policy = ntohl(mark);
    }
    if ((head.nla_type & NLA_TYPE_MASK) == NFULA_PAYLOAD) found = ReadPacket(value, out);
    attributes = attributes.subspan(std::min<size_t>(NLA_ALIGN(head.nla_len), attributes.size()));
  }
  return found;
}

}  // namespace

UniqueFd OpenEgressLog() {
  UniqueFd socket = OpenNetlink(NETLINK_NETFILTER);
  if (!socket.valid()) return socket;
  nfgenmsg header{};
  header.nfgen_family = AF_UNSPEC;
  header.version = NFNETLINK_V0;
  header.res_id = htons(kEgressLogGroup);
  NetlinkBatch batch;
  nfulnl_msg_config_cmd command{NFULNL_CFG_CMD_BIND};
  batch.Begin(kConfig, NLM_F_ACK, header, "egress log");
  batch.Add(NFULA_CFG_CMD, command);
  nfulnl_msg_config_mode mode{};
  mode.copy_range = htonl(kEgressLogBytes);
  mode.copy_mode = NFULNL_COPY_PACKET;
  batch.Begin(kConfig, NLM_F_ACK, header, "egress log");
  batch.Add(NFULA_CFG_MODE, mode);
  // Each at once: they are few.
  const uint32_t threshold = htonl(1);
  batch.Add(NFULA_CFG_QTHRESH, threshold);
  if (!batch.Send(socket.get()).ok()) return {};
  ::fcntl(socket.get(), F_SETFL, O_NONBLOCK);
  return socket;
}

bool ReadRefused(Bytes& message, RefusedPacket& out) {
  while (message.size() >= sizeof(nlmsghdr)) {
    nlmsghdr head{};
    std::memcpy(&head, message.data(), sizeof(head));
    if (head.nlmsg_len < sizeof(head) || head.nlmsg_len > message.size()) return false;
    Bytes body = message.first(head.nlmsg_len).subspan(sizeof(head));
    message = message.subspan(std::min<size_t>(NLMSG_ALIGN(head.nlmsg_len), message.size()));
    constexpr size_t kHeader = NLMSG_ALIGN(sizeof(nfgenmsg));
    if (head.nlmsg_type != kPacket || body.size() < kHeader) continue;
    out = {};
    if (ReadMessage(body.subspan(kHeader), out)) return true;
  }
  return false;
}

}  // namespace bryo
