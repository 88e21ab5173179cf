import t from 'tap';
import { applyChanges } from '../../../src/image/changes.ts';
import type { ImageSettings } from '../../../src/image/settings.ts';

const change = (...changes: string[]): ImageSettings => applyChanges({}, changes);

/** What podman's commit or import makes of the same, where the comment says nothing else. */
const cases: [string, ImageSettings][] = [
  ['CMD a b', { Cmd: ['/bin/sh', '-c', 'a b'] }],
  ['CMD ["a","b c"]', { Cmd: ['a', 'b c'] }],
  ['CMD=["x"]', { Cmd: ['x'] }],
  ['CMD [a]', { Cmd: ['/bin/sh', '-c', '[a]'] }],
  ['CMD []', { Cmd: [] }],
  ['cmd a', { Cmd: ['/bin/sh', '-c', 'a'] }],
  ['entrypoint ["y"]', { Entrypoint: ['y'] }],
  ['ENTRYPOINT foo bar', { Entrypoint: ['/bin/sh', '-c', 'foo bar'] }],
  ['ENV A=1', { Env: ['A=1'] }],
  ['ENV=A=1', { Env: ['A=1'] }],
  ['ENV A=1=2', { Env: ['A=1=2'] }],
  ['ENV A', { Env: ['A='] }],
  ['ENV A=', { Env: ['A='] }],
  ['ENV A=1 2', { Env: ['A=1 2'] }],
  ["LABEL a=it's fine", { Labels: { a: "it's fine" } }],
  ['LABEL "a b"="c"', { Labels: { 'a b': 'c' } }],
  ['LABEL a=', { Labels: { a: '' } }],
  ['EXPOSE 80', { ExposedPorts: { '80/tcp': {} } }],
  ['EXPOSE 80/UDP', { ExposedPorts: { '80/udp': {} } }],
  ['VOLUME /a /b', { Volumes: { '/a': {}, '/b': {} } }],
  ['VOLUME ["/a","/b c"]', { Volumes: { '/a': {}, '/b c': {} } }],
  ['STOPSIGNAL 9', { StopSignal: '9' }],
  ['CMD', { Cmd: [] }],
  ['SHELL ["/s"]', { Shell: ['/s'] }],
  ['HEALTHCHECK CMD true', { Healthcheck: { Test: ['CMD-SHELL', 'true'] } }],
  ['VOLUME x', { Volumes: { '/x': {} } }],
  ['WORKDIR x', { WorkingDir: '/x' }],
  ['ENV A=1\nENV B=2', { Env: ['A=1', 'B=2'] }],
  ['ENV A=1 \\\n  B=2', { Env: ['A=1', 'B=2'] }],
  ['USER 1:2', { User: '1:2' }],
  ['WORKDIR /a b', { WorkingDir: '/a b' }],
  // As a Containerfile has it; podman 4.3 takes all of the line for one value.
  ['ENV A=1 B=2', { Env: ['A=1', 'B=2'] }],
  ['ENV A="x y" B=z\\ w C=\'q"\' D=a"b c"d', { Env: ['A=x y', 'B=z w', 'C=q"', 'D=ab cd'] }],
  ['ENV A="\\"q\\" \\n \\$"', { Env: ['A="q" \\n $'] }],
  ['ENV A=1 A=2', { Env: ['A=2'] }],
  ['ENV A 1 2', { Env: ['A=1 2'] }],
  ['LABEL a="b c" d="e"', { Labels: { a: 'b c', d: 'e' } }],
  ['LABEL a b c', { Labels: { a: 'b c' } }],
  [
    'EXPOSE 80 90-92/udp',
    { ExposedPorts: { '80/tcp': {}, '90/udp': {}, '91/udp': {}, '92/udp': {} } },
  ],
  ['STOPSIGNAL SIGUSR1', { StopSignal: 'SIGUSR1' }],
  ['ONBUILD RUN x', { OnBuild: ['RUN x'] }],
  ['CMD trap "x" 2\nwait', { Cmd: ['/bin/sh', '-c', 'trap "x" 2\nwait'] }],
];

for (const [text, config] of cases) t.same(change(text), config, text);

t.test('variables are those of the environment before, as in a Containerfile', async (t) => {
  const expand = (change: string): ImageSettings =>
    applyChanges({ Env: ['A=1 2', 'E='] }, [change]);
  const environments = {
    'ENV B=$A': 'B=1 2',
    'ENV B=${A}2': 'B=1 22',
    'ENV B="$A $C" ': 'B=1 2 ',
    "ENV B='$A'": 'B=$A',
    'ENV B=\\$A': 'B=$A',
    'ENV B=${C:-x}${A:-y}${E:-z}${E-z}': 'B=x1 2z',
    'ENV B=${C:+x}${A:+y}': 'B=y',
    'ENV B $A and more': 'B=1 2 and more',
    'ENV B=1$': 'B=1$',
    'ENV B=${A#1 }': 'B=2',
  };
  for (const [change, variable] of Object.entries(environments)) {
    t.same(expand(change).Env, ['A=1 2', 'E=', variable], change);
  }
  t.same(expand('ENV A=$A. B=$A').Env, ['A=1 2.', 'E=', 'B=1 2']);
  const others = {
    'LABEL l=$A': { Labels: { l: '1 2' } },
    'WORKDIR /$A': { WorkingDir: '/1 2' },
    'USER ${C:-7}': { User: '7' },
    'VOLUME /v${E:-w}': { Volumes: { '/vw': {} } },
    'EXPOSE ${C:-80}': { ExposedPorts: { '80/tcp': {} } },
  };
  for (const [change, config] of Object.entries(others)) t.match(expand(change), config, change);
  t.same(expand('CMD echo $A').Cmd, ['/bin/sh', '-c', 'echo $A'], 'its shell does that');
});

t.test('changes add up and leave what they are made of alone', async (t) => {
  const base = { Env: ['A=1', 'B=2'], Labels: { x: '1' }, Cmd: ['old'] };
  const changed = applyChanges(base, ['ENV A=3', 'LABEL y=2', 'CMD ["new"]']);
  t.same(changed, { Env: ['A=3', 'B=2'], Labels: { x: '1', y: '2' }, Cmd: ['new'] });
  t.same(base, { Env: ['A=1', 'B=2'], Labels: { x: '1' }, Cmd: ['old'] });
  const entry = { Entrypoint: ['e'] };
  t.match(
    applyChanges(base, ['ENTRYPOINT ["e"]']),
    { ...entry, Cmd: undefined },
    'made for another',
  );
  t.match(applyChanges(base, ['CMD ["c"]', 'ENTRYPOINT ["e"]']), { ...entry, Cmd: ['c'] });
});

const refused: [string, RegExp][] = [
  ['', /an instruction is needed/],
  ['ENV', /--change:1: ENV: ENV requires at least one argument/],
  ['ENV =x', /--change:1: ENV =x: ENV names can not be blank/],
  ['LABEL a', /LABEL must have two arguments/],
  ['RUN x', /--change "RUN x": RUN is not supported; CMD, .* VOLUME and WORKDIR are/],
  ['ARG x=1', /ARG is not supported/],
  ['FROM x', /FROM is not supported/],
  ['ONBUILD FROM x', /FROM isn't allowed as an ONBUILD trigger/],
  ['CMD ["a", 1]', /arrays must be comprised of strings only/],
  ['constructor x', /unknown instruction: constructor/],
  ['ENTRYPONT x', /unknown instruction: ENTRYPONT/],
  ['VOLUME ["x', /unexpected end of statement/],
  ['EXPOSE x', /"x" is no port/],
  ['EXPOSE 70000', /no port/],
  ['EXPOSE 0', /no port/],
  ['EXPOSE 9-8', /no port/],
  ['EXPOSE 80/foo', /no port/],
  ['ENV A=${', /ENV A=\$\{: syntax error: missing '\}'/],
  ['STOPSIGNAL NOPE', /Invalid signal: NOPE/],
];

for (const [text, message] of refused)
  t.throws(() => change(text), { code: 'bad-change', message });
