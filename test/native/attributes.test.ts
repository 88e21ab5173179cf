// Access control lists of layers, and holes in files.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import t from 'tap';
import { projectDir } from '../support/product.ts';
import { pax, tar } from './tar.ts';

const directory = mkdtempSync(join(tmpdir(), 'bryo-attributes-'));
t.teardown(() => rmSync(directory, { recursive: true, force: true }));
const program = (name: string) => join(projectDir, 'dist', 'asan', name);
let count = 0;

/** Runs the worker as root of a user namespace in which the caller alone is mapped. */
function run(args: string[], input: Buffer = Buffer.alloc(0)) {
  const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
  const ids = ['--uids', `0:${uid}:1`, '--gids', `0:${gid}:1`, '--direct', '--'];
  const argv = ['userns', ...ids, program('bryo-worker'), ...args];
  return spawnSync(program('bryo-launcher'), argv, { input, maxBuffer: 1 << 28 });
}

function unpack(bytes: Buffer, owner = 'keep') {
  count += 1;
  const dest = join(directory, `layer-${count}`);
  mkdirSync(dest);
  const { status, stderr } = run(['unpack', '--dest', dest, '--owner', owner], bytes);
  return { dest, status, stderr: String(stderr) };
}

function packed(dest: string): Buffer {
  const { status, stdout, stderr } = run(['pack', '--owner', 'keep', dest]);
  t.equal(status, 0, String(stderr));
  return gunzipSync(stdout);
}

const undefinedId = 0xffff_ffff;

/** linux/posix_acl_xattr.h, version 2: the owner, one named user, the group, the mask, others. */
function acl(user: number): Buffer {
  const entries = [
    [1, 6, undefinedId],
    [2, 7, user],
    [4, 4, undefinedId],
    [0x10, 7, undefinedId],
    [0x20, 4, undefinedId],
  ] as const;
  const bytes = Buffer.alloc(4 + 8 * entries.length);
  bytes.writeUInt32LE(2);
  for (const [index, [tag, rights, id]] of entries.entries()) {
    bytes.writeUInt16LE(tag, 4 + 8 * index);
    bytes.writeUInt16LE(rights, 6 + 8 * index);
    bytes.writeUInt32LE(id, 8 + 8 * index);
  }
  return bytes;
}

const access = 'SCHILY.xattr.system.posix_acl_access';
const standard = 'SCHILY.xattr.system.posix_acl_default';

t.test('access control lists are unpacked and packed', async (t) => {
  const layer = tar(
    pax({ [standard]: acl(0) }),
    { path: 'd/', type: '5', mode: 0o755 },
    { path: 'd/plain', content: 'x', mode: 0o640 },
    { path: 'd/sub/', type: '5', mode: 0o711 },
    pax({ [access]: acl(0) }),
    { path: 'listed', content: 'x', mode: 0o674 },
  );
  const { dest, status, stderr } = unpack(layer);
  t.equal(status, 0, stderr);
  const mode = (path: string) => statSync(join(dest, path)).mode & 0o777;
  t.same([mode('d/plain'), mode('d/sub'), mode('listed')], [0o640, 0o711, 0o674]);
  const again = packed(dest);
  const times = (bytes: Buffer, key: string) => bytes.toString('latin1').split(key).length - 1;
  t.equal(times(again, access), 1, 'what is unpacked into a directory inherits nothing');
  t.equal(times(again, standard), 1);
  t.equal(times(again, acl(0).toString('latin1')), 2);
  const alone = packed(unpack(layer, 'self').dest);
  t.equal(times(alone, 'posix_acl'), 0, 'with a single id there is nobody to name');
  for (const bad of [acl(33), Buffer.from('x'), Buffer.concat([acl(0), Buffer.from('x')])]) {
    const refused = unpack(tar(pax({ [access]: bad }), { path: 'f', content: 'x' }));
    t.equal(refused.status, 1);
    t.match(
      refused.stderr,
      /^bryo-worker: "f" has an access control list that is malformed or .*\n$/,
    );
  }
});

t.test('long runs of zeros become holes', async (t) => {
  const content = Buffer.alloc((8 << 20) + 100);
  content.write('begin', 0);
  content.write('middle', (3 << 20) + 5);
  const ends = Buffer.alloc(1 << 20);
  const { dest, status, stderr } = unpack(
    tar(
      { path: 'holes', content },
      { path: 'zeros', content: ends },
      { path: 'small', content: '\0' },
    ),
  );
  t.equal(status, 0, stderr);
  t.ok(readFileSync(join(dest, 'holes')).equals(content));
  t.ok(readFileSync(join(dest, 'zeros')).equals(ends));
  t.same([...readFileSync(join(dest, 'small'))], [0]);
  t.ok(statSync(join(dest, 'holes')).blocks * 512 < 1 << 20, 'most of it takes no place');
  t.ok(statSync(join(dest, 'zeros')).blocks * 512 < 1 << 18);
  const again = unpack(run(['pack', '--owner', 'keep', dest]).stdout);
  t.ok(readFileSync(join(again.dest, 'holes')).equals(content));
  t.ok(statSync(join(again.dest, 'holes')).blocks * 512 < 1 << 20, 'also after packing');
});
