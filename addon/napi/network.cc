#include "napi/network.h"

#include <fcntl.h>

#include <string>

#include "napi/errors.h"
#include "net/move_device.h"
#include "sys/fd.h"

namespace bryo {
namespace {

Napi::Value Move(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (info.Length() != 3 || !info[0].IsString() || !info[1].IsString() || !info[2].IsString()) {
    return ThrowType(env, "moveNetDevice(name: string, newName: string, namespacePath: string)");
  }
  std::string path = info[2].As<Napi::String>();
  UniqueFd network(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!network.valid()) return ThrowErrno(env, path.c_str());
  Status moved = MoveNetDevice(info[0].As<Napi::String>().Utf8Value(),
                               info[1].As<Napi::String>().Utf8Value(), network.get());
  if (!moved.ok()) return ThrowErrno(env, moved.what().c_str(), moved.err());
  return env.Undefined();
}

}  // namespace

void RegisterNetwork(Napi::Env env, Napi::Object exports) {
  exports.Set("moveNetDevice", Napi::Function::New(env, Move));
}

}  // namespace bryo
