import t from 'tap';
import { type ApiReply, openApiBench } from '../../../support/api.ts';
import { playCaller } from '../../../support/fake-engine.ts';
import { imageDocuments } from '../../../support/fake-image.ts';
import { openRegistry } from '../../../support/fake-registry.ts';

playCaller();

const linesOf = ({ body }: ApiReply) =>
  body
    .trim()
    .split('\r\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

t.test("a pull tells of itself in podman's words, or in Docker's", async (t) => {
  const { ask } = openApiBench(t);
  const registry = await openRegistry(t);
  registry.image = imageDocuments({ Cmd: ['serve'] });
  const pull = (more: string): Promise<ApiReply> => {
    const query = `reference=${registry.host}/app:1&tlsVerify=false${more}`;
    return ask('POST', `/v5.4.2/libpod/images/pull?${query}`);
  };
  const own = linesOf(await pull(''));
  t.match(own[0], { stream: /^Trying to pull / });
  const { id } = own.at(-1) ?? {};
  t.match(id, /^[0-9a-f]{64}$/);
  const compatible = await pull('&compatMode=true');
  t.equal(compatible.status, 200);
  const docker = linesOf(compatible);
  t.same(docker.at(-1), {
    status: 'Download complete',
    progressDetail: {},
    id: String(id).slice(0, 12),
  });
  for (const line of docker) t.notOk('stream' in line || 'error' in line);
  const both = await pull('&compatMode=true&quiet=true');
  t.equal(both.status, 500);
  t.match(both.json, { message: "'quiet' and 'compatMode' cannot be used simultaneously" });
  registry.image = null;
  const missing = await pull('&compatMode=true');
  t.ok(missing.status >= 400, 'before anything was told the status says what is wrong');
});
