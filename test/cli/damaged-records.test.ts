import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { eventually, Sandbox } from '../support/bryo.ts';
import { lives } from '../torture/processes.ts';

const sandbox = new Sandbox();
const none = ['--network', 'none'];
const place = (...names: string[]) => join(sandbox.root, ...names);

t.test('a running container whose record is lost stays as it is, and is shown', async (t) => {
  const run = ['run', '-d', '--name', 'lost', '--restart', 'always', ...none];
  const id = sandbox.ok(...run, 'hello', 'sleep', '1000').trim();
  const pid = Number(sandbox.ok('inspect', '-f', '{{.State.Pid}}', id));
  const record = place('containers', id, 'record.json');
  sandbox.ok('create', '--name', 'other', ...none, 'hello', 'echo', 'fine');
  for (const harm of [() => rmSync(record), () => writeFileSync(record, '{"id":')]) {
    harm();
    const format = ['--format', '{{.ID}} {{.Names}} {{.Status}}'];
    t.match(sandbox.ok('ps', ...format), new RegExp(`^${id.slice(0, 12)} lost Damaged$`, 'm'));
    t.match(JSON.parse(sandbox.ok('ps', '-a', '--format', 'json')), [
      { Names: ['other'] },
      { Id: id, State: 'damaged', Status: /record\.json (is missing|is cut short)/ },
    ]);
    for (const verb of ['inspect', 'start', 'stop', 'logs', 'rm']) {
      const { code, stderr } = sandbox.run([verb, 'lost']);
      t.equal(code, 125, verb);
      t.match(stderr, /^Error: the record of container .* is damaged: \/.*record\.json is/, verb);
    }
    t.equal(sandbox.ok('start', '-a', 'other'), 'fine\n');
    t.ok(lives(pid), 'it runs');
  }
  // Whoever collects what nobody needs does not know what this one needs.
  sandbox.ok('rm', 'other');
  sandbox.ok('image', 'rm', 'hello');
  t.equal(sandbox.run(['volume', 'prune', '-f']).code, 125);
  t.equal(readdirSync(place('layers')).length, 1, 'the layer is there');
  t.ok(lives(pid), 'it runs');
  t.match(sandbox.run(['system', 'check', '--quick']), {
    code: 125,
    stdout: /^container lost has a damaged record: .*record\.json is cut short/m,
  });
  t.equal(sandbox.run(['create', '--name', 'lost', 'hello', 'true']).code, 125, 'it has its name');
  t.equal(sandbox.ok('rm', '-f', 'lost'), 'lost\n');
  await eventually('its process is gone', () => !lives(pid));
  t.equal(sandbox.run(['container', 'exists', 'lost']).code, 1);
  t.same(readdirSync(place('names')), []);
});

t.test('a damaged pod, secret or volume keeps nobody from the others', async (t) => {
  for (const name of ['bad', 'good']) {
    sandbox.ok('pod', 'create', '--name', name, ...none);
    sandbox.run(['secret', 'create', name, '-'], { input: name });
    sandbox.ok('volume', 'create', name);
  }
  sandbox.ok('create', '--pod', 'bad', '--name', 'member', 'hello', 'true');
  const pod = sandbox.ok('pod', 'inspect', '-f', '{{.Id}}', 'bad').trim();
  const secret = sandbox.ok('secret', 'inspect', '-f', '{{.ID}}', 'bad').trim();
  const files = {
    pod: place('pods', `${pod}.json`),
    secret: place('secrets', `${secret}.json`),
    volume: place('volumes', 'bad', 'volume.json'),
  };
  for (const path of Object.values(files)) writeFileSync(path, '{"name":');
  const pods = sandbox.ok('pod', 'ps', '--format', '{{.Id}} {{.Name}} {{.Status}}');
  t.match(pods, / good Created$/m);
  t.match(pods, new RegExp(`^${pod.slice(0, 12)}  Damaged$`, 'm'));
  const secrets = sandbox.ok('secret', 'ls', '--format', '{{.ID}} {{.Name}} {{.Driver}}');
  t.match(secrets, / good file$/m);
  t.match(secrets, new RegExp(`^${secret}  damaged$`, 'm'));
  const volumes = sandbox.ok('volume', 'ls', '--format', '{{.Name}} {{.Driver}}');
  t.same(volumes.split('\n').sort(), ['', 'bad damaged', 'good local']);
  t.match(sandbox.ok('ps', '-a', '--pod', '--format', '{{.Names}}'), /^member$/m);
  for (const [kind, path] of Object.entries(files)) {
    const name = { pod, secret }[kind] ?? 'bad';
    const { code, stderr } = sandbox.run([kind, 'inspect', name]);
    t.equal(code, 125, kind);
    t.match(stderr, `${path} is cut short`, kind);
    t.equal(sandbox.run([kind, 'inspect', 'good']).code, 0, kind);
  }
  const found = sandbox.run(['system', 'check', '--quick']);
  t.equal(found.code, 125);
  for (const path of Object.values(files)) t.match(found.stdout, `${path} is cut short`);
  t.match(sandbox.run(['system', 'check', '--quick', '--repair']), {
    code: 125,
    stdout: /^volume bad .*\(described anew; labels and options are lost\)$/m,
  });
  sandbox.ok('system', 'check', '--quick', '--repair', '--force');
  t.equal(sandbox.ok('system', 'check', '--quick'), '');
  t.same(readdirSync(place('pods')).length, 1);
  t.same(readdirSync(place('secrets')).length, 2);
  t.equal(sandbox.run(['container', 'exists', 'member']).code, 1, 'it went with its pod');
  sandbox.ok('pod', 'rm', 'good');
  sandbox.ok('secret', 'rm', 'good');
  sandbox.ok('volume', 'rm', '-a');
});

t.test('a lost layer record takes nothing from a container that runs', async (t) => {
  sandbox.ok('run', '-d', '--name', 'live', ...none, 'hello', 'sleep', '1000');
  const [layer = ''] = readdirSync(place('layers'));
  rmSync(place('layers', layer, 'layer.json'));
  sandbox.ok('run', '--rm', ...none, 'hello', 'true');
  t.match(sandbox.ok('exec', 'live', 'cat', '/etc/group'), /^root/m, 'its files are there');
  sandbox.ok('rm', '-f', '-t', '0', 'live');
  sandbox.ok('ps');
  t.same(readdirSync(place('tmp')), []);
});

t.test('a lost name is found again, and one that nobody bears goes', async (t) => {
  sandbox.ok('create', '--name', 'c', ...none, 'hello', 'true');
  for (const content of [null, '', 'f'.repeat(64)]) {
    if (content === null) rmSync(place('names', 'c'));
    else writeFileSync(place('names', 'c'), content);
    t.equal(sandbox.ok('start', 'c'), 'c\n');
  }
  t.match(
    sandbox.ok('system', 'check', '--repair'),
    /^name c has a damaged file \(written again\)/m,
  );
  const [id = ''] = readdirSync(place('containers'));
  // As a rename leaves it that is killed after it has claimed the new name.
  writeFileSync(place('names', 'new'), id);
  t.equal(sandbox.run(['container', 'exists', 'new']).code, 1, 'it is nobody yet');
  t.equal(sandbox.ok('system', 'check', '--quick'), '', 'it is no damage');
  t.notOk(existsSync(place('names', 'new')));
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
