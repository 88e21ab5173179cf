// A root filesystem that `bryo mount` shows: mounted in the caller's mount namespace and held by a
// process of its own until it is unmounted, or the session (`bryo unshare`) or the container whose
// process has the same root ends.
#pragma once

namespace bryo {

// `bryo-launcher hold-mount …`: mounts, leaves the holder behind and returns. The holder has a
// POSIX lock on the file, so that its pid can be found; SIGTERM makes it unmount and end.
int HoldMountMain(int argc, char** argv);

}  // namespace bryo
