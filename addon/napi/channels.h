#pragma once
#include <napi.h>

namespace bryo {
// Pipes and sockets: pipe() -> [fd, fd]; readBoth(fd, fd, limit) -> [bytes, bytes];
// connectUnix(path, timeout) -> fd; sendDatagram(path, bytes); seqpacketPair() -> [fd, fd];
// sendDescriptors(fd, bytes, fds).
void RegisterChannels(Napi::Env env, Napi::Object exports);
}  // namespace bryo
