// The Node-API face of the native part: argument checks and conversion only.
#include <napi.h>

#include "napi/bodies.h"
#include "napi/channels.h"
#include "napi/device_filter.h"
#include "napi/files.h"
#include "napi/network.h"
#include "napi/process.h"
#include "napi/seccomp.h"

namespace {

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  bryo::RegisterBodies(env, exports);
  bryo::RegisterChannels(env, exports);
  bryo::RegisterDeviceFilter(env, exports);
  bryo::RegisterFiles(env, exports);
  bryo::RegisterNetwork(env, exports);
  bryo::RegisterProcess(env, exports);
  bryo::RegisterSeccomp(env, exports);
  return exports;
}

}  // namespace

NODE_API_MODULE(bryo, Init)
