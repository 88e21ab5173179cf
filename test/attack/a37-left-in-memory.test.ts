// A37: what a launch leaves behind. Processes that go on beside the payload must not be a way to the
// caller's environment, to the launch plan or to secrets that another user of the container may not read.
import { execFileSync } from 'node:child_process';
import t from 'tap';
import { writeTar } from '../../src/hello/tar.ts';
import { eventually } from '../support/bryo.ts';
import { runAsTestUser } from '../support/user.ts';
import { Attack, busybox } from './support.ts';

/**
 * Looks for a word in the environment, memory and open files of every process in sight but itself, and in
 * that of its parent. The word comes in two parts, so that nobody's arguments hold it.
 */
const source = `
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
static char word[128];
static char block[1 << 20];
static int seen;
static void search(int fd, off_t at, off_t end, const char* pid, const char* what) {
  size_t n = strlen(word);
  while (at < end) {
    size_t want = end - at < (off_t)sizeof block ? (size_t)(end - at) : sizeof block;
    ssize_t got = pread(fd, block, want, at);
    if (got <= 0) return;
    if (memmem(block, got, word, n)) { printf("%s %s\\n", pid, what); return; }
    if (got < (ssize_t)sizeof block) { at += got; continue; }
    at += got - n;
  }
}
static void file(const char* pid, const char* name) {
  char path[300];
  snprintf(path, sizeof path, "/proc/%s/%s", pid, name);
  int fd = open(path, O_RDONLY | O_NONBLOCK);
  struct stat st;
  if (fd < 0) return;
  if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) search(fd, 0, 1 << 24, pid, name);
  close(fd);
}
static void memory(const char* pid) {
  char path[300], line[4096];
  snprintf(path, sizeof path, "/proc/%s/mem", pid);
  int fd = open(path, O_RDONLY);
  snprintf(path, sizeof path, "/proc/%s/maps", pid);
  FILE* maps = fopen(path, "r");
  while (maps && fgets(line, sizeof line, maps)) {
    unsigned long from, to;
    if (sscanf(line, "%lx-%lx r", &from, &to) == 2 && (long)to > 0) search(fd, from, to, pid, "mem");
  }
  if (maps) fclose(maps);
  if (fd >= 0) close(fd);
}
static void files(const char* pid) {
  char path[300];
  snprintf(path, sizeof path, "/proc/%s/fd", pid);
  DIR* list = opendir(path);
  struct dirent* e;
  while (list && (e = readdir(list))) {
    if (e->d_name[0] == '.') continue;
    snprintf(path, sizeof path, "fd/%s", e->d_name);
    file(pid, path);
  }
  if (list) closedir(list);
}
int main(int argc, char** argv) {
  snprintf(word, sizeof word, "%s%s", argv[1], argv[2]);
  DIR* list = opendir("/proc");
  struct dirent* e;
  while (list && (e = readdir(list))) {
    int pid = atoi(e->d_name);
    if (pid <= 0 || pid == getpid()) continue;
    ++seen;
    file(e->d_name, "environ");
    memory(e->d_name);
    files(e->d_name);
  }
  printf("%s\\n", seen > 0 ? "looked" : "alone");
  return 0;
}`;

const attack = new Attack();
const { sandbox } = attack;
const probe = attack.probe('look', source);
const image = attack.image('left', [probe]);
const archive = attack.archive('left', [Buffer.from(writeTar([...busybox(), probe]))]);
const [start, end] = ['canary-of-', 'the-caller-7261'];
const secret = ['value-of-', 'the-secret-5530'];
const env = { BRYO_CANARY: `${start}${end}` };

/** As ok, by a caller whose environment holds the canary. */
function ok(...args: string[]): string {
  const { code, stdout, stderr } = sandbox.run(args, { env });
  if (code !== 0 || stderr !== '') throw new Error(`${args.join(' ')}: ${code}, ${stderr}`);
  return stdout;
}

/** What is found from within a container, of the environment and of the secret, by root and another user. */
function found(name: string): string[] {
  return ['0', '5'].flatMap((user) =>
    [[start, end], secret].map((word) => sandbox.ok('exec', '-u', user, name, 'look', ...word)),
  );
}
const nothing = Array(4).fill('looked\n');

t.test('the secret is there', async () => {
  sandbox.run(['secret', 'create', 's', '-'], { input: secret.join('') });
});

const secretFile = ['--secret', 's,mode=0400'];

t.test('the looking finds what is there', async (t) => {
  ok(
    'run',
    '-d',
    '--name',
    'open',
    '--network',
    'none',
    '-e',
    'BRYO_CANARY',
    image,
    'sleep',
    '1000',
  );
  t.match(sandbox.ok('exec', 'open', 'look', start, end), /^1 environ\n1 mem\n/);
  sandbox.ok('rm', '-f', '-t', '0', 'open');
});

for (const user of ['0', '5']) {
  t.test(`--init of user ${user}`, async (t) => {
    const flags = ['-d', '--init', '--name', 'i', '--network', 'none', '-u', user];
    ok('run', ...flags, ...secretFile, image, 'sleep', '1000');
    t.same(found('i'), nothing);
    t.equal(sandbox.ok('exec', 'i', 'cat', '/proc/1/comm'), 'bryo-init\n');
    t.equal(
      sandbox.ok('exec', '-u', user, 'i', 'wc', '-c', '/proc/1/environ'),
      '0 /proc/1/environ\n',
    );
    sandbox.ok('rm', '-f', '-t', '0', 'i');
  });
}

t.test('--init of a container that is started again', async (t) => {
  const flags = ['-d', '--init', '--restart', 'always', '--name', 'r', '--network', 'none'];
  ok('run', ...flags, ...secretFile, image, 'sleep', '1000');
  const pid = (): string => sandbox.ok('inspect', '--format', '{{.State.Pid}}', 'r').trim();
  const first = pid();
  execFileSync('kill', ['-KILL', first]);
  await eventually('it runs again', () => !['0', first].includes(pid()));
  t.same(found('r'), nothing);
  sandbox.ok('rm', '-f', '-t', '0', 'r');
});

t.test('containers of a pod that shares its processes', async (t) => {
  ok('pod', 'create', '--name', 'p', '--network', 'none', '--share', '+pid');
  ok('run', '-d', '--init', '--pod', 'p', '--name', 'one', ...secretFile, image, 'sleep', '1000');
  ok('create', '--pod', 'p', '--name', 'waits', ...secretFile, image, 'sleep', '1000');
  ok('init', 'waits');
  ok('run', '-d', '--pod', 'p', '--name', 'two', image, 'sleep', '1000');
  t.same(found('two'), nothing);
  sandbox.ok('pod', 'rm', '-f', '-t', '0', 'p');
});

t.test('a container that waits for its start', async (t) => {
  ok('create', '--name', 'w', '--network', 'none', ...secretFile, image, 'sleep', '1000');
  ok('init', 'w');
  const pid = sandbox.ok('inspect', '--format', '{{.State.Pid}}', 'w').trim();
  // Somebody who joins it, as a container of the same user namespace does.
  const enter = ['nsenter', '-U', '--preserve-credentials', '-p', '-m', '-t', pid, '--wdns=/'];
  const look = (word: readonly string[]): string => runAsTestUser(...enter, 'look', ...word);
  t.equal(look([start, end]), 'looked\n');
  t.equal(look(secret), 'looked\n');
  sandbox.ok('start', 'w');
  t.same(found('w'), nothing);
  sandbox.ok('rm', '-f', '-t', '0', 'w');
});

for (const network of ['slirp4netns', 'pasta', 'none']) {
  t.test(`--pid host with the network ${network}`, async (t) => {
    const publish = network === 'none' ? [] : ['-p', '127.0.0.1::5353/udp'];
    const flags = ['--pid', 'host', '--name', 'h', '--network', network, ...publish, ...secretFile];
    for (const more of [[], ['--init'], ['--cap-add', 'SYS_PTRACE'], ['--privileged']]) {
      ok('run', '-d', ...more, ...flags, image, 'sleep', '1000');
      t.same(found('h'), nothing, more.join(' '));
      sandbox.ok('rm', '-f', '-t', '0', 'h');
    }
  });
}

t.test('--pid host with a filesystem in user space', async (t) => {
  const other = new Attack();
  const driver = ['--storage-driver', 'fuse-overlayfs'];
  other.sandbox.ok(...driver, 'load', '-q', '-i', archive);
  const flags = ['run', '-d', '--privileged', '--pid', 'host', '--name', 'f', '--network', 'none'];
  other.sandbox.run([...driver, ...flags, image, 'sleep', '1000'], { env });
  const look = ['exec', 'f', 'look', start, end];
  t.equal(other.sandbox.ok(...driver, ...look), 'looked\n');
  other.sandbox.ok(...driver, 'rm', '-f', '-t', '0', 'f');
  t.same(other.close(), []);
});

t.test('nothing is left behind', async (t) => {
  t.equal(attack.damage(), '');
  t.same(attack.close(), []);
});
