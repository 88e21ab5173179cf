/** Builds for several platforms: at the same time, and for machines that an emulator stands for. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { startRegistry } from '../registry/real-registry.ts';
import { type Result, Sandbox } from '../support/bryo.ts';
import { buildContext } from '../support/build-context.ts';
import { productArgv } from '../support/product.ts';
import { requirePrograms } from '../support/requirements.ts';

requirePrograms('qemu-aarch64-static');

const sandbox = new Sandbox();

/** The processors that a list has images for. */
function members(list: string): string[] {
  const { manifests } = JSON.parse(sandbox.ok('manifest', 'inspect', list)) as {
    manifests: { platform: { architecture: string; variant?: string } }[];
  };
  return manifests.map(({ platform }) => platform.architecture);
}

/** Says that it is there, and waits until those for the others are. */
const meet = `RUN --mount=type=cache,id=meeting,target=/c \\
  touch /c/$TARGETARCH; for n in $(seq 600); do \\
    test -e /c/amd64 -a -e /c/386 && exit 0; sleep 0.1; done; exit 1
`;

t.test('a base of this machine that is for another processor is told', async (t) => {
  const directory = buildContext(sandbox, 'mismatch', { Containerfile: 'FROM hello\nLABEL a=b\n' });
  const { code, stderr } = sandbox.run(['build', '--platform', 'linux/s390x', directory]);
  t.equal(code, 0, stderr);
  t.match(stderr, /base image hello is for linux\/\w+, where linux\/s390x was expected/);
  t.equal(sandbox.run(['build', directory]).stderr, '');
  t.match(sandbox.run(['build', '--platform', 'nonsense', directory]), {
    code: 125,
    stderr: /invalid platform "nonsense": unknown operating system or architecture/,
  });
});

t.test('platforms are built at the same time', async (t) => {
  const text = `FROM hello\nARG TARGETARCH\n${meet}`;
  const directory = buildContext(sandbox, 'beside', { Containerfile: text });
  const platforms = ['--platform', 'linux/amd64,linux/386', '--jobs', '2'];
  const { stdout: said } = sandbox.run(['build', ...platforms, '--manifest', 'beside', directory]);
  t.match(said, /^\[linux\/amd64\] STEP 3\/3: RUN/m);
  t.match(said, /^\[linux\/386\] STEP 3\/3: RUN/m);
  t.equal(members('beside').length, 2);
});

t.test('what fails for one platform ends the others', async (t) => {
  const text =
    'FROM hello\nARG TARGETARCH\nRUN if test $TARGETARCH = 386; then exit 3; else sleep 600; fi\n';
  const directory = buildContext(sandbox, 'failing', { Containerfile: text });
  const platforms = ['--platform', 'linux/amd64,linux/386', '--jobs', '2'];
  t.match(sandbox.run(['build', ...platforms, directory]), { code: 3, stderr: /exit status 3/ });
});

t.test('files of each platform have a directory, an archive is for one', async (t) => {
  const text = 'FROM scratch\nARG TARGETARCH\nCOPY <<EOF /arch\n$TARGETARCH\nEOF\n';
  const directory = buildContext(sandbox, 'files', { Containerfile: text });
  const out = join(sandbox.makeDirectory('out'), 'files');
  const platforms = ['--platform', 'linux/amd64,linux/arm/v7'];
  t.equal(sandbox.run(['build', ...platforms, '-o', out, directory]).code, 0);
  t.equal(readFileSync(join(out, 'linux_amd64', 'arch'), 'utf8'), 'amd64\n');
  t.equal(readFileSync(join(out, 'linux_arm_v7', 'arch'), 'utf8'), 'arm\n');
  const archive = ['-o', `type=tar,dest=${out}.tar`];
  const { code, stderr } = sandbox.run(['build', ...platforms, ...archive, directory]);
  t.match({ code, stderr }, { code: 125, stderr: /--output type=tar takes one platform/ });
  t.notOk(existsSync(`${out}.tar`));
});

t.test('one log, id and description for all', async (t) => {
  const text = 'FROM scratch\nARG TARGETARCH\nLABEL arch=$TARGETARCH\n';
  const directory = buildContext(sandbox, 'told', { Containerfile: text });
  const [log = '', iid = '', metadata = ''] = ['log', 'iid', 'metadata'].map((name) =>
    join(sandbox.makeDirectory(`told-${name}`), 'file'),
  );
  const flags = ['--logfile', log, '--iidfile', iid, '--metadata-file', metadata];
  const platforms = ['--platform', 'linux/amd64,linux/arm64'];
  sandbox.ok('build', ...flags, ...platforms, '-t', 'told', directory);
  const said = readFileSync(log, 'utf8');
  for (const one of ['amd64', 'arm64']) t.match(said, `[linux/${one}] STEP 3/3: LABEL`);
  const digest = readFileSync(iid, 'utf8');
  const description = JSON.parse(readFileSync(metadata, 'utf8'));
  t.same(description, { 'containerimage.digest': digest, 'image.name': 'told' });
  t.same(members('told'), ['amd64', 'arm64']);
});

t.test(
  'a base image for another platform than the build is looked for in its registry',
  async (t) => {
    const registry = await startRegistry(t);
    const name = `${registry}/team/base:1`;
    const files = { Containerfile: 'FROM scratch\nARG TARGETARCH\nLABEL arch=$TARGETARCH\n' };
    const base = buildContext(sandbox, 'base', files);
    const plain = ['--tls-verify=false', '--metadata-file', join(base, 'metadata')];
    const both = ['--platform', 'linux/amd64,linux/arm64', '-t', name];
    t.match(sandbox.run(['build', ...plain, ...both, '--push', base]), { code: 0 });
    const { 'containerimage.digest': digest } = JSON.parse(readFileSync(plain[2] ?? '', 'utf8'));
    t.match(digest, /^sha256:/);
    sandbox.ok('rmi', name);
    sandbox.run(['pull', '-q', '--tls-verify=false', '--platform', 'linux/amd64', name]);
    const architecture = () =>
      sandbox.ok('image', 'inspect', '--format', '{{.Labels.arch}} {{.Architecture}}', 'on').trim();
    const on = buildContext(sandbox, 'on', { Containerfile: `FROM ${name}\n` });
    const build = (platform: string, ...more: string[]) =>
      sandbox.run(['build', '--tls-verify=false', '--platform', platform, '-t', 'on', ...more, on]);
    t.match(build('linux/arm64'), { code: 0 });
    t.equal(architecture(), 'arm64 arm64');
    t.match(build('linux/amd64'), { code: 0 });
    t.equal(architecture(), 'amd64 amd64', 'and the other way round');
    t.match(sandbox.run(['build', '--tls-verify=false', '--platform', 'linux/arm64,/', on]), {
      code: 0,
    });
    t.match(build('linux/s390x'), { code: 0 }, 'what there is, where there is no better one');
    t.match(build('linux/s390x', '--pull=never'), { code: 0 });
  },
);

t.test('an image is one for --platform, whichever its target begins with', async (t) => {
  const shown = '{{.Os}} {{.Architecture}}';
  const platformOf = (name: string) => sandbox.ok('image', 'inspect', '--format', shown, name);
  const named = (text: string) => buildContext(sandbox, `f${text.length}`, { Containerfile: text });
  const crossing = 'ARG TARGETPLATFORM\nRUN echo "for $TARGETPLATFORM"\n';
  const own = named(`FROM --platform=$BUILDPLATFORM hello\n${crossing}`);
  const said = sandbox.ok('build', '--platform', 'linux/arm64/v8', '-t', 'crossed', own);
  t.match(said, /^for linux\/arm64/m);
  t.match(platformOf('crossed'), /^linux arm64$/m);
  const plain = named('FROM --platform=$BUILDPLATFORM hello\n');
  sandbox.ok('build', '--platform', 'linux/arm/v7', '-t', 'renamed', plain);
  t.equal(platformOf('renamed').trim(), 'linux arm', 'also where nothing is added');
  t.match(platformOf('hello'), /^linux amd64$/m, 'the base stays as it is');
  sandbox.ok('build', '-t', 'inline', named('FROM --platform=freebsd/arm64 scratch\nLABEL a=b\n'));
  t.match(platformOf('inline'), /^freebsd arm64$/m, 'without --platform the target decides');
});

/** A program for 64-bit ARM in a segment of its own: writes `arm64` into /made and to standard output. */
function armProgram(): Buffer {
  const code = Buffer.from(
    '600c8092c1010010220880d2833480d2080780d2010000d481010010c20080d2080880d2010000d4' +
      '200080d2010000d4000080d2a80b80d2010000d4' + // openat, write, write, exit
      `${Buffer.from('/made\0').toString('hex')}00001f2003d5${Buffer.from('arm64\n').toString('hex')}`,
    'hex',
  );
  const head = Buffer.alloc(120);
  const base = 0x400000n;
  const size = BigInt(head.length + code.length);
  head.write('\x7fELF\x02\x01\x01', 'latin1');
  // ELF(5): an executable for AArch64 with one program header, which loads all of the file.
  for (const [at, value] of [
    [16, 2],
    [18, 183],
    [52, 64],
    [54, 56],
    [56, 1],
  ] as const) {
    head.writeUInt16LE(value, at);
  }
  head.writeUInt32LE(1, 20);
  head.writeBigUInt64LE(base + 120n, 24);
  head.writeBigUInt64LE(64n, 32);
  head.writeUInt32LE(1, 64);
  head.writeUInt32LE(5, 68);
  for (const [at, value] of [
    [80, base],
    [88, base],
    [96, size],
    [104, size],
    [112, 0x1000n],
  ] as const) {
    head.writeBigUInt64LE(value, at);
  }
  return Buffer.concat([head, code]);
}

/** What Debian's qemu-user-static tells the kernel of programs for AArch64. */
const registration = [
  ':qemu-aarch64:M::\\x7fELF\\x02\\x01\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x02\\x00\\xb7\\x00',
  '\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\x00\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xfe\\xff\\xff\\xff',
  '/usr/bin/qemu-aarch64-static:POCF',
].join(':');

/**
 * Runs bryo where programs for AArch64 run: on a machine that knows qemu, or in a user namespace that does (Linux 6.7
 * and newer), so that the machine does not change.
 */
function emulated(script: string): Result {
  const known = existsSync('/proc/sys/fs/binfmt_misc/qemu-aarch64');
  const register = `mount -t binfmt_misc none /proc/sys/fs/binfmt_misc
    printf '%s' '${registration}' > /proc/sys/fs/binfmt_misc/register`;
  const bryo = [...productArgv(), ...sandbox.flags].join(' ');
  const lines = ['set -e', ...(known ? [] : [register]), `bryo() { ${bryo} "$@"; }`, script];
  return sandbox.run(['unshare', 'sh', '-c', lines.join('\n')]);
}

t.test(
  'an emulator runs the commands of other platforms, and containers of the result',
  async (t) => {
    const text =
      'FROM scratch AS made\nCOPY --chmod=755 make /make\nRUN ["/make"]\nFROM made\nCMD ["/make"]\n';
    const directory = buildContext(sandbox, 'arm', { Containerfile: text });
    const base64 = armProgram().toString('base64');
    const { code, stdout, stderr } = emulated(`
    echo ${base64} | base64 -d > ${directory}/make
    bryo build -t arm --platform linux/arm64 ${directory}
    bryo manifest create both && bryo manifest add both arm
    bryo run --rm --network none --platform linux/arm64 both
    bryo build -q --platform linux/arm64 -f - ${directory} <<'EOF'
FROM both
RUN ["/make"]
EOF
  `);
    t.equal(code, 0, stderr);
    t.match(stdout, /STEP 3\/3: RUN \["\/make"\]\n\[1\/2\] arm64\n/);
    t.match(stdout, /\narm64\n[0-9a-f]{64}\n$/);
    t.equal(sandbox.ok('image', 'inspect', '--format', '{{.Architecture}}', 'arm').trim(), 'arm64');
  },
);

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
