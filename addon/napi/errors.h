// Errors that cross into JavaScript carry `code` (the errno's name), `errno` and `syscall`.
#pragma once

#include <napi.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace bryo {

inline Napi::Value ThrowErrno(Napi::Env env, const char* what, int err = errno) {
  const char* name = ::strerrorname_np(err);
  std::string code = name != nullptr ? name : std::to_string(err);
  Napi::Error error = Napi::Error::New(env, code + ": " + std::strerror(err) + ", " + what);
  error.Set("code", Napi::String::New(env, code));
  error.Set("errno", Napi::Number::New(env, -err));
  error.Set("syscall", Napi::String::New(env, what));
  error.ThrowAsJavaScriptException();
  return env.Undefined();
}

inline Napi::Value ThrowType(Napi::Env env, const char* message) {
  Napi::TypeError::New(env, message).ThrowAsJavaScriptException();
  return env.Undefined();
}

}  // namespace bryo
