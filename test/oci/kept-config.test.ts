import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Runtime } from './bundle.ts';

const runtime = new Runtime();

t.test('what becomes of config.json after create has no effect', async (t) => {
  const marks = runtime.sandbox.makeDirectory('marks');
  const bundle = runtime.bundle('kept', (config) => {
    config.process.args = ['sleep', '1000'];
    config.process.env.push('WHICH=created');
    config.hooks = {
      poststop: [{ path: '/bin/touch', args: ['touch', join(marks, 'created')] }],
    };
    config.linux.seccomp = {
      defaultAction: 'SCMP_ACT_ALLOW',
      architectures: ['SCMP_ARCH_X86_64'],
      syscalls: [
        { names: ['sethostname'], action: 'SCMP_ACT_ERRNO', errnoRet: 1 },
        // Nobody traces: the kernel answers that there is no such system call.
        { names: ['mkdir'], action: 'SCMP_ACT_TRACE', errnoRet: 7 },
      ],
    };
  });
  runtime.leave('create', '--bundle', bundle, 'kept');
  const path = join(bundle, 'config.json');
  const changed = readFileSync(path, 'utf8')
    .replace('WHICH=created', 'WHICH=changed')
    .replace(join(marks, 'created'), join(marks, 'changed'));
  writeFileSync(path, changed.replace('sethostname', 'setdomainname'));
  runtime.ok('start', 'kept');
  const script = 'echo $WHICH; hostname x 2>/dev/null || echo refused; mkdir /d';
  t.match(runtime.run('exec', 'kept', 'sh', '-c', script), {
    stdout: 'created\nrefused\n',
    stderr: /Function not implemented/,
  });
  rmSync(path);
  t.equal(runtime.ok('exec', 'kept', 'sh', '-c', 'echo $WHICH'), 'created\n');
  runtime.ok('delete', '--force', 'kept');
  t.ok(existsSync(join(marks, 'created')));
  t.notOk(existsSync(join(marks, 'changed')));
});

t.test('seccomp that cannot be done exactly is an error', async (t) => {
  const rules: [string, object, RegExp][] = [
    ['errno', { action: 'SCMP_ACT_ALLOW', errnoRet: 5 }, /does not take errnoRet 5/],
    ['range', { action: 'SCMP_ACT_ERRNO', errnoRet: 5000 }, /does not take errnoRet 5000/],
    ['action', { action: 'SCMP_ACT_DANCE' }, /SCMP_ACT_DANCE is not supported/],
    [
      'number',
      {
        action: 'SCMP_ACT_ERRNO',
        args: [{ index: 0, op: 'SCMP_CMP_EQ', value: 2 ** 64 - 100 }],
      },
      /cannot be read exactly/,
    ],
  ];
  for (const [name, rule, message] of rules) {
    const bundle = runtime.bundle(`rule-${name}`, (config) => {
      config.linux.seccomp = {
        defaultAction: 'SCMP_ACT_ALLOW',
        syscalls: [{ names: ['mkdir'], ...rule }],
      };
    });
    const { code, stdout, stderr } = runtime.run('run', '--bundle', bundle, `rule-${name}`);
    t.same([code, stdout], [1, ''], name);
    t.match(stderr, message, name);
    t.match(stderr, /^bryo-oci: [^\n]+\n$/, name);
  }
});

t.test('nothing is left behind', async (t) => {
  t.same(runtime.sandbox.close(), []);
});
