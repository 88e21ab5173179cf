#include "net/nft_change.h"

#include <arpa/inet.h>
#include <endian.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <sys/socket.h>

#include "net/names.h"

namespace bryo {
namespace {

nfgenmsg HeaderOf(int family, uint16_t resource) {
  nfgenmsg header{};
  header.nfgen_family = static_cast<uint8_t>(family);
  header.version = NFNETLINK_V0;
  header.res_id = htons(resource);
  return header;
}

constexpr uint16_t Message(uint16_t type) { return NFNL_SUBSYS_NFTABLES << 8 | type; }

void PutData(NetlinkBatch& batch, uint16_t type, const NftKey& key) {
  if (key.bytes().empty()) return;
  size_t value = batch.Open(type | NLA_F_NESTED);
  batch.Add(NFTA_DATA_VALUE, key.bytes().data(), key.bytes().size());
  batch.Close(value);
}

}  // namespace

NftKey& NftKey::Add(const void* bytes, size_t size) {
  constexpr size_t kWord = 4;
  const auto* from = static_cast<const unsigned char*>(bytes);
  bytes_.insert(bytes_.end(), from, from + size);
  bytes_.resize((bytes_.size() + kWord - 1) / kWord * kWord);
  return *this;
}

NftChange::NftChange(const char* what) : what_(what) {
  batch_.Begin(NFNL_MSG_BATCH_BEGIN, 0, HeaderOf(AF_UNSPEC, NFNL_SUBSYS_NFTABLES), what);
}

void NftChange::Put(uint16_t type, uint16_t flags, const NftSet& set, const NftElement& element) {
  batch_.Begin(Message(type), static_cast<uint16_t>(flags | NLM_F_ACK), HeaderOf(set.family, 0),
               what_);
  batch_.AddText(NFTA_SET_ELEM_LIST_TABLE, kTable);
  batch_.AddText(NFTA_SET_ELEM_LIST_SET, set.name);
  size_t list = batch_.Open(NFTA_SET_ELEM_LIST_ELEMENTS | NLA_F_NESTED);
  size_t item = batch_.Open(NFTA_LIST_ELEM | NLA_F_NESTED);
  PutData(batch_, NFTA_SET_ELEM_KEY, element.key);
  PutData(batch_, NFTA_SET_ELEM_KEY_END, element.last);
  PutData(batch_, NFTA_SET_ELEM_DATA, element.value);
  if (element.timeout > 0) batch_.Add(NFTA_SET_ELEM_TIMEOUT, htobe64(element.timeout));
  batch_.Close(item);
  batch_.Close(list);
}

void NftChange::Add(const NftSet& set, const NftElement& element) {
  Put(NFT_MSG_NEWSETELEM, NLM_F_CREATE, set, element);
}

void NftChange::Remove(const NftSet& set, const NftElement& element) {
  Put(NFT_MSG_DELSETELEM, 0, set, element);
}

void NftChange::Renew(const NftSet& set, const NftElement& element) {
  // Of the same transaction: nobody sees it without.
  Add(set, element);
  NftElement known = element;
  known.timeout = 0;
  Remove(set, known);
  Add(set, element);
}

Status NftChange::Send(int socket) {
  batch_.Begin(NFNL_MSG_BATCH_END, 0, HeaderOf(AF_UNSPEC, NFNL_SUBSYS_NFTABLES), what_);
  return batch_.Send(socket);
}

}  // namespace bryo
