// The starter: a process beside the acceptor, which is confined (confine.h). It starts workers, and
// takes the sockets away from the file system.
//
//   acceptor                                      starter
//   kStart, with the worker's end of a channel ->
//                                              <- the worker's process id, or -errno
//   kRemove                                    ->
//   end of file                                ->  it removes, too, and ends
//
// Workers are the acceptor's children, who so learns how they end.
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <string>
#include <vector>

#include "api/listen.h"
#include "sys/fd.h"
#include "sys/status.h"

namespace bryo::api {

// How workers are started.
struct WorkerProgram {
  std::vector<std::string> words;  // the first is the program's path
  rlimit files{};                  // their limit of descriptors, which is not the acceptor's
};

class Starter {
 public:
  // Before the caller is confined.
  Status Open(const WorkerProgram& program, std::vector<SocketFile> files);
  // Returns the id of a new child of ours, which has the channel as descriptor 3; -1: see errno.
  pid_t StartWorker(int channel);
  void RemoveSockets();
  // Ends it, and waits for that.
  void End();
  // To be told when it has ended and was reaped.
  void Lost();

  pid_t pid() const { return pid_; }

 private:
  UniqueFd channel_;
  pid_t pid_ = -1;
};

}  // namespace bryo::api
