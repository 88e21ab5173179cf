import t from 'tap';
import { Sandbox } from '../support/bryo.ts';
import { openBuilds } from '../support/image-builds.ts';

const sandbox = new Sandbox();
const quick = ['run', '--rm', '--network', 'none'];
const { context, build, inspect } = openBuilds(sandbox);

t.test('an image of nothing but a file', async (t) => {
  const said = build(context('FROM scratch\nCOPY a /d/b\n', { a: 'text' }), '-t', 'nothing');
  t.match(
    said,
    /STEP 1\/2: FROM scratch\nSTEP 2\/2: COPY a \/d\/b\nCOMMIT nothing\n--> [0-9a-f]{12}\n/,
  );
  const image = inspect('nothing');
  t.match(said.trim().split('\n').at(-1), image.Id);
  t.equal(image.RootFS.Layers.length, 1);
  t.match(image.History[0].created_by, /^\/bin\/sh -c #\(nop\) COPY file:[0-9a-f]{64} in \/d\/b $/);
});

t.test('masks of --security-opt are those of RUN', async (t) => {
  const directory = context(
    'FROM hello\nRUN echo "mounts: $(grep -c " /proc/" /proc/self/mounts)"; wc -c < /etc/passwd\n',
  );
  const said = (...words: string[]) =>
    build(directory, '--no-cache', ...words.flatMap((word) => ['--security-opt', word]));
  t.match(said(), /^mounts: [1-9]\d*\n[1-9]\d*$/m);
  t.match(said('unmask=all'), /^mounts: 0$/m);
  t.match(said('unmask=/proc/*', 'mask=/etc/passwd'), /^mounts: 0\n0$/m);
  t.match(said('mask=/etc/passwd'), /^mounts: [1-9]\d*\n0$/m);
});

t.test('capabilities of --cap-add are those of commands that run as root', async (t) => {
  const show = 'grep -E "^Cap(Eff|Bnd)" /proc/self/status | tr -d "\\t\\n"';
  const directory = context(`FROM hello\nRUN ${show}\nUSER 7\nRUN ${show}\n`);
  const said = build(directory, '--cap-drop', 'all', '--cap-add', 'kill,sys_ptrace');
  const some = '0000000000080020';
  t.match(said, new RegExp(`CapEff:${some}CapBnd:${some}.*\\n.*CapEff:0{16}CapBnd:${some}`, 's'));
});

t.test('commands, files and settings make an image', async (t) => {
  const directory = context(
    [
      'FROM hello AS first',
      'ARG WHO=nobody',
      'ENV GREETING="good day"',
      'RUN mkdir -p /made/old && echo "$GREETING $WHO" > /made/text && chmod 711 /made',
      'COPY dir /made',
      'COPY --chown=7:8 --chmod=0640 a link /own/',
      'WORKDIR /work',
      'COPY a .',
      'USER 7',
      'CMD ["cat", "/made/text"]',
      'FROM hello',
      'COPY --from=first /made /taken',
      'COPY <<ONE <<TWO /here/',
      'one',
      'ONE',
      'two',
      'TWO',
      'RUN <<END',
      'cat /here/ONE /here/TWO > /here/both',
      'rm /here/ONE',
      'END',
    ].join('\n'),
    {
      a: 'a\n',
      link: { link: 'a' },
      'dir/b': { text: 'b\n', mode: 0o600 },
      'dir/old/c': 'c\n',
      'dir/inner': { link: 'b' },
    },
  );
  build(directory, '-t', 'first', '--target', 'first', '--build-arg', 'WHO=all');
  t.equal(sandbox.ok(...quick, 'first'), 'good day all\n');
  const look = 'stat -c "%a %u %g %n" /made /made/b /made/old/c /own /own/a /own/link /work/a';
  t.equal(
    sandbox.ok(...quick, '--user', '0', 'first', 'sh', '-c', `${look}; readlink /made/inner`),
    [
      '711 0 0 /made',
      '600 0 0 /made/b',
      '644 0 0 /made/old/c',
      '755 7 8 /own',
      '640 7 8 /own/a',
      '640 7 8 /own/link',
      '644 0 0 /work/a',
      'b\n',
    ].join('\n'),
  );
  t.match(inspect('first'), {
    Config: { User: '7', WorkingDir: '/work', Cmd: ['cat', '/made/text'] },
    Annotations: { 'org.opencontainers.image.base.name': 'localhost/hello:latest' },
  });
  build(directory, '-t', 'second');
  t.equal(
    sandbox.ok(...quick, 'second', 'sh', '-c', 'cat /taken/b /here/both; ls /here'),
    'b\none\ntwo\nTWO\nboth\n',
  );
});

t.test("a WORKDIR that is not there becomes the user's of that place", async (t) => {
  const users = 'RUN mkdir -m 2755 /home && echo "own:x:70:80::/home:/bin/sh" >> /etc/passwd';
  const begin = `FROM hello\n${users}\nUSER own\nWORKDIR /home/a/b\n`;
  const look = 'stat -c "%u:%g %n" /home /home/a /home/a/b';
  const owned = /^0:0 \/home\n70:80 \/home\/a\n70:80 \/home\/a\/b\n/m;
  const run = context(`${begin}RUN ${look} && touch made\n`);
  t.match(build(run, '-t', 'workdir-run'), owned, 'by RUN');
  t.match(
    sandbox.ok(...quick, 'workdir-run', 'sh', '-c', `${look} && ls`),
    /b\nmade\n$/,
    'it stays',
  );
  const elsewhere = context(`${begin}COPY f /elsewhere/\nUSER 0\nRUN ${look}\n`, { f: '' });
  t.match(build(elsewhere), owned, 'by COPY to another place');
  const copied = context(`${begin}COPY --chown=5:6 f .\nRUN ${look}\n`, { f: '' });
  t.match(build(copied), /^5:6 \/home\/a\n5:6 \/home\/a\/b$/m, 'COPY into it makes it its own');
  const later = context(`${begin}USER 0\nRUN ${look}\n`);
  t.match(build(later), /^0:0 \/home\/a\/b$/m, 'for the user of the step that makes it');
  const kept = context(`${begin.replace('/home/a/b', '/etc')}RUN stat -c "%u %n" /etc\n`);
  t.match(build(kept), /^0 \/etc$/m, 'one that is there stays as it is');
  build(context(begin), '-t', 'workdir-late');
  t.match(
    sandbox.ok(...quick, 'workdir-late', 'sh', '-c', `${look} && touch made`),
    owned,
    'by run',
  );
  const mapped = [
    ...quick,
    '--userns',
    'auto',
    'workdir-late',
    'sh',
    '-c',
    `${look} && touch made`,
  ];
  t.match(sandbox.ok(...mapped), owned, 'with ids of its own');
});

t.test('a VOLUME that no directory can be made for is told by the command after it', async (t) => {
  const loop = 'FROM hello\nRUN ln -s /loop /loop\nVOLUME /loop/data\n';
  const { code, stderr } = sandbox.run(['build', context(`${loop}RUN true\n`)]);
  t.equal(code, 125);
  const why = 'VOLUME /loop/data: too many levels of symbolic links';
  t.match(stderr, `building at STEP "RUN true": cannot make the directory of ${why}`);
  build(context(loop), '-t', 'loop');
  const ran = sandbox.run([...quick, 'loop', 'true']);
  t.match(ran, { code: 126, stderr: /cannot mount "\/loop\/data"/ }, 'else by the first container');
});

t.test('what is mounted leaves no trace in an image', async (t) => {
  build(context('FROM scratch\nCOPY --from=hello / /\nRUN true\n'), '-t', 'traces');
  const both = sandbox.ok('image', 'tree', 'traces');
  t.notMatch(both, /mtab|containerenv/);
  const layers = inspect('traces').RootFS.Layers;
  t.equal(layers.length, 2);
});

t.test('nothing is done twice', async (t) => {
  const directory = context(
    'FROM hello\nCOPY a /\nRUN echo x > /x\nLABEL l=1\nCOPY --from=hello /bin /b\n',
    { a: 'a' },
  );
  const first = build(directory, '-t', 'twice');
  t.notMatch(first, /Using cache/);
  const id = inspect('twice').Id;
  const second = build(directory, '-t', 'twice');
  t.equal(second.match(/^--> Using cache [0-9a-f]{64}$/gm)?.length, 4);
  t.equal(inspect('twice').Id, id, 'it is the same image');
  t.notMatch(build(directory, '--no-cache'), /Using cache/);
  t.notMatch(build(directory, '--layers=false'), /Using cache/);
});

t.test('what a step depends on decides, not times', async (t) => {
  const text = 'FROM hello\nCOPY a /\nRUN echo x > /x\n';
  const hits = (directory: string) => build(directory).match(/Using cache/g)?.length ?? 0;
  hits(context(text, { a: 'content' }));
  t.equal(hits(context(text, { a: 'content' })), 2, 'another file with the same content');
  t.equal(hits(context(text, { a: { text: 'content', mode: 0o755 } })), 0, 'another mode');
  t.equal(hits(context(text, { a: 'other' })), 0, 'another content');
});

t.test('a command that fails gives its status, and leaves nothing', async (t) => {
  const images = sandbox.ok('images', '-q');
  const result = sandbox.run(['build', context('FROM hello\nRUN echo words; exit 3\n')]);
  t.match(result, {
    code: 3,
    stdout: /^words$/m,
    stderr:
      'Error: building at STEP "RUN echo words; exit 3": while running runtime: exit status 3\n',
  });
  const missing = sandbox.run(['build', context('FROM hello\nRUN ["/nothing"]\n')]);
  t.match(missing, { code: 127, stderr: /building at STEP "RUN \["\/nothing"\]": .*not found/ });
  t.equal(sandbox.ok('images', '-q'), images);
  t.equal(sandbox.ok('ps', '-aq'), '');
});

t.test('with --keep-failed one can look inside', async (t) => {
  const directory = context('FROM hello\nRUN echo trace > /trace; false\n');
  const { code, stderr } = sandbox.run(['build', '--keep-failed', directory]);
  t.equal(code, 1);
  const [, name = ''] = /bryo run -it (\S+) sh/.exec(stderr) ?? [];
  t.equal(sandbox.ok(...quick, name, 'cat', '/trace'), 'trace\n');
});

t.test('what is not there is told', async (t) => {
  const fails = (text: string) => sandbox.run(['build', context(`FROM hello\n${text}\n`)]).stderr;
  t.match(fails('COPY nofile /'), /STEP "COPY nofile \/": .*"\/nofile": no such file or directory/);
  t.match(fails('COPY no* /'), /no such file or directory/);
  t.match(fails('COPY --from=hello /nofile /'), /"\/nofile": no such file or directory/);
  t.match(
    fails('COPY --chown=nobodyknows Containerfile /'),
    /looking up UID\/GID for "nobodyknows"/,
  );
  t.match(fails('COPY --chmod=u+q Containerfile /'), /invalid mode/);
});

t.test('patterns, ignored and excluded files', async (t) => {
  const directory = context(
    'FROM hello\nCOPY *.txt sub/*/x /one/\nCOPY --exclude=*.md . /all/\nCOPY --parents sub/*/x /par/\n',
    {
      'a.txt': '',
      'b.txt': '',
      'c.md': '',
      'sub/1/x': '',
      'sub/2/y': '',
      'big/ignored': '',
      'big/kept': '',
      '.containerignore': 'big\n!big/kept\nb.txt\n',
    },
  );
  build(directory, '-t', 'patterns');
  const files = sandbox.ok(
    ...quick,
    'patterns',
    'sh',
    '-c',
    'cd /; find one all par -type f | sort',
  );
  t.same(files.trim().split('\n'), [
    'all/.containerignore',
    'all/Containerfile',
    'all/a.txt',
    'all/big/kept',
    'all/sub/1/x',
    'all/sub/2/y',
    'one/a.txt',
    'one/x',
    'par/sub/1/x',
  ]);
});

t.test('stages that are not needed are left out, and names work', async (t) => {
  const directory = context(
    'FROM hello AS a\nRUN false\nFROM hello AS b\nRUN echo b > /b\nFROM b\nRUN cat /b\n',
  );
  const said = build(directory, '-t', 'one', '-t', 'two:x');
  t.match(said, /^\[2\/3\] STEP 1\/2: FROM hello AS b$/m);
  t.notMatch(said, /AS a/);
  t.match(said, /^b$/m);
  t.equal(inspect('one').Id, inspect('localhost/two:x').Id);
});

t.test('nothing is left', async (t) => {
  t.same(sandbox.close(), []);
});
