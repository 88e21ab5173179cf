import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Sandbox } from '../support/bryo.ts';
import { buildContext } from '../support/build-context.ts';
import { asTestUser } from '../support/user.ts';

const sandbox = new Sandbox();
let contexts = 0;

function context(containerfile: string, files: Parameters<typeof buildContext>[2] = {}): string {
  contexts += 1;
  return buildContext(sandbox, `c${contexts}`, { Containerfile: containerfile, ...files });
}

function build(directory: string, ...flags: string[]) {
  const { code, stdout, stderr } = sandbox.run(['build', '--jobs', '1', ...flags, directory]);
  return { code, said: stdout + stderr };
}

/** Takes a failure apart: a line that begins with Error, and nothing behind it. */
function problem(text: string, ...flags: string[]): string {
  const { code, said } = build(context(text), ...flags);
  const [, words = ''] = /^Error: (.*)\n$/m.exec(said) ?? [];
  return `${code} ${words}`;
}

t.test('every instruction misspelt gets its line and a proposal', async (t) => {
  const names =
    'RUN COPY ADD ENV ARG LABEL WORKDIR USER VOLUME EXPOSE CMD ENTRYPOINT ONBUILD SHELL STOPSIGNAL HEALTHCHECK MAINTAINER';
  for (const name of names.split(' ')) {
    const wrong = `${name.slice(0, -1)}X`;
    const said = problem(`FROM hello\n\n${wrong} a b\n`);
    t.match(
      said,
      new RegExp(`^125 \\S+/Containerfile:3: ${wrong} a b: unknown instruction: ${wrong}`),
    );
  }
  t.match(problem('FORM hello\n'), /^125 \S+:1: FORM hello: .*did you mean FROM/);
});

t.test('files that are no text, or text of another kind', async (t) => {
  t.match(problem('FROM hello\nRUN true\u0000false\n'), /^125 /);
  const binary = context('');
  writeFileSync(
    join(binary, 'Containerfile'),
    Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 1, 2, 0xff]),
  );
  t.equal(build(binary).code, 125);
  t.match(problem(''), /^125 /);
  const windows = build(context('\ufeffFROM hello\r\nRUN echo \\\r\n  done\r\n'));
  t.equal(windows.code, 0, windows.said);
  t.match(windows.said, /^done$/m);
  const long = build(context(`FROM hello\nENV LONG=${'x'.repeat(1 << 20)}\nLABEL a=b\n`));
  t.equal(long.code, 0);
});

t.test('stages in a circle, and triggers without an end', async (t) => {
  t.match(problem('FROM hello AS a\nCOPY --from=b / /\nFROM a AS b\nRUN true\n'), /^125 .*:2: /);
  t.match(problem('FROM hello AS a\nCOPY --from=a / /\n'), /takes from itself/);
  t.match(problem('FROM hello\nONBUILD ONBUILD RUN true\n'), /Chaining ONBUILD/);
  t.match(problem('FROM hello\nONBUILD FROM hello\n'), /FROM isn't allowed as an ONBUILD trigger/);
});

t.test('secrets that are missing', async (t) => {
  const needed = 'FROM hello\nRUN --mount=type=secret,id=s,required=true true\n';
  t.match(problem(needed), /secret required but no secret with id "s" found/);
  t.match(problem(needed.replace(',required=true', '')), /^0 /);
  t.match(
    problem(needed, '--secret', 'id=s,src=/nowhere'),
    /could not parse secrets.*no such file/,
  );
  t.match(problem(needed, '--secret', 'id=s,env=NOBODY_SET_IT'), /NOBODY_SET_IT is not set/);
});

t.test('files of a context that nobody may read are told, or are not needed', async (t) => {
  const directory = context('FROM hello\nCOPY d /d\n', { 'd/f': 'x', 'd/closed': 'x' });
  chmodSync(join(directory, 'd/closed'), 0);
  const { code, said } = build(directory);
  t.equal(code, 125);
  t.match(said, /closed.*permission denied/i);
  writeFileSync(join(directory, '.containerignore'), 'd/closed\n');
  t.equal(build(directory).code, 0);
});

t.test('sockets and pipes of a context', async (t) => {
  const directory = context('FROM hello\nCOPY d /d\nRUN ls /d\n', { 'd/f': 'x' });
  const code = 'require("net").createServer().listen(process.argv[1],()=>process.exit())';
  const [program = '', ...rest] = asTestUser([
    process.execPath,
    '-e',
    code,
    join(directory, 'd/s'),
  ]);
  spawnSync(program, rest);
  const { said } = build(directory);
  t.match(said, /^f$/m);
  t.notMatch(said, /^s$/m);
});

t.test('patterns and paths that find nothing', async (t) => {
  const missing = /^125 building at STEP "COPY nothing \/": .*no such file or directory/;
  t.match(problem('FROM hello\nCOPY nothing /\n'), missing);
  t.match(problem('FROM hello\nCOPY nothing* /\n'), /^125 .*"\/nothing\*": no such file/);
  t.match(problem('FROM hello\nCOPY --from=nobody /a /\n'), /^125 /);
});

t.test('an error shows the beginning of a line of a megabyte', async (t) => {
  const { code, said } = build(context(`FROM hello\nRUN echo ${'a'.repeat(1_000_000)}\n`));
  t.equal(code, 126);
  const error = said.split('\n').find((line) => line.includes('building at STEP')) ?? '';
  t.match(error, /a…": while running runtime: .*argument list too long/);
  t.ok(error.length < 2000);
});

t.test('ports and signals that are none have their line', async (t) => {
  t.match(problem('FROM hello\nEXPOSE 80/foo\n'), /:2: EXPOSE 80\/foo: "80\/foo" is no port/);
  t.match(problem('FROM hello\nSTOPSIGNAL NOPE\n'), /:2: STOPSIGNAL NOPE: Invalid signal: NOPE/);
});

t.test('fifty thousand labels and variables, of which each stage has its own', async (t) => {
  const pairs = Array.from({ length: 50_000 }, (_, at) => `k${at}=${at}`).join(' ');
  const directory = context(
    `FROM scratch AS a\nENV ${pairs}\nLABEL ${pairs}\n` +
      'FROM a AS b\nENV k1=b\nLABEL k1=b\nFROM a AS c\nENV k1=c\nLABEL k1=c\n',
  );
  for (const target of ['b', 'c']) {
    const { code, said } = build(directory, '-t', target, '--target', target, '--jobs', '2');
    t.equal(code, 0, said.slice(-300));
    const [image] = JSON.parse(sandbox.ok('image', 'inspect', target));
    const { Labels, Env } = image.Config as { Labels: Record<string, string>; Env: string[] };
    t.equal(Labels['k1'], target);
    t.ok(Env.includes(`k1=${target}`));
    t.equal(Env.filter((word) => word.startsWith('k')).length, 50_000);
    t.equal(Labels['k49999'], '49999');
  }
});

t.test('devices of a context', async (t) => {
  const directory = context('FROM hello\nCOPY d /d\nRUN ls /d # devices\n', { 'd/f': 'x' });
  const made = spawnSync('mknod', [join(directory, 'd/null'), 'c', '1', '3']);
  if (made.status !== 0) {
    t.comment('only root makes devices');
    return;
  }
  const { code, said } = build(directory);
  t.equal(code, 0, said);
  t.match(said, /^f$/m);
  t.notMatch(said, /^null$/m, 'it is left out, as sockets are');
});

t.test('a context of 100,000 files', async (t) => {
  const directory = context('FROM hello\nCOPY many /m\nRUN find /m -type f | wc -l\n');
  for (let at = 0; at < 200; at += 1) {
    const path = join(directory, 'many', String(at));
    mkdirSync(path, { recursive: true });
    for (let file = 0; file < 500; file += 1) writeFileSync(join(path, String(file)), '');
  }
  const { code, said } = build(directory);
  t.equal(code, 0, said);
  t.match(said, /^100000$/m);
});

t.test('nothing is left', async (t) => {
  t.same(sandbox.close(), []);
});
