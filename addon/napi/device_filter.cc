#include "napi/device_filter.h"

#include <fcntl.h>
#include <linux/bpf.h>
#include <sys/syscall.h>

#include <cstdint>
#include <string>

#include "napi/errors.h"
#include "sys/fd.h"

namespace bryo {
namespace {

constexpr size_t kInstruction = sizeof(bpf_insn);

long Bpf(bpf_cmd command, bpf_attr& attributes) {
  return ::syscall(SYS_bpf, command, &attributes, sizeof attributes);
}

uint64_t Address(const void* data) { return reinterpret_cast<uintptr_t>(data); }

// The group keeps the program, which needs no descriptor after that.
Napi::Value Attach(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (info.Length() != 2 || !info[0].IsString() || !info[1].IsTypedArray()) {
    return ThrowType(env, "attachDeviceFilter(group: string, program: Uint8Array)");
  }
  auto program = info[1].As<Napi::Uint8Array>();
  if (program.ByteLength() % kInstruction != 0) return ThrowType(env, "not whole instructions");
  std::string path = info[0].As<Napi::String>();
  UniqueFd group(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!group.valid()) return ThrowErrno(env, path.c_str());
  bpf_attr load = {};
  load.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
  load.insns = Address(program.Data());
  load.insn_cnt = static_cast<uint32_t>(program.ByteLength() / kInstruction);
  load.license = Address("Apache-2.0");
  UniqueFd loaded(static_cast<int>(Bpf(BPF_PROG_LOAD, load)));
  if (!loaded.valid()) return ThrowErrno(env, "loading the filter of devices");
  bpf_attr attach = {};
  attach.attach_type = BPF_CGROUP_DEVICE;
  attach.target_fd = static_cast<uint32_t>(group.get());
  attach.attach_bpf_fd = static_cast<uint32_t>(loaded.get());
  attach.attach_flags = BPF_F_ALLOW_MULTI;
  if (Bpf(BPF_PROG_ATTACH, attach) != 0) return ThrowErrno(env, "attaching the filter of devices");
  return env.Undefined();
}

}  // namespace

void RegisterDeviceFilter(Napi::Env env, Napi::Object exports) {
  exports.Set("attachDeviceFilter", Napi::Function::New(env, Attach));
}

}  // namespace bryo
