#include "napi/seccomp.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "napi/errors.h"
#include "sys/fd.h"
#include "sys/io.h"

namespace bryo {
namespace {

struct FilterDeleter {
  void operator()(void* filter) const { seccomp_release(filter); }
};
using Filter = std::unique_ptr<void, FilterDeleter>;

bool AddArchitectures(Napi::Env env, void* filter, const Napi::Array& names) {
  for (uint32_t i = 0; i < names.Length(); ++i) {
    std::string name = Napi::Value(names[i]).As<Napi::String>();
    uint32_t arch = seccomp_arch_resolve_name(name.c_str());
    if (arch == 0) {
      ThrowType(env, ("unknown architecture " + name).c_str());
      return false;
    }
    int result = seccomp_arch_add(filter, arch);
    if (result != 0 && result != -EEXIST) {
      ThrowErrno(env, "seccomp_arch_add", -result);
      return false;
    }
  }
  return true;
}

std::vector<scmp_arg_cmp> ReadComparisons(const Napi::Array& args) {
  std::vector<scmp_arg_cmp> out;
  for (uint32_t i = 0; i < args.Length(); ++i) {
    auto arg = Napi::Value(args[i]).As<Napi::Object>();
    bool lossless = false;
    scmp_arg_cmp compare{};
    compare.arg = arg.Get("index").As<Napi::Number>().Uint32Value();
    compare.op = static_cast<scmp_compare>(arg.Get("op").As<Napi::Number>().Uint32Value());
    compare.datum_a = arg.Get("value").As<Napi::BigInt>().Uint64Value(&lossless);
    compare.datum_b = arg.Get("valueTwo").As<Napi::BigInt>().Uint64Value(&lossless);
    out.push_back(compare);
  }
  return out;
}

// A name that this libseccomp does not know cannot be called by its number's name either: the
// profile's default action holds for it. `last` becomes the highest number of all.
bool AddRule(Napi::Env env, void* filter, const Napi::Object& rule, bool deny_unknown, int& last) {
  uint32_t action = rule.Get("action").As<Napi::Number>().Uint32Value();
  auto names = rule.Get("names").As<Napi::Array>();
  std::vector<scmp_arg_cmp> args = ReadComparisons(rule.Get("args").As<Napi::Array>());
  for (uint32_t i = 0; i < names.Length(); ++i) {
    std::string name = Napi::Value(names[i]).As<Napi::String>();
    int number = seccomp_syscall_resolve_name(name.c_str());
    if (number == __NR_SCMP_ERROR && deny_unknown) {
      ThrowType(env, ("invalid seccomp syscall " + name).c_str());
      return false;
    }
    if (number == __NR_SCMP_ERROR) continue;
    last = std::max(last, number);
    int result = seccomp_rule_add_array(filter, action, number, static_cast<unsigned>(args.size()),
                                        args.data());
    // EACCES: the rule's action is the default action; it changes nothing.
    if (result != 0 && result != -EACCES && result != -EEXIST && result != -EDOM) {
      ThrowErrno(env, ("seccomp rule for " + name).c_str(), -result);
      return false;
    }
  }
  return true;
}

// Instructions that answer calls of this machine above a number with ENOSYS. Those of x32 lie far
// above all others, and are for the filter.
std::string NewerCalls(int last) {
  constexpr uint32_t kX32 = 0x40000000;
  const sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, seccomp_arch_native(), 0, 4),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, static_cast<uint32_t>(last), 0, 2),
      BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, kX32, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
  };
  return {reinterpret_cast<const char*>(code), sizeof(code)};
}

Napi::Value Export(Napi::Env env, void* filter, std::string program) {
  UniqueFd fd(::memfd_create("bryo-seccomp", MFD_CLOEXEC));
  if (!fd.valid()) return ThrowErrno(env, "memfd_create");
  int result = seccomp_export_bpf(filter, fd.get());
  if (result != 0) return ThrowErrno(env, "seccomp_export_bpf", -result);
  if (::lseek(fd.get(), 0, SEEK_SET) < 0) return ThrowErrno(env, "lseek");
  std::string compiled;
  if (!ReadAll(fd.get(), 1 << 20, compiled)) return ThrowErrno(env, "read");
  program += compiled;
  return Napi::Buffer<char>::Copy(env, program.data(), program.size());
}

// profile: {defaultAction, architectures: string[], rules: {names, action, args}[], denyNewer,
// denyUnknown}; actions are
// kernel SCMP_ACT_* values.
Napi::Value CompileSeccomp(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (info.Length() != 1 || !info[0].IsObject()) return ThrowType(env, "compileSeccomp(profile)");
  auto profile = info[0].As<Napi::Object>();
  Filter filter(seccomp_init(profile.Get("defaultAction").As<Napi::Number>().Uint32Value()));
  if (!filter) return ThrowType(env, "bad default action");
  seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_NNP, 0);
  // A binary tree of comparisons instead of a linear list: cheaper for every later system call.
  seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);
  // An architecture that is not listed must not slip past the filter.
  uint32_t bad_arch = profile.Get("badArchAction").As<Napi::Number>().Uint32Value();
  seccomp_attr_set(filter.get(), SCMP_FLTATR_ACT_BADARCH, bad_arch);
  if (!AddArchitectures(env, filter.get(), profile.Get("architectures").As<Napi::Array>())) {
    return env.Undefined();
  }
  auto rules = profile.Get("rules").As<Napi::Array>();
  bool deny_unknown = profile.Get("denyUnknown").ToBoolean();
  int last = -1;
  for (uint32_t i = 0; i < rules.Length(); ++i) {
    auto rule = Napi::Value(rules[i]).As<Napi::Object>();
    if (!AddRule(env, filter.get(), rule, deny_unknown, last)) return env.Undefined();
  }
  bool deny_newer = profile.Get("denyNewer").ToBoolean() && last >= 0;
  return Export(env, filter.get(), deny_newer ? NewerCalls(last) : std::string());
}

Napi::Value LandlockVersion(const Napi::CallbackInfo& info) {
  long version =
      ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  return Napi::Number::New(info.Env(), version < 0 ? 0.0 : static_cast<double>(version));
}

}  // namespace

void RegisterSeccomp(Napi::Env env, Napi::Object exports) {
  exports.Set("landlockVersion", Napi::Function::New(env, LandlockVersion));
  exports.Set("compileSeccomp", Napi::Function::New(env, CompileSeccomp));
}

}  // namespace bryo
