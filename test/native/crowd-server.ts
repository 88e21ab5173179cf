/**
 * A server in C that has many connections at once: it greets each, reads until the client has said all, and then says
 * how many bytes that was. Datagrams it sends back.
 */
export const crowdServer = `
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
static size_t got[1 << 17];
int main(void) {
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(80)};
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  int datagrams = socket(AF_INET, SOCK_DGRAM, 0);
  int on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(listener, (void*)&at, sizeof at) || listen(listener, 65535)) return 1;
  if (bind(datagrams, (void*)&at, sizeof at)) return 1;
  int events = epoll_create1(0);
  struct epoll_event wanted = {.events = EPOLLIN, .data.fd = listener};
  epoll_ctl(events, EPOLL_CTL_ADD, listener, &wanted);
  wanted.data.fd = datagrams;
  epoll_ctl(events, EPOLL_CTL_ADD, datagrams, &wanted);
  printf("ready\\n");
  fflush(stdout);
  for (;;) {
    struct epoll_event event;
    char bytes[4096];
    if (epoll_wait(events, &event, 1, -1) != 1) continue;
    int fd = event.data.fd;
    if (fd == datagrams) {
      struct sockaddr_in from;
      socklen_t size = sizeof from;
      ssize_t length = recvfrom(fd, bytes, sizeof bytes, 0, (void*)&from, &size);
      if (length > 0) sendto(fd, bytes, length, 0, (void*)&from, size);
      continue;
    }
    if (fd == listener) {
      int client = accept(listener, NULL, NULL);
      if (client < 0 || client >= 1 << 17) continue;
      got[client] = 0;
      wanted.data.fd = client;
      epoll_ctl(events, EPOLL_CTL_ADD, client, &wanted);
      if (write(client, "hello\\n", 6) != 6) close(client);
      continue;
    }
    ssize_t size = read(fd, bytes, sizeof bytes);
    if (size > 0) {
      got[fd] += size;
      continue;
    }
    int length = snprintf(bytes, sizeof bytes, "%zu\\n", got[fd]);
    if (size == 0 && write(fd, bytes, length) != length) perror("write");
    close(fd);
  }
}`;
