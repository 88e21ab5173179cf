import t from 'tap';
import { listPods } from '../../../src/pod/records.ts';
import { openApiBench } from '../../support/api.ts';
import { playCaller } from '../../support/fake-engine.ts';

playCaller();

const base = '/v5.4.2/libpod';
const claim = 'kind: PersistentVolumeClaim\nmetadata: {name: data}';
const pod =
  'kind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, image: "localhost/web:latest"}]}';
const secret = 'kind: Secret\nmetadata: {name: s}\nstringData: {k: v}';
const id = /^[0-9a-f]{64}$/;

t.test('pods are made of a body, and removed by it', async (t) => {
  const { ask, engine } = openApiBench(t);
  const body = [claim, pod, secret].join('\n---\n');
  const made = await ask('POST', `${base}/play/kube?start=false`, { body });
  t.equal(made.status, 200);
  t.match(made.json, {
    Pods: [{ ID: id, Containers: [id], InitContainers: null, ContainerErrors: null }],
    Volumes: [{ Name: 'data' }],
    Secrets: [{ CreateReport: { ID: /^[0-9a-f]{25}$/ } }],
    StopReport: null,
  });
  const again = await ask('POST', `${base}/kube/play?start=false`, { body: pod });
  t.equal(again.status, 409);
  t.match(again.json, { cause: /./, message: /is in use: pod already exists/ });
  const anew = await ask('POST', `${base}/kube/play?start=false&replace=true`, { body: pod });
  t.equal(anew.status, 200);
  const written = await ask('GET', `${base}/kube/generate?names=p&type=deployment&replicas=2`);
  t.equal(written.status, 200);
  t.match(written.body, /\nkind: Deployment\n(.|\n)*replicas: 2\n/);
  const removed = await ask('DELETE', `${base}/play/kube?force=true`, { body });
  t.match(removed.json, {
    StopReport: [{ Id: id, Errs: [] }],
    RmReport: [{ Id: id, Err: null }],
    SecretRmReport: [{ ID: /./, Err: null }],
    VolumeRmReport: [{ Id: 'data', Err: null }],
  });
  t.same(listPods(engine.store), []);
});

t.test('what is refused', async (t) => {
  const { ask } = openApiBench(t);
  const wrong: [string, string, number, RegExp][] = [
    ['POST', '/kube/play', 400, /does not contain any supported kube kind/],
    ['POST', '/kube/play?build=x', 400, /^build: true or false is needed/],
    ['POST', '/kube/play?serviceContainer=true&start=false', 400, /^serviceContainer: /],
    ['POST', '/kube/play?staticMACs=x', 400, /invalid MAC address/],
    ['GET', '/kube/generate?names=none', 404, /name or ID "none" not found/],
    ['GET', '/kube/generate?names=none&type=x', 400, /type: there is no x/],
    ['DELETE', '/kube/play', 200, /^$/],
  ];
  for (const [method, path, status, message] of wrong) {
    const reply = await ask(method, `${base}${path}`);
    t.equal(reply.status, status, path);
    t.match((reply.json as { message?: string } | null)?.message ?? '', message, path);
  }
  const broken = await ask('POST', `${base}/kube/play`, {
    body: 'kind: Pod\nmetadata: {name: p}\nspec: 3',
  });
  t.match(broken.json, { message: /Pod "p": spec: a mapping is needed, not a number/ });
  const source = `${claim.slice(0, -1)}, annotations: {volume.podman.io/import-source: /etc/passwd}}`;
  const remote = await ask('POST', `${base}/kube/play`, { body: source });
  t.equal(remote.status, 501);
  const escaped = source
    .replace('import-source', 'import\\x2dsource')
    .replace(/(volume[^:]*)/, '"$1"');
  t.equal((await ask('POST', `${base}/kube/play`, { body: escaped })).status, 501);
  const beside = new URLSearchParams({
    annotations: '{"volume.podman.io/import-source":"/etc/passwd"}',
  });
  t.equal((await ask('POST', `${base}/kube/play?${beside}`, { body: claim })).status, 501);
  const headers = { 'Content-Type': 'application/x-tar' };
  const archives: [string, RegExp][] = [
    ['', /./],
    ['no archive', /the archive has no play.yaml/],
  ];
  for (const [body, message] of archives) {
    const reply = await ask('POST', `${base}/kube/play`, { body, headers });
    t.equal(reply.status, 400, body);
    t.match(reply.json, { message });
  }
});
