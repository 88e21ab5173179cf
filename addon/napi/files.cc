#include "napi/files.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <string>

#include "napi/errors.h"
#include "sys/fd.h"
#include "sys/io.h"

namespace bryo {
namespace {

Napi::Value MemfdSealed(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (info.Length() != 2 || !info[0].IsString() || !info[1].IsTypedArray()) {
    return ThrowType(env, "memfdSealed(name: string, bytes: Uint8Array)");
  }
  std::string name = info[0].As<Napi::String>();
  auto bytes = info[1].As<Napi::Uint8Array>();
  UniqueFd fd(::memfd_create(name.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd.valid()) return ThrowErrno(env, "memfd_create");
  if (!WriteFull(fd.get(), bytes.Data(), bytes.ByteLength())) return ThrowErrno(env, "write");
  constexpr int kSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
  if (::fcntl(fd.get(), F_ADD_SEALS, kSeals) != 0) return ThrowErrno(env, "fcntl(F_ADD_SEALS)");
  return Napi::Number::New(env, fd.release());
}

Napi::Value Flock(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (info.Length() != 3 || !info[0].IsNumber() || !info[1].IsString() || !info[2].IsBoolean()) {
    return ThrowType(env,
                     "flock(fd: number, mode: 'shared' | 'exclusive' | 'unlock', wait: boolean)");
  }
  std::string mode = info[1].As<Napi::String>();
  int operation = mode == "shared" ? LOCK_SH : mode == "exclusive" ? LOCK_EX : LOCK_UN;
  if (!info[2].As<Napi::Boolean>().Value()) operation |= LOCK_NB;
  int result;
  do {
    result = ::flock(info[0].As<Napi::Number>().Int32Value(), operation);
  } while (result != 0 && errno == EINTR);
  if (result == 0) return Napi::Boolean::New(env, true);
  if (errno == EWOULDBLOCK) return Napi::Boolean::New(env, false);
  return ThrowErrno(env, "flock");
}

// The pid that holds a POSIX write lock on the file (fcntl(2) F_GETLK), 0 when nobody does or there
// is no such file; -1 for a lock of LockFile.
Napi::Value LockOwner(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (info.Length() != 1 || !info[0].IsString()) return ThrowType(env, "lockOwner(path: string)");
  std::string path = info[0].As<Napi::String>();
  UniqueFd fd(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
  if (!fd.valid() && errno == ENOENT) return Napi::Number::New(env, 0);
  if (!fd.valid()) return ThrowErrno(env, "open");
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  if (::fcntl(fd.get(), F_GETLK, &lock) != 0) return ThrowErrno(env, "fcntl(F_GETLK)");
  return Napi::Number::New(env, lock.l_type == F_UNLCK ? 0 : lock.l_pid);
}

// Takes the same lock for this process, without a pid and for as long as the descriptor is open
// ("open file description lock"); -1 when somebody holds it, or has removed the file meanwhile.
Napi::Value LockFile(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (info.Length() != 1 || !info[0].IsString()) return ThrowType(env, "lockFile(path: string)");
  std::string path = info[0].As<Napi::String>();
  UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd.valid()) return ThrowErrno(env, "open");
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  if (::fcntl(fd.get(), F_OFD_SETLK, &lock) != 0) {
    if (errno == EAGAIN || errno == EACCES) return Napi::Number::New(env, -1);
    return ThrowErrno(env, "fcntl(F_OFD_SETLK)");
  }
  struct stat st {};
  if (::fstat(fd.get(), &st) != 0) return ThrowErrno(env, "fstat");
  return Napi::Number::New(env, st.st_nlink == 0 ? -1 : fd.release());
}

// Locks one byte of a file for its open file description, or changes such a lock; false when
// another one is in the way and `wait` is not set. Many things can so have locks of their own in
// one file.
Napi::Value LockByte(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (info.Length() != 4 || !info[0].IsNumber() || !info[1].IsString() || !info[2].IsNumber() ||
      !info[3].IsBoolean()) {
    return ThrowType(
        env,
        "lockByte(fd: number, mode: 'shared' | 'exclusive' | 'unlock', offset: number, "
        "wait: boolean)");
  }
  std::string mode = info[1].As<Napi::String>();
  struct flock lock {};
  lock.l_type = mode == "shared" ? F_RDLCK : mode == "exclusive" ? F_WRLCK : F_UNLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = info[2].As<Napi::Number>().Int64Value();
  lock.l_len = 1;
  int command = info[3].As<Napi::Boolean>().Value() ? F_OFD_SETLKW : F_OFD_SETLK;
  int result;
  do {
    result = ::fcntl(info[0].As<Napi::Number>().Int32Value(), command, &lock);
  } while (result != 0 && errno == EINTR);
  if (result == 0) return Napi::Boolean::New(env, true);
  if (errno == EAGAIN || errno == EACCES) return Napi::Boolean::New(env, false);
  return ThrowErrno(env, "fcntl(F_OFD_SETLK)");
}

Napi::Value MakeFifo(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (info.Length() != 1 || !info[0].IsString()) return ThrowType(env, "mkfifo(path: string)");
  std::string path = info[0].As<Napi::String>();
  if (::mkfifo(path.c_str(), 0600) != 0) return ThrowErrno(env, "mkfifo");
  return env.Undefined();
}

// A file without a name in a directory (O_TMPFILE); -1 where the filesystem has none.
Napi::Value OpenUnnamed(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (info.Length() != 1 || !info[0].IsString()) return ThrowType(env, "openUnnamed(path: string)");
  std::string path = info[0].As<Napi::String>();
  int fd = ::open(path.c_str(), O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
  if (fd >= 0) return Napi::Number::New(env, fd);
  // EISDIR and EINVAL are what kernels and filesystems say that do not know the flag.
  if (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL) return Napi::Number::New(env, -1);
  return ThrowErrno(env, "open");
}

// Gives such a file a name. By way of /proc, for AT_EMPTY_PATH takes a capability.
Napi::Value LinkUnnamed(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (info.Length() != 2 || !info[0].IsNumber() || !info[1].IsString()) {
    return ThrowType(env, "linkUnnamed(fd: number, path: string)");
  }
  std::string file = "/proc/self/fd/" + std::to_string(info[0].As<Napi::Number>().Int32Value());
  std::string path = info[1].As<Napi::String>();
  if (::linkat(AT_FDCWD, file.c_str(), AT_FDCWD, path.c_str(), AT_SYMLINK_FOLLOW) != 0) {
    return ThrowErrno(env, "linkat");
  }
  return env.Undefined();
}

// FNV-1a of 64 bits in hexadecimal digits: it differs for any change of one byte. It guards against
// accidents, not against anybody.
Napi::Value Checksum(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (info.Length() != 1 || !info[0].IsTypedArray()) {
    return ThrowType(env, "checksum(bytes: Uint8Array)");
  }
  auto bytes = info[0].As<Napi::Uint8Array>();
  constexpr uint64_t kBasis = 0xcbf29ce484222325;
  constexpr uint64_t kPrime = 0x100000001b3;
  uint64_t sum = kBasis;
  for (size_t i = 0; i < bytes.ByteLength(); ++i) sum = (sum ^ bytes.Data()[i]) * kPrime;
  char text[17];
  std::snprintf(text, sizeof(text), "%016" PRIx64, sum);
  return Napi::String::New(env, text);
}

// FS_TOPDIR_FL (chattr(1), "T"): the trees in a directory are not related, and ext4 lays each out
// in a place of its own. Other filesystems do not know it, and it is no more than advice.
Napi::Value SpreadTrees(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (info.Length() != 1 || !info[0].IsString()) return ThrowType(env, "spreadTrees(path: string)");
  std::string path = info[0].As<Napi::String>();
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  int flags = 0;
  if (!fd.valid() || ::ioctl(fd.get(), FS_IOC_GETFLAGS, &flags) != 0) return env.Undefined();
  if ((flags & FS_TOPDIR_FL) == 0) {
    flags |= FS_TOPDIR_FL;
    ::ioctl(fd.get(), FS_IOC_SETFLAGS, &flags);
  }
  return env.Undefined();
}

Napi::Value SyncFs(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (info.Length() != 1 || !info[0].IsNumber()) return ThrowType(env, "syncfs(fd: number)");
  if (::syncfs(info[0].As<Napi::Number>().Int32Value()) != 0) return ThrowErrno(env, "syncfs");
  return env.Undefined();
}

}  // namespace

void RegisterFiles(Napi::Env env, Napi::Object exports) {
  exports.Set("memfdSealed", Napi::Function::New(env, MemfdSealed));
  exports.Set("flock", Napi::Function::New(env, Flock));
  exports.Set("lockOwner", Napi::Function::New(env, LockOwner));
  exports.Set("lockFile", Napi::Function::New(env, LockFile));
  exports.Set("lockByte", Napi::Function::New(env, LockByte));
  exports.Set("mkfifo", Napi::Function::New(env, MakeFifo));
  exports.Set("openUnnamed", Napi::Function::New(env, OpenUnnamed));
  exports.Set("linkUnnamed", Napi::Function::New(env, LinkUnnamed));
  exports.Set("checksum", Napi::Function::New(env, Checksum));
  exports.Set("spreadTrees", Napi::Function::New(env, SpreadTrees));
  exports.Set("syncfs", Napi::Function::New(env, SyncFs));
}

}  // namespace bryo
