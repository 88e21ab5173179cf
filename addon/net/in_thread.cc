#include "net/in_thread.h"

#include <pthread.h>
#include <sched.h>

#include <cerrno>

namespace bryo {
namespace {

struct Job {
  int network;
  const std::function<Status()>* work;
  Status status;
};

void* Run(void* given) {
  auto* job = static_cast<Job*>(given);
  int entered = job->network < 0 ? ::unshare(CLONE_NEWNET) : ::setns(job->network, CLONE_NEWNET);
  job->status = entered == 0 ? (*job->work)() : Status::Errno("network namespace");
  return nullptr;
}

}  // namespace

Status InNetwork(int network, const std::function<Status()>& work) {
  Job job{network, &work, {}};
  pthread_t thread{};
  int error = ::pthread_create(&thread, nullptr, Run, &job);
  if (error != 0) return Status::Errno("thread", error);
  ::pthread_join(thread, nullptr);
  return job.status;
}

}  // namespace bryo
