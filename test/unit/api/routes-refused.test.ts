/** Routes of Docker's API and of podman's that are there, and which refuse what is not to be had. */
import t from 'tap';
import { openApiBench } from '../../support/api.ts';
import { playCaller } from '../../support/fake-engine.ts';

playCaller();

t.test('what only swarms, plugins and checkpoints have', async (t) => {
  const { ask } = openApiBench(t);
  const refused: [string, string, number, RegExp][] = [
    ['DELETE', '/v1.48/nodes/one', 503, /not a swarm manager/],
    ['POST', '/v1.48/services/one/update', 503, /not a swarm manager/],
    ['GET', '/v1.48/tasks/one/logs', 503, /not a swarm manager/],
    ['GET', '/v1.48/swarm/unlockkey', 503, /not a swarm manager/],
    ['DELETE', '/v1.48/configs/one', 503, /not a swarm manager/],
    ['POST', '/v1.48/plugins/pull?remote=vieux/sshfs', 501, /plugins are not supported/],
    ['GET', '/v1.48/plugins/privileges?remote=vieux/sshfs', 501, /plugins are not supported/],
    ['POST', '/v1.48/plugins/vieux/sshfs:latest/enable', 404, /plugin not found/],
    ['DELETE', '/v1.48/plugins/vieux/sshfs:latest', 404, /plugin not found/],
    [
      'POST',
      '/v5.4.2/libpod/containers/one/checkpoint',
      501,
      /checkpoint is not supported: only CRIU/,
    ],
    ['POST', '/v5.4.2/libpod/containers/one/restore', 501, /restore is not supported: only CRIU/],
    ['POST', '/v5.4.2/libpod/kube/apply', 501, /no cluster is spoken with/],
    ['POST', '/v5.4.2/libpod/images/scp/one@host::web', 501, /bryo image scp/],
  ];
  for (const [method, path, status, words] of refused) {
    const reply = await ask(method, path);
    t.equal(reply.status, status, path);
    t.match((reply.json as { message: string }).message, words, path);
  }
});

t.test('the description of all routes is a document itself', async (t) => {
  const { ask } = openApiBench(t);
  const reply = await ask('GET', '/v5.4.2/libpod/swagger');
  t.equal(reply.status, 200);
  t.equal(reply.headers.get('content-type'), 'text/x-yaml');
  const { paths } = JSON.parse(reply.body) as { paths: Record<string, object> };
  t.ok(paths['/libpod/swagger']);
  t.ok(paths['/containers/{container}/attach/ws']);
});

t.test('names that a short one may stand for', async (t) => {
  const { ask } = openApiBench(t);
  const full = await ask('GET', '/v5.4.2/libpod/images/quay.io/team/web:2/resolve');
  t.same(full.json, { Names: ['quay.io/team/web:2'] });
});

t.test('a store without damage', async (t) => {
  const { ask } = openApiBench(t);
  const reply = await ask('POST', '/v5.4.2/libpod/system/check?quick=true');
  t.equal(reply.status, 200);
  t.match(reply.json, { Errors: false, Layers: {}, Images: {}, Containers: {} });
  const wrong = await ask('POST', '/v5.4.2/libpod/system/check?unreferenced_layer_max_age=soon');
  t.equal(wrong.status, 400);
});

t.test("reasons and leniences of podman's API", async (t) => {
  const { ask } = openApiBench(t);
  const broken = await ask('GET', '/v5.4.2/libpod/volumes/json?filters=garbage');
  t.match(broken.json, { cause: "invalid character 'g' looking for beginning of value" });
  const cut = await ask('GET', '/v5.4.2/libpod/volumes/json?filters={"label":["a');
  t.match(cut.json, { cause: 'unexpected end of JSON input' });
  const key = await ask('POST', '/v5.4.2/libpod/volumes/prune?filters={"name":["a"]}');
  t.match(key.json, { cause: '"name" is an invalid volume filter', response: 500 });
  t.equal((await ask('POST', '/v1.48/volumes/prune?filters={"name":["a"]}')).status, 400);
  const exists = await ask('GET', '/v5.4.2/libpod/images/absent/exists');
  t.match(exists.json, { cause: 'failed to find image absent', response: 404 });
  // As its service, which reads one value: docker's refuses what comes after it.
  const body = '{"Name":"one"}}';
  t.equal((await ask('POST', '/v5.4.2/libpod/volumes/create', { body })).status, 201);
  t.equal((await ask('POST', '/v1.48/volumes/create', { body })).status, 400);
  await ask('POST', '/v5.4.2/libpod/volumes/create', { body: { Name: 'two' } });
  await ask('POST', '/v5.4.2/libpod/volumes/create', { body: { Name: 'three' } });
  const two = await ask('GET', '/v5.4.2/libpod/volumes/json?filters={"name":["one","two"]}');
  t.same((two.json as { Name: string }[]).map(({ Name }) => Name).sort(), ['one', 'two']);
});
