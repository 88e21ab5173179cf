// D6: buildkit 2024-23650, 2024-23653, GHSA-7236-3392-c5c6, GHSA-g2h8-426c-7976. Builds that are asked for over the API:
// they get no right that the command line refuses, read no file outside of the context, and whatever their parameters
// are, nobody crashes.
import { request } from 'node:http';
import { join } from 'node:path';
import t from 'tap';
import { pack } from 'tar-stream';
import { buildQuery } from '../../src/api/libpod/body/build.ts';
import { Service } from '../support/service.ts';
import { Attack } from './support.ts';

const attack = new Attack();
const { sandbox, victim } = attack;
const service = new Service(sandbox);

async function context(files: Record<string, string>): Promise<Buffer> {
  const packer = pack();
  for (const [name, content] of Object.entries(files)) packer.entry({ name }, content);
  packer.finalize();
  const pieces: Buffer[] = [];
  for await (const piece of packer) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

/** The status and all that is told of a build. */
function build(path: string, body: Buffer): Promise<{ status: number; said: string }> {
  return new Promise((resolve, reject) => {
    const headers = { 'Content-Type': 'application/x-tar', 'Content-Length': body.length };
    const options = { socketPath: service.socket, method: 'POST', path, headers };
    const asked = request(options, (answer) => {
      let said = '';
      answer.setEncoding('utf8').on('data', (more: string) => {
        said += more;
      });
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, said }));
      answer.on('error', reject);
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

const ways = ['/build', '/v5.0.0/libpod/build'];

t.before(() => service.ready());

t.test('a build that is as it should be', async (t) => {
  const body = await context({
    Dockerfile: 'FROM hello\nCOPY own /own\nRUN cat /own\n',
    own: 'mine',
  });
  for (const way of ways) {
    const { status, said } = await build(`${way}?nocache=1`, body);
    t.equal(status, 200, way);
    t.match(said, /mine/, said);
  }
});

t.test('a build gets no right that it must not have', async (t) => {
  const insecure = await context({ Dockerfile: 'FROM hello\nRUN --security=insecure true\n' });
  for (const way of ways) {
    const { said } = await build(way, insecure);
    t.match(said, /insecure/, `${way}: ${said}`);
    t.notMatch(said, /COMMIT|Successfully/, way);
  }
});

t.test('files outside of the context are out of reach', async (t) => {
  const canary = join(victim, 'canary');
  const files = {
    Dockerfile: 'FROM hello\nRUN --mount=type=secret,id=s,required cat /run/secrets/s\n',
  };
  const body = await context(files);
  const up = `${'../'.repeat(20)}${canary.slice(1)}`;
  const asks = [
    ...[canary, up].map((path) => `dockerfile=${encodeURIComponent(path)}`),
    ...[canary, up].map((path) => `secrets=${encodeURIComponent(`["id=s,src=${path}"]`)}`),
    `remote=${encodeURIComponent(victim)}`,
    `remote=${encodeURIComponent(`file://${canary}`)}`,
    `remote=${encodeURIComponent(`git://--upload-pack=x/${victim}`)}`,
  ];
  for (const way of ways) {
    for (const words of asks) {
      const { status, said } = await build(`${way}?${words}`, body);
      t.notMatch(said, /stream":"canary|canary\\n"/, `${way} ${words}`);
      t.ok(status === 400 || /"error/.test(said), `${way} ${words}: ${status} ${said}`);
    }
  }
  t.equal(attack.damage(), '');
});

t.test('whatever the parameters are, an answer comes', async (t) => {
  const body = await context({ Dockerfile: 'FROM hello\nLABEL a=b\n' });
  const values = [
    '',
    '[',
    '{"a":',
    '[[[]]]',
    '{"__proto__":{"a":1}}',
    '-1',
    '1e400',
    '\0',
    '../../x',
  ];
  for (const way of ways) {
    for (const name of Object.keys(buildQuery)) {
      for (const value of values) {
        const { status, said } = await build(`${way}?${name}=${encodeURIComponent(value)}`, body);
        const known = [200, 400, 403, 404, 501].includes(status);
        if (!known || /TypeError|RangeError|undefined|\bat \//.test(said)) {
          t.fail(`${way}?${name}=${JSON.stringify(value)}: ${status} ${said}`);
        }
      }
    }
  }
  t.equal((await build('/build', body)).status, 200, 'and the service is there');
});

t.test('broken contexts are errors', async (t) => {
  const whole = await context({ Dockerfile: 'FROM hello\nLABEL a=b\n' });
  const bodies = [
    Buffer.alloc(0),
    whole.subarray(0, 700),
    Buffer.alloc(4096, 0xff),
    whole.subarray(3),
  ];
  for (const way of ways) {
    for (const body of bodies) {
      const { status, said } = await build(way, body);
      t.ok(status === 400 || /"error/.test(said), `${way}: ${status} ${said}`);
    }
  }
});

t.test('nothing is left', async (t) => {
  t.equal(await service.stop(), 0);
  t.notMatch(service.log, /crash|died|TypeError/, service.log);
  t.same(attack.close(), []);
});
