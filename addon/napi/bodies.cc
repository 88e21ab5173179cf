#include "napi/bodies.h"

#include <cstring>
#include <functional>
#include <string>
#include <utility>

#include "napi/errors.h"
#include "sys/pass_body.h"

namespace bryo {
namespace {

const char* NameOf(PassEnd end) {
  switch (end) {
    case PassEnd::kWhole:
      return "whole";
    case PassEnd::kCut:
      return "cut";
    case PassEnd::kBad:
      return "bad";
    case PassEnd::kSlow:
      return "slow";
    case PassEnd::kRefused:
      return "refused";
    default:
      return "failed";
  }
}

class PassWorker : public Napi::AsyncWorker {
 public:
  PassWorker(Napi::Env env, std::function<Passed()> pass)
      : Napi::AsyncWorker(env),
        pass_(std::move(pass)),
        deferred_(Napi::Promise::Deferred::New(env)) {}

  Napi::Promise promise() const { return deferred_.Promise(); }
  void Execute() override { passed_ = pass_(); }
  void OnOK() override {
    Napi::Env env = Env();
    const char* code = ::strerrorname_np(passed_.error);
    Napi::Object result = Napi::Object::New(env);
    result.Set("end", Napi::String::New(env, NameOf(passed_.end)));
    result.Set("code", Napi::String::New(env, code != nullptr ? code : ""));
    result.Set("rest", Napi::Buffer<char>::Copy(env, passed_.rest.data(), passed_.rest.size()));
    deferred_.Resolve(result);
  }
  void OnError(const Napi::Error& error) override { deferred_.Reject(error.Value()); }

 private:
  std::function<Passed()> pass_;
  Passed passed_;
  Napi::Promise::Deferred deferred_;
};

Napi::Value Begin(Napi::Env env, std::function<Passed()> pass) {
  // Deletes itself when it is done.
  auto* worker = new PassWorker(env, std::move(pass));
  worker->Queue();
  return worker->promise();
}

Napi::Value PassBodyOf(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (info.Length() != 4 || !info[0].IsNumber() || !info[1].IsNumber() || !info[2].IsTypedArray() ||
      !info[3].IsNumber()) {
    return ThrowType(
        env, "passBody(connection: number, output: number, early: Uint8Array, length: number)");
  }
  int connection = info[0].As<Napi::Number>().Int32Value();
  int output = info[1].As<Napi::Number>().Int32Value();
  auto bytes = info[2].As<Napi::Uint8Array>();
  std::string early(reinterpret_cast<const char*>(bytes.Data()), bytes.ByteLength());
  int64_t length = info[3].As<Napi::Number>().Int64Value();
  return Begin(env, [=] { return PassBody(connection, output, early, length); });
}

Napi::Value PassToConnectionOf(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (info.Length() != 3 || !info[0].IsNumber() || !info[1].IsNumber() || !info[2].IsBoolean()) {
    return ThrowType(env, "passToConnection(input: number, connection: number, chunked: boolean)");
  }
  int input = info[0].As<Napi::Number>().Int32Value();
  int connection = info[1].As<Napi::Number>().Int32Value();
  bool chunked = info[2].As<Napi::Boolean>();
  return Begin(env, [=] { return PassToConnection(input, connection, chunked); });
}

}  // namespace

void RegisterBodies(Napi::Env env, Napi::Object exports) {
  exports.Set("passBody", Napi::Function::New(env, PassBodyOf));
  exports.Set("passToConnection", Napi::Function::New(env, PassToConnectionOf));
}

}  // namespace bryo
