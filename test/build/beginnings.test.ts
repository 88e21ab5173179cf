import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Sandbox } from '../support/bryo.ts';
import { buildContext } from '../support/build-context.ts';
import { openBuilds } from '../support/image-builds.ts';

const sandbox = new Sandbox();
const quick = ['run', '--rm', '--network', 'none'];
/** Makes an archive of a file that is root's. */
const madeTar = 'cd /tmp && touch f && tar -cf /w/a.tar f';
const { context, build, inspect } = openBuilds(sandbox);

t.test('an image to which nothing is added stays what it is, under a further name', async (t) => {
  build(context('FROM hello\n'), '-t', 'same');
  t.equal(inspect('same').Id, inspect('hello').Id);
  t.same(inspect('hello').RepoTags.sort(), ['localhost/hello:latest', 'localhost/same:latest']);
  for (const flags of [['--label', 'a=b'], ['--env', 'A=B'], ['--timestamp', '1'], ['--squash']]) {
    build(context('FROM hello\n'), '-t', 'other', ...flags);
    t.not(inspect('other').Id, inspect('hello').Id, flags.join(' '));
  }
});

t.test('annotations tell of the image that the lowest stage begins with', async (t) => {
  build(context('FROM hello AS base\nRUN true\nFROM base\nRUN true\n'), '-t', 'upper');
  t.match(inspect('upper').Annotations, {
    'org.opencontainers.image.base.name': 'localhost/hello:latest',
    'org.opencontainers.image.base.digest': inspect('hello').Digest,
  });
});

t.test('the value of an argument counts only where it is used', async (t) => {
  const hits = (text: string, value: string) =>
    build(context(text), '--build-arg', `A=${value}`).match(/Using cache/g)?.length ?? 0;
  const hidden = 'FROM hello\nARG A\nENV A=fixed\nRUN echo $A > /a\n';
  hits(hidden, '1');
  t.equal(hits(hidden, '2'), 3, 'a variable of the image has its name');
  const used = 'FROM hello\nARG A\nRUN echo $A > /a\n';
  hits(used, '1');
  t.equal(hits(used, '2'), 1);
  t.equal(hits(used, '1'), 2);
});

t.test('--unsetenv takes from the final image', async (t) => {
  const text = 'FROM hello\nENV A=1 B=2\nRUN test "$A$B$C" = 123\n';
  build(context(text), '-t', 'unset', '--unsetenv', 'A', '--env', 'C=3', '--unsetenv', 'C');
  const names = inspect('unset').Config.Env.map((word: string) => word.split('=', 1)[0]);
  t.ok(names.includes('B'));
  t.notOk(names.includes('A') || names.includes('C'));
});

t.test('directories of volumes are there for commands, and in their layer', async (t) => {
  const text = [
    'FROM hello',
    'RUN ln -s ../log /link',
    'VOLUME /vol/sub /link/inner',
    'RUN chmod 711 /vol/sub && touch /vol/sub/x && test -d /log/inner',
  ].join('\n');
  build(context(text), '-t', 'volumes');
  const look = 'stat -c "%a %u:%g %n" /vol /vol/sub /vol/sub/x /log/inner';
  t.equal(
    sandbox.ok(...quick, 'volumes', 'sh', '-c', look),
    '755 0:0 /vol\n711 0:0 /vol/sub\n644 0:0 /vol/sub/x\n755 0:0 /log/inner\n',
  );
  t.equal(inspect('volumes').RootFS.Layers.length, inspect('hello').RootFS.Layers.length + 2);
});

t.test('a here-document that begins with #! is run by what it names', async (t) => {
  const text = 'FROM hello\nRUN <<EOF\n#!/bin/cat\nwords of a script\nEOF\n';
  t.match(build(context(text)), /^#!\/bin\/cat\nwords of a script\n/m);
});

t.test('a secret may be placed relative to the working directory', async (t) => {
  const mount = '--mount=type=secret,id=s,target=here';
  const text = `FROM hello\nRUN mkdir /w\nWORKDIR /w\nRUN ${mount} cat /w/here\n`;
  const directory = context(text, { s: 'the secret' });
  t.match(build(directory, '--secret', `id=s,src=${directory}/s`), /^the secret/m);
});

t.test('--userns=auto gives commands ids of their own', async (t) => {
  const directory = context('FROM hello\nRUN cat /proc/self/uid_map\n');
  t.match(build(directory, '--userns', 'auto:size=500'), /^\s+0\s+\d+\s+500$/m);
});

t.test('a named context takes the place of a stage under its number, too', async (t) => {
  build(context('FROM hello\nRUN echo other > /f\n'), '-t', 'other');
  const text =
    'FROM hello AS one\nRUN echo one > /f\nFROM hello\nCOPY --from=0 /f /g\nRUN cat /g\n';
  t.match(build(context(text), '--build-context', 'one=docker-image://other'), /^other$/m);
});

t.test('a named context has an ignore file of its own', async (t) => {
  const named = buildContext(sandbox, 'named', { a: '', b: '', '.containerignore': 'a\n' });
  const text = 'FROM hello\nCOPY --from=named . /all/\nRUN ls /all\n';
  const said = build(context(text), '--build-context', `named=${named}`);
  t.match(said, /^b$/m);
  t.notMatch(said, /^a$/m);
});

t.test('entries of an archive keep their owners, whatever --chown says', async (t) => {
  const directory = context('FROM hello\nADD --chown=7:8 a.tar /x/\nRUN stat -c %u:%g /x/f\n');
  sandbox.ok('run', '--network', 'none', '-v', `${directory}:/w`, 'hello', 'sh', '-c', madeTar);
  const said = build(directory);
  t.match(said, /^0:0$/m);
  const other = { Containerfile: 'FROM hello\nADD --chown=9 a.tar /x/\nRUN true\n' };
  writeFileSync(join(directory, 'Containerfile'), other.Containerfile);
  t.match(build(directory), /ADD --chown=9.*\n--> Using cache/);
});

t.test('features of the operating system can be taken away again', async (t) => {
  const words = ['one', 'one-', 'two'].flatMap((word) => ['--os-feature', word]);
  build(context('FROM scratch\nCOPY Containerfile /\n'), '-t', 'features', ...words);
  const directory = sandbox.makeDirectory('features');
  sandbox.ok('save', '--format', 'oci-dir', '-o', join(directory, 'out'), 'features');
  const blob = join(directory, 'out/blobs/sha256', inspect('features').Id);
  t.same(JSON.parse(readFileSync(blob, 'utf8'))['os.features'], ['two']);
});

t.test('quietly, standard output has the id only', async (t) => {
  const directory = context('FROM hello\nARG A\nRUN echo out; echo err >&2\n');
  const { stdout, stderr } = sandbox.run(['build', '-q', '-t', 'quiet', directory]);
  t.equal(stdout, `${inspect('quiet').Id}\n`);
  t.match(stderr, /^err$/m);
  t.match(stderr, /missing "A" build argument. Try adding "--build-arg A=<VALUE>"/);
});

t.test('a pattern may fit nothing where there is something else to copy', async (t) => {
  const said = build(context('FROM hello\nCOPY *.no a* /d/\nRUN ls /d\n', { ab: '' }));
  t.match(said, /^ab$/m);
});

t.test('a tmpfs may begin with what was there', async (t) => {
  const text = 'FROM hello\nRUN mkdir /t && touch /t/f\nRUN --mount=type=tmpfs,target=/t,';
  t.match(build(context(`${text}tmpcopyup ls /t\n`)), /^f$/m);
});

t.test('mistakes are told in podman’s words', async (t) => {
  const fails = (text: string, files = {}, ...flags: string[]) =>
    sandbox.run(['build', ...flags, context(`FROM hello\n${text}\n`, files)]).stderr;
  const ignored = { a: '', 'b.txt': '', '.dockerignore': 'a\n*.txt\n' };
  const by = String.raw`\(1 filtered out using \S+/\.dockerignore\)`;
  t.match(fails('COPY a /', ignored), new RegExp(`no items matching glob "\\S+/a" copied ${by}`));
  t.match(fails('COPY *.txt /', ignored), new RegExp(`no items .*/\\*\\.txt" copied ${by}`));
  t.match(fails('COPY --chown=$NO:$NO Containerfile /'), /looking up UID\/GID for ":": can't find/);
  const spread = '--mount=type=bind,target=/m,bind-propagation';
  t.match(fails(`RUN ${spread}=suid true`), /invalid mount option "bind-propagation=suid"/);
  t.equal(sandbox.run(['build', context(`FROM hello\nRUN ${spread}=rslave true\n`)]).code, 0);
  t.match(
    fails('RUN --mount=type=bind,from=$NO,target=/m true'),
    /'from' points to an empty value/,
  );
  t.match(fails('RUN --mount=type=cache,source=../x,target=/m true'), /a cache has parts only of/);
  t.match(fails('COPY ../b /'), /possible escaping context directory error: copier: stat: "\/b"/);
  t.match(fails('COPY --from hello / /'), /COPY only supports the --chmod=<permissions> --chown/);
  t.match(fails('RUN --network=fake true'), /unsupported value "fake" for --network/);
  t.match(
    sandbox.run(['build', '-t', 'UPPER', context('FROM hello\nRUN false\n')]),
    {
      stdout: '',
      stderr: /tag UPPER: invalid reference format: repository name must be lowercase/,
    },
    'before anything is built',
  );
  t.match(
    fails('RUN true', {}, '--isolation', 'chroot', '--network', 'none'),
    /cannot set --network other than host with --isolation chroot/,
  );
  t.match(
    build(context('FROM hello\nSHELL ["/bin/sh", "-ec"]\nHEALTHCHECK CMD true\nONBUILD RUN a\n')),
    /SHELL is not supported for OCI image format, \[\/bin\/sh -ec\] will be ignored/,
  );
});

t.test('nothing is left', async (t) => {
  t.same(sandbox.close(), []);
});
