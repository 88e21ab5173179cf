// Generated from src/plan/ops.ts by src/plan/generate.ts. Do not edit.

#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "plan/plan_reader.h"
#include "sys/contract.gen.h"

namespace bryo {

inline constexpr uint32_t kPlanMagic = 0x4f595242;

inline constexpr uint32_t kPlanVersion = 14;

struct HeaderUserns {
  static constexpr uint32_t kCode = 1;
  bool helper{};
  std::vector<uint32_t> uids{};
  std::vector<uint32_t> gids{};
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return reader.Read(helper) &&
           reader.Read(uids) &&
           reader.Read(gids);
  }
};

struct HeaderInnerUserns {
  static constexpr uint32_t kCode = 2;
  std::vector<uint32_t> uids{};
  std::vector<uint32_t> gids{};
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return reader.Read(uids) &&
           reader.Read(gids);
  }
};

struct HeaderNamespaces {
  static constexpr uint32_t kCode = 3;
  uint64_t flags{};
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return reader.Read(flags);
  }
};

struct HeaderJoin {
  static constexpr uint32_t kCode = 4;
  uint64_t flag{};
  std::string path{};
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return reader.Read(flag) &&
           reader.Read(path);
  }
};

struct HeaderJoinProcess {
  static constexpr uint32_t kCode = 5;
  uint32_t pid{};
  uint64_t start_ticks{};
  uint64_t flags{};
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return reader.Read(pid) &&
           reader.Read(start_ticks) &&
           reader.Read(flags);
  }
};

struct HeaderMonitor {
  static constexpr uint32_t kCode = 6;
  std::string container_dir{};
  std::string lock_path{};
  std::string state_path{};
  std::string exit_path{};
  std::string attach_dir{};
  std::string pid_file{};
  std::string monitor_pid_file{};
  std::string log_path{};
  std::string log_journal{};
  uint64_t log_max_size{};
  uint64_t log_max_files{};
  bool terminal{};
  uint32_t rows{};
  uint32_t columns{};
  bool plain_newlines{};
  bool stdin_open{};
  bool stdin_once{};
  bool passthrough{};
  bool sync_exit_record{};
  std::vector<std::string> remove_paths{};
  uint64_t timeout_ms{};
  RestartPolicy restart{};
  uint32_t restart_max{};
  uint32_t restarts{};
  std::string pod_link{};
  bool pod_holder{};
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return reader.Read(container_dir) &&
           reader.Read(lock_path) &&
           reader.Read(state_path) &&
           reader.Read(exit_path) &&
           reader.Read(attach_dir) &&
           reader.Read(pid_file) &&
           reader.Read(monitor_pid_file) &&
           reader.Read(log_path) &&
           reader.Read(log_journal) &&
           reader.Read(log_max_size) &&
           reader.Read(log_max_files) &&
           reader.Read(terminal) &&
           reader.Read(rows) &&
           reader.Read(columns) &&
           reader.Read(plain_newlines) &&
           reader.Read(stdin_open) &&
           reader.Read(stdin_once) &&
           reader.Read(passthrough) &&
           reader.Read(sync_exit_record) &&
           reader.Read(remove_paths) &&
           reader.Read(timeout_ms) &&
           reader.Read(restart) &&
           reader.Read(restart_max) &&
           reader.Read(restarts) &&
           reader.Read(pod_link) &&
           reader.Read(pod_holder);
  }
};

struct HeaderNetworkHelper {
  static constexpr uint32_t kCode = 7;
  std::vector<std::string> argv{};
  std::string preload{};
  std::string ready_path{};
  std::string pid_file{};
  std::string api_socket{};
  std::vector<std::string> api_requests{};
  bool holds_ports{};
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return reader.Read(argv) &&
           reader.Read(preload) &&
           reader.Read(ready_path) &&
           reader.Read(pid_file) &&
           reader.Read(api_socket) &&
           reader.Read(api_requests) &&
           reader.Read(holds_ports);
  }
};

struct HeaderHandover {
  static constexpr uint32_t kCode = 8;
  std::string console_socket{};
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return reader.Read(console_socket);
  }
};

struct HeaderRuntimeHook {
  static constexpr uint32_t kCode = 9;
  std::string name{};
  std::string path{};
  std::vector<std::string> argv{};
  std::vector<std::string> env{};
  uint64_t timeout_ms{};
  std::string state{};
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return reader.Read(name) &&
           reader.Read(path) &&
           reader.Read(argv) &&
           reader.Read(env) &&
           reader.Read(timeout_ms) &&
           reader.Read(state);
  }
};

struct HeaderTimens {
  static constexpr uint32_t kCode = 10;
  std::string offsets{};
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return reader.Read(offsets);
  }
};

struct HeaderSeccompListener {
  static constexpr uint32_t kCode = 11;
  std::string path{};
  std::string state{};
  bool optional{};
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return reader.Read(path) &&
           reader.Read(state) &&
           reader.Read(optional);
  }
};

struct HeaderPreservedFds {
  static constexpr uint32_t kCode = 12;
  std::vector<uint32_t> numbers{};
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return reader.Read(numbers);
  }
};

struct HeaderCgroup {
  static constexpr uint32_t kCode = 13;
  bool remove{};
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return reader.Read(remove);
  }
};

struct HeaderHealth {
  static constexpr uint32_t kCode = 14;
  std::string record_path{};
  std::string log_path{};
  uint32_t log_count{};
  uint64_t log_size{};
  bool event_log{};
  bool quiet{};
  uint64_t start_period_ms{};
  HealthAction on_failure{};
  uint32_t stop_signal{};
  uint64_t stop_timeout_ms{};
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return reader.Read(record_path) &&
           reader.Read(log_path) &&
           reader.Read(log_count) &&
           reader.Read(log_size) &&
           reader.Read(event_log) &&
           reader.Read(quiet) &&
           reader.Read(start_period_ms) &&
           reader.Read(on_failure) &&
           reader.Read(stop_signal) &&
           reader.Read(stop_timeout_ms);
  }
};

struct HeaderNotify {
  static constexpr uint32_t kCode = 18;
  std::string address{};
  NotifyWhen when{};
  uint64_t watchdog_ms{};
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return reader.Read(address) &&
           reader.Read(when) &&
           reader.Read(watchdog_ms);
  }
};

struct HeaderProbe {
  static constexpr uint32_t kCode = 15;
  ProbeKind kind{};
  std::string plan{};
  uint64_t interval_ms{};
  uint64_t start_interval_ms{};
  uint64_t timeout_ms{};
  uint32_t failures{};
  uint32_t successes{};
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return reader.Read(kind) &&
           reader.Read(plan) &&
           reader.Read(interval_ms) &&
           reader.Read(start_interval_ms) &&
           reader.Read(timeout_ms) &&
           reader.Read(failures) &&
           reader.Read(successes);
  }
};

struct HeaderEvents {
  static constexpr uint32_t kCode = 17;
  std::string path{};
  uint64_t limit{};
  std::string subject{};
  std::string journal{};
  std::string session{};
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return reader.Read(path) &&
           reader.Read(limit) &&
           reader.Read(subject) &&
           reader.Read(journal) &&
           reader.Read(session);
  }
};

struct HeaderNestedUserns {
  static constexpr uint32_t kCode = 16;
  std::string path{};
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return reader.Read(path);
  }
};

struct HeaderJoinOwner {
  static constexpr uint32_t kCode = 100;
  uint32_t pid{};
  uint64_t start_ticks{};
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return reader.Read(pid) &&
           reader.Read(start_ticks);
  }
};

struct HeaderPortRelay {
  static constexpr uint32_t kCode = 19;
  std::vector<uint32_t> addresses{};
  std::vector<uint32_t> ports{};
  std::vector<uint32_t> neighbours{};
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return reader.Read(addresses) &&
           reader.Read(ports) &&
           reader.Read(neighbours);
  }
};

struct HeaderBridges {
  static constexpr uint32_t kCode = 101;
  std::string directory{};
  std::vector<std::string> holder{};
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return reader.Read(directory) &&
           reader.Read(holder);
  }
};

struct HeaderLateLease {
  static constexpr uint32_t kCode = 110;
  std::string path{};
  uint64_t place{};
  bool shared{};
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return reader.Read(path) &&
           reader.Read(place) &&
           reader.Read(shared);
  }
};

struct HeaderAttachment {
  static constexpr uint32_t kCode = 102;
  LinkDriver driver{};
  std::string bridge{};
  std::string interface_name{};
  std::string host_name{};
  std::string parent{};
  std::string mode{};
  std::string mac{};
  uint32_t mtu{};
  uint32_t vlan{};
  bool internal{};
  bool unmanaged{};
  std::vector<std::string> addresses{};
  std::vector<std::string> gateways{};
  std::vector<std::string> routes{};
  uint32_t policy{};
  std::vector<std::string> egress{};
  uint64_t rate{};
  std::vector<std::string> dhcp{};
  std::string lease_files{};
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return reader.Read(driver) &&
           reader.Read(bridge) &&
           reader.Read(interface_name) &&
           reader.Read(host_name) &&
           reader.Read(parent) &&
           reader.Read(mode) &&
           reader.Read(mac) &&
           reader.Read(mtu) &&
           reader.Read(vlan) &&
           reader.Read(internal) &&
           reader.Read(unmanaged) &&
           reader.Read(addresses) &&
           reader.Read(gateways) &&
           reader.Read(routes) &&
           reader.Read(policy) &&
           reader.Read(egress) &&
           reader.Read(rate) &&
           reader.Read(dhcp) &&
           reader.Read(lease_files);
  }
};

using HeaderRecord = std::variant<HeaderUserns, HeaderInnerUserns, HeaderNamespaces, HeaderJoin, HeaderJoinProcess, HeaderMonitor, HeaderNetworkHelper, HeaderHandover, HeaderRuntimeHook, HeaderTimens, HeaderSeccompListener, HeaderPreservedFds, HeaderCgroup, HeaderHealth, HeaderNotify, HeaderProbe, HeaderEvents, HeaderNestedUserns, HeaderJoinOwner, HeaderPortRelay, HeaderBridges, HeaderLateLease, HeaderAttachment>;

inline bool DecodeHeaderRecord(uint32_t code, PlanReader& reader, HeaderRecord& out) {
  switch (code) {
    case HeaderUserns::kCode:
      return out.emplace<HeaderUserns>().Decode(reader);
    case HeaderInnerUserns::kCode:
      return out.emplace<HeaderInnerUserns>().Decode(reader);
    case HeaderNamespaces::kCode:
      return out.emplace<HeaderNamespaces>().Decode(reader);
    case HeaderJoin::kCode:
      return out.emplace<HeaderJoin>().Decode(reader);
    case HeaderJoinProcess::kCode:
      return out.emplace<HeaderJoinProcess>().Decode(reader);
    case HeaderMonitor::kCode:
      return out.emplace<HeaderMonitor>().Decode(reader);
    case HeaderNetworkHelper::kCode:
      return out.emplace<HeaderNetworkHelper>().Decode(reader);
    case HeaderHandover::kCode:
      return out.emplace<HeaderHandover>().Decode(reader);
    case HeaderRuntimeHook::kCode:
      return out.emplace<HeaderRuntimeHook>().Decode(reader);
    case HeaderTimens::kCode:
      return out.emplace<HeaderTimens>().Decode(reader);
    case HeaderSeccompListener::kCode:
      return out.emplace<HeaderSeccompListener>().Decode(reader);
    case HeaderPreservedFds::kCode:
      return out.emplace<HeaderPreservedFds>().Decode(reader);
    case HeaderCgroup::kCode:
      return out.emplace<HeaderCgroup>().Decode(reader);
    case HeaderHealth::kCode:
      return out.emplace<HeaderHealth>().Decode(reader);
    case HeaderNotify::kCode:
      return out.emplace<HeaderNotify>().Decode(reader);
    case HeaderProbe::kCode:
      return out.emplace<HeaderProbe>().Decode(reader);
    case HeaderEvents::kCode:
      return out.emplace<HeaderEvents>().Decode(reader);
    case HeaderNestedUserns::kCode:
      return out.emplace<HeaderNestedUserns>().Decode(reader);
    case HeaderJoinOwner::kCode:
      return out.emplace<HeaderJoinOwner>().Decode(reader);
    case HeaderPortRelay::kCode:
      return out.emplace<HeaderPortRelay>().Decode(reader);
    case HeaderBridges::kCode:
      return out.emplace<HeaderBridges>().Decode(reader);
    case HeaderLateLease::kCode:
      return out.emplace<HeaderLateLease>().Decode(reader);
    case HeaderAttachment::kCode:
      return out.emplace<HeaderAttachment>().Decode(reader);
    default:
      return false;
  }
}

struct StoragePinBind {
  static constexpr uint32_t kCode = 20;
  uint32_t slot{};
  std::string source{};
  bool recursive{};
  bool no_follow{};
  bool shared{};
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return reader.Read(slot) &&
           reader.Read(source) &&
           reader.Read(recursive) &&
           reader.Read(no_follow) &&
           reader.Read(shared);
  }
};

struct StoragePinDevice {
  static constexpr uint32_t kCode = 21;
  uint32_t slot{};
  std::string source{};
  uint32_t major{};
  uint32_t minor{};
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return reader.Read(slot) &&
           reader.Read(source) &&
           reader.Read(major) &&
           reader.Read(minor);
  }
};

struct StorageRootOverlay {
  static constexpr uint32_t kCode = 22;
  std::vector<std::string> lowers{};
  std::string upper{};
  std::string work{};
  bool volatile_{};
  bool legacy_mount{};
  std::string staging{};
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return reader.Read(lowers) &&
           reader.Read(upper) &&
           reader.Read(work) &&
           reader.Read(volatile_) &&
           reader.Read(legacy_mount) &&
           reader.Read(staging);
  }
};

struct StorageRootFuse {
  static constexpr uint32_t kCode = 23;
  std::vector<std::string> argv{};
  std::string mountpoint{};
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return reader.Read(argv) &&
           reader.Read(mountpoint);
  }
};

struct StorageRootDirectory {
  static constexpr uint32_t kCode = 24;
  std::string path{};
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return reader.Read(path);
  }
};

struct StoragePinStart {
  static constexpr uint32_t kCode = 25;
  std::string fifo{};
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return reader.Read(fifo);
  }
};

struct StoragePinSecret {
  static constexpr uint32_t kCode = 27;
  uint32_t slot{};
  std::string staging{};
  std::string content{};
  uint32_t mode{};
  uint32_t uid{};
  uint32_t gid{};
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return reader.Read(slot) &&
           reader.Read(staging) &&
           reader.Read(content) &&
           reader.Read(mode) &&
           reader.Read(uid) &&
           reader.Read(gid);
  }
};

struct StoragePinShared {
  static constexpr uint32_t kCode = 28;
  uint32_t slot{};
  uint32_t pid{};
  uint64_t start_ticks{};
  std::string path{};
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return reader.Read(slot) &&
           reader.Read(pid) &&
           reader.Read(start_ticks) &&
           reader.Read(path);
  }
};

struct StoragePinOverlay {
  static constexpr uint32_t kCode = 29;
  uint32_t slot{};
  std::vector<std::string> lowers{};
  std::string upper{};
  std::string work{};
  bool legacy_mount{};
  std::string staging{};
  std::string subpath{};
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return reader.Read(slot) &&
           reader.Read(lowers) &&
           reader.Read(upper) &&
           reader.Read(work) &&
           reader.Read(legacy_mount) &&
           reader.Read(staging) &&
           reader.Read(subpath);
  }
};

struct StoragePinPart {
  static constexpr uint32_t kCode = 30;
  uint32_t slot{};
  std::string source{};
  std::string subpath{};
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return reader.Read(slot) &&
           reader.Read(source) &&
           reader.Read(subpath);
  }
};

struct StorageOwnFile {
  static constexpr uint32_t kCode = 31;
  uint32_t slot{};
  uint32_t uid{};
  uint32_t gid{};
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return reader.Read(slot) &&
           reader.Read(uid) &&
           reader.Read(gid);
  }
};

struct StorageMountIds {
  static constexpr uint32_t kCode = 26;
  uint32_t slot{};
  std::vector<uint32_t> uids{};
  std::vector<uint32_t> gids{};
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return reader.Read(slot) &&
           reader.Read(uids) &&
           reader.Read(gids);
  }
};

using StorageOp = std::variant<StoragePinBind, StoragePinDevice, StorageRootOverlay, StorageRootFuse, StorageRootDirectory, StoragePinStart, StoragePinSecret, StoragePinShared, StoragePinOverlay, StoragePinPart, StorageOwnFile, StorageMountIds>;

inline bool DecodeStorageOp(uint32_t code, PlanReader& reader, StorageOp& out) {
  switch (code) {
    case StoragePinBind::kCode:
      return out.emplace<StoragePinBind>().Decode(reader);
    case StoragePinDevice::kCode:
      return out.emplace<StoragePinDevice>().Decode(reader);
    case StorageRootOverlay::kCode:
      return out.emplace<StorageRootOverlay>().Decode(reader);
    case StorageRootFuse::kCode:
      return out.emplace<StorageRootFuse>().Decode(reader);
    case StorageRootDirectory::kCode:
      return out.emplace<StorageRootDirectory>().Decode(reader);
    case StoragePinStart::kCode:
      return out.emplace<StoragePinStart>().Decode(reader);
    case StoragePinSecret::kCode:
      return out.emplace<StoragePinSecret>().Decode(reader);
    case StoragePinShared::kCode:
      return out.emplace<StoragePinShared>().Decode(reader);
    case StoragePinOverlay::kCode:
      return out.emplace<StoragePinOverlay>().Decode(reader);
    case StoragePinPart::kCode:
      return out.emplace<StoragePinPart>().Decode(reader);
    case StorageOwnFile::kCode:
      return out.emplace<StorageOwnFile>().Decode(reader);
    case StorageMountIds::kCode:
      return out.emplace<StorageMountIds>().Decode(reader);
    default:
      return false;
  }
}

struct OpEnterRoot {
  static constexpr uint32_t kCode = 40;
  std::string staging{};
  uint64_t propagation{};
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return reader.Read(staging) &&
           reader.Read(propagation);
  }
};

struct OpMountFs {
  static constexpr uint32_t kCode = 41;
  std::string target{};
  std::string fs{};
  uint64_t attributes{};
  std::vector<std::string> options{};
  bool no_follow{};
  bool copy_up{};
  uint32_t ids{};
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return reader.Read(target) &&
           reader.Read(fs) &&
           reader.Read(attributes) &&
           reader.Read(options) &&
           reader.Read(no_follow) &&
           reader.Read(copy_up) &&
           reader.Read(ids);
  }
};

struct OpMountBind {
  static constexpr uint32_t kCode = 42;
  std::string target{};
  uint32_t slot{};
  uint64_t set{};
  uint64_t clear{};
  uint64_t top_set{};
  uint64_t top_clear{};
  bool recursive{};
  uint64_t propagation{};
  bool copy_up{};
  bool no_follow{};
  uint32_t ids{};
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return reader.Read(target) &&
           reader.Read(slot) &&
           reader.Read(set) &&
           reader.Read(clear) &&
           reader.Read(top_set) &&
           reader.Read(top_clear) &&
           reader.Read(recursive) &&
           reader.Read(propagation) &&
           reader.Read(copy_up) &&
           reader.Read(no_follow) &&
           reader.Read(ids);
  }
};

struct OpMakeDir {
  static constexpr uint32_t kCode = 43;
  std::string path{};
  uint32_t mode{};
  std::string owner{};
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return reader.Read(path) &&
           reader.Read(mode) &&
           reader.Read(owner);
  }
};

struct OpSymlink {
  static constexpr uint32_t kCode = 44;
  std::string path{};
  std::string target{};
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return reader.Read(path) &&
           reader.Read(target);
  }
};

struct OpWriteFile {
  static constexpr uint32_t kCode = 45;
  std::string path{};
  uint32_t mode{};
  std::string content{};
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return reader.Read(path) &&
           reader.Read(mode) &&
           reader.Read(content);
  }
};

struct OpMask {
  static constexpr uint32_t kCode = 46;
  std::string path{};
  uint32_t null_slot{};
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return reader.Read(path) &&
           reader.Read(null_slot);
  }
};

struct OpReadonlyPath {
  static constexpr uint32_t kCode = 47;
  std::string path{};
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return reader.Read(path);
  }
};

struct OpConsole {
  static constexpr uint32_t kCode = 48;
  std::string path{};
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return reader.Read(path);
  }
};

struct OpHostname {
  static constexpr uint32_t kCode = 49;
  std::string name{};
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return reader.Read(name);
  }
};

struct OpDomainname {
  static constexpr uint32_t kCode = 50;
  std::string name{};
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return reader.Read(name);
  }
};

struct OpSysctl {
  static constexpr uint32_t kCode = 51;
  std::string key{};
  std::string value{};
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return reader.Read(key) &&
           reader.Read(value);
  }
};

struct OpLoopbackUp {
  static constexpr uint32_t kCode = 52;
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return true;
  }
};

struct OpRlimit {
  static constexpr uint32_t kCode = 53;
  uint32_t resource{};
  uint64_t soft{};
  uint64_t hard{};
  bool at_most{};
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return reader.Read(resource) &&
           reader.Read(soft) &&
           reader.Read(hard) &&
           reader.Read(at_most);
  }
};

struct OpOomScoreAdj {
  static constexpr uint32_t kCode = 54;
  int32_t value{};
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return reader.Read(value);
  }
};

struct OpPivot {
  static constexpr uint32_t kCode = 55;
  bool cover{};
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return reader.Read(cover);
  }
};

struct OpRootReadonly {
  static constexpr uint32_t kCode = 56;
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return true;
  }
};

struct OpUmask {
  static constexpr uint32_t kCode = 57;
  uint32_t mask{};
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return reader.Read(mask);
  }
};

struct OpKeyring {
  static constexpr uint32_t kCode = 58;
  std::string name{};
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return reader.Read(name);
  }
};

struct OpPasswdEntry {
  static constexpr uint32_t kCode = 59;
  uint32_t uid{};
  std::string line{};
  uint32_t gid{};
  std::string group_line{};
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return reader.Read(uid) &&
           reader.Read(line) &&
           reader.Read(gid) &&
           reader.Read(group_line);
  }
};

struct OpBarrier {
  static constexpr uint32_t kCode = 60;
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return true;
  }
};

struct OpWorkdir {
  static constexpr uint32_t kCode = 61;
  std::string path{};
  bool again{};
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return reader.Read(path) &&
           reader.Read(again);
  }
};

struct OpCredentials {
  static constexpr uint32_t kCode = 62;
  std::string user{};
  std::vector<std::string> groups{};
  bool keep_groups{};
  uint64_t bounding{};
  uint64_t effective{};
  uint64_t permitted{};
  uint64_t inheritable{};
  uint64_t ambient{};
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return reader.Read(user) &&
           reader.Read(groups) &&
           reader.Read(keep_groups) &&
           reader.Read(bounding) &&
           reader.Read(effective) &&
           reader.Read(permitted) &&
           reader.Read(inheritable) &&
           reader.Read(ambient);
  }
};

struct OpNoNewPrivs {
  static constexpr uint32_t kCode = 63;
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return true;
  }
};

struct OpSeccomp {
  static constexpr uint32_t kCode = 64;
  uint32_t flags{};
  bool listener{};
  std::string program{};
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return reader.Read(flags) &&
           reader.Read(listener) &&
           reader.Read(program);
  }
};

struct OpTerminal {
  static constexpr uint32_t kCode = 66;
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return true;
  }
};

struct OpExec {
  static constexpr uint32_t kCode = 65;
  std::vector<std::string> argv{};
  std::vector<std::string> env{};
  bool init{};
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return reader.Read(argv) &&
           reader.Read(env) &&
           reader.Read(init);
  }
};

struct OpHook {
  static constexpr uint32_t kCode = 67;
  std::string name{};
  std::string path{};
  std::vector<std::string> argv{};
  std::vector<std::string> env{};
  bool home{};
  uint64_t timeout_ms{};
  std::string state{};
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return reader.Read(name) &&
           reader.Read(path) &&
           reader.Read(argv) &&
           reader.Read(env) &&
           reader.Read(home) &&
           reader.Read(timeout_ms) &&
           reader.Read(state);
  }
};

struct OpRequireCommand {
  static constexpr uint32_t kCode = 68;
  std::string name{};
  std::vector<std::string> env{};
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return reader.Read(name) &&
           reader.Read(env);
  }
};

struct OpAwaitStart {
  static constexpr uint32_t kCode = 69;
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return true;
  }
};

struct OpRootPropagation {
  static constexpr uint32_t kCode = 70;
  uint64_t propagation{};
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return reader.Read(propagation);
  }
};

struct OpPersonality {
  static constexpr uint32_t kCode = 71;
  uint64_t persona{};
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return reader.Read(persona);
  }
};

struct OpScheduler {
  static constexpr uint32_t kCode = 72;
  uint32_t policy{};
  uint64_t flags{};
  int32_t nice{};
  uint32_t priority{};
  uint64_t runtime{};
  uint64_t deadline{};
  uint64_t period{};
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return reader.Read(policy) &&
           reader.Read(flags) &&
           reader.Read(nice) &&
           reader.Read(priority) &&
           reader.Read(runtime) &&
           reader.Read(deadline) &&
           reader.Read(period);
  }
};

struct OpIoPriority {
  static constexpr uint32_t kCode = 73;
  uint32_t class_{};
  uint32_t priority{};
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return reader.Read(class_) &&
           reader.Read(priority);
  }
};

struct OpCpuAffinity {
  static constexpr uint32_t kCode = 74;
  std::vector<uint32_t> cpus{};
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return reader.Read(cpus);
  }
};

struct OpSecurityLabel {
  static constexpr uint32_t kCode = 75;
  std::string attribute{};
  std::string value{};
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return reader.Read(attribute) &&
           reader.Read(value);
  }
};

struct OpLandlock {
  static constexpr uint32_t kCode = 76;
  uint64_t scopes{};
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return reader.Read(scopes);
  }
};

struct OpHold {
  static constexpr uint32_t kCode = 77;
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return true;
  }
};

struct OpMemoryPolicy {
  static constexpr uint32_t kCode = 78;
  uint32_t mode{};
  std::vector<uint32_t> nodes{};
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return reader.Read(mode) &&
           reader.Read(nodes);
  }
};

struct OpPause {
  static constexpr uint32_t kCode = 79;
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return true;
  }
};

struct OpOwnSlot {
  static constexpr uint32_t kCode = 80;
  uint32_t slot{};
  std::string user{};
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return reader.Read(slot) &&
           reader.Read(user);
  }
};

struct OpMountReadonly {
  static constexpr uint32_t kCode = 81;
  std::string path{};
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return reader.Read(path);
  }
};

struct OpAttachRoot {
  static constexpr uint32_t kCode = 82;
  std::string path{};
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return reader.Read(path);
  }
};

struct OpLeaveRoot {
  static constexpr uint32_t kCode = 83;
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return true;
  }
};

struct OpZoneLink {
  static constexpr uint32_t kCode = 84;
  std::string zone{};
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return reader.Read(zone);
  }
};

struct OpMakeNode {
  static constexpr uint32_t kCode = 85;
  std::string path{};
  uint32_t type{};
  uint32_t major{};
  uint32_t minor{};
  uint32_t mode{};
  uint32_t uid{};
  uint32_t gid{};
  bool closed{};
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return reader.Read(path) &&
           reader.Read(type) &&
           reader.Read(major) &&
           reader.Read(minor) &&
           reader.Read(mode) &&
           reader.Read(uid) &&
           reader.Read(gid) &&
           reader.Read(closed);
  }
};

struct OpRenewSlot {
  static constexpr uint32_t kCode = 86;
  uint32_t slot{};
  std::string source{};
  bool recursive{};
  bool no_follow{};
  bool shared{};
  bool Decode([[maybe_unused]] PlanReader& reader) {
    return reader.Read(slot) &&
           reader.Read(source) &&
           reader.Read(recursive) &&
           reader.Read(no_follow) &&
           reader.Read(shared);
  }
};

using ContainerOp = std::variant<OpEnterRoot, OpMountFs, OpMountBind, OpMakeDir, OpSymlink, OpWriteFile, OpMask, OpReadonlyPath, OpConsole, OpHostname, OpDomainname, OpSysctl, OpLoopbackUp, OpRlimit, OpOomScoreAdj, OpPivot, OpRootReadonly, OpUmask, OpKeyring, OpPasswdEntry, OpBarrier, OpWorkdir, OpCredentials, OpNoNewPrivs, OpSeccomp, OpTerminal, OpExec, OpHook, OpRequireCommand, OpAwaitStart, OpRootPropagation, OpPersonality, OpScheduler, OpIoPriority, OpCpuAffinity, OpSecurityLabel, OpLandlock, OpHold, OpMemoryPolicy, OpPause, OpOwnSlot, OpMountReadonly, OpAttachRoot, OpLeaveRoot, OpZoneLink, OpMakeNode, OpRenewSlot>;

inline bool DecodeContainerOp(uint32_t code, PlanReader& reader, ContainerOp& out) {
  switch (code) {
    case OpEnterRoot::kCode:
      return out.emplace<OpEnterRoot>().Decode(reader);
    case OpMountFs::kCode:
      return out.emplace<OpMountFs>().Decode(reader);
    case OpMountBind::kCode:
      return out.emplace<OpMountBind>().Decode(reader);
    case OpMakeDir::kCode:
      return out.emplace<OpMakeDir>().Decode(reader);
    case OpSymlink::kCode:
      return out.emplace<OpSymlink>().Decode(reader);
    case OpWriteFile::kCode:
      return out.emplace<OpWriteFile>().Decode(reader);
    case OpMask::kCode:
      return out.emplace<OpMask>().Decode(reader);
    case OpReadonlyPath::kCode:
      return out.emplace<OpReadonlyPath>().Decode(reader);
    case OpConsole::kCode:
      return out.emplace<OpConsole>().Decode(reader);
    case OpHostname::kCode:
      return out.emplace<OpHostname>().Decode(reader);
    case OpDomainname::kCode:
      return out.emplace<OpDomainname>().Decode(reader);
    case OpSysctl::kCode:
      return out.emplace<OpSysctl>().Decode(reader);
    case OpLoopbackUp::kCode:
      return out.emplace<OpLoopbackUp>().Decode(reader);
    case OpRlimit::kCode:
      return out.emplace<OpRlimit>().Decode(reader);
    case OpOomScoreAdj::kCode:
      return out.emplace<OpOomScoreAdj>().Decode(reader);
    case OpPivot::kCode:
      return out.emplace<OpPivot>().Decode(reader);
    case OpRootReadonly::kCode:
      return out.emplace<OpRootReadonly>().Decode(reader);
    case OpUmask::kCode:
      return out.emplace<OpUmask>().Decode(reader);
    case OpKeyring::kCode:
      return out.emplace<OpKeyring>().Decode(reader);
    case OpPasswdEntry::kCode:
      return out.emplace<OpPasswdEntry>().Decode(reader);
    case OpBarrier::kCode:
      return out.emplace<OpBarrier>().Decode(reader);
    case OpWorkdir::kCode:
      return out.emplace<OpWorkdir>().Decode(reader);
    case OpCredentials::kCode:
      return out.emplace<OpCredentials>().Decode(reader);
    case OpNoNewPrivs::kCode:
      return out.emplace<OpNoNewPrivs>().Decode(reader);
    case OpSeccomp::kCode:
      return out.emplace<OpSeccomp>().Decode(reader);
    case OpTerminal::kCode:
      return out.emplace<OpTerminal>().Decode(reader);
    case OpExec::kCode:
      return out.emplace<OpExec>().Decode(reader);
    case OpHook::kCode:
      return out.emplace<OpHook>().Decode(reader);
    case OpRequireCommand::kCode:
      return out.emplace<OpRequireCommand>().Decode(reader);
    case OpAwaitStart::kCode:
      return out.emplace<OpAwaitStart>().Decode(reader);
    case OpRootPropagation::kCode:
      return out.emplace<OpRootPropagation>().Decode(reader);
    case OpPersonality::kCode:
      return out.emplace<OpPersonality>().Decode(reader);
    case OpScheduler::kCode:
      return out.emplace<OpScheduler>().Decode(reader);
    case OpIoPriority::kCode:
      return out.emplace<OpIoPriority>().Decode(reader);
    case OpCpuAffinity::kCode:
      return out.emplace<OpCpuAffinity>().Decode(reader);
    case OpSecurityLabel::kCode:
      return out.emplace<OpSecurityLabel>().Decode(reader);
    case OpLandlock::kCode:
      return out.emplace<OpLandlock>().Decode(reader);
    case OpHold::kCode:
      return out.emplace<OpHold>().Decode(reader);
    case OpMemoryPolicy::kCode:
      return out.emplace<OpMemoryPolicy>().Decode(reader);
    case OpPause::kCode:
      return out.emplace<OpPause>().Decode(reader);
    case OpOwnSlot::kCode:
      return out.emplace<OpOwnSlot>().Decode(reader);
    case OpMountReadonly::kCode:
      return out.emplace<OpMountReadonly>().Decode(reader);
    case OpAttachRoot::kCode:
      return out.emplace<OpAttachRoot>().Decode(reader);
    case OpLeaveRoot::kCode:
      return out.emplace<OpLeaveRoot>().Decode(reader);
    case OpZoneLink::kCode:
      return out.emplace<OpZoneLink>().Decode(reader);
    case OpMakeNode::kCode:
      return out.emplace<OpMakeNode>().Decode(reader);
    case OpRenewSlot::kCode:
      return out.emplace<OpRenewSlot>().Decode(reader);
    default:
      return false;
  }
}

}  // namespace bryo
