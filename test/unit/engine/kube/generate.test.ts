import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadAll } from 'js-yaml';
import t from 'tap';
import { playCaller } from '../../../support/fake-engine.ts';
import { openBench } from '../../../support/in-process.ts';

playCaller();

const heading =
  /^# Save the output of this file and use kubectl create -f to import\n# it into Kubernetes\.\n#\n# Created with bryo-\S+\n/;

/** Without the heading, and with the same time in each document. */
function plain(text: string): string {
  return text
    .replace(heading, '')
    .replace(/creationTimestamp: "[0-9T:-]+Z"/g, 'creationTimestamp: NOW');
}

interface Written {
  metadata: { annotations: object };
  spec: { restartPolicy?: string };
}

function documents(text: string): Written[] {
  return loadAll(text).filter((one) => one !== null) as Written[];
}

t.test('a container', async (t) => {
  const { ok } = openBench(t);
  const flags =
    '--read-only -e A=b -v /tmp:/mnt/x:ro -v My_Vol:/data -p 8080:80 -u 5:6 --cap-add NET_ADMIN --cap-drop fowner --workdir /etc -m 64m --cpus 0.5 --stop-timeout 3 --tmpfs /t';
  await ok(`create --name a_b ${flags} web top -d 3 yes`);
  const text = await ok('kube generate a_b');
  t.match(text, heading);
  t.equal(
    plain(text),
    `
# NOTE: If you generated this yaml from an unprivileged and rootless podman container on an SELinux
# enabled system, check the podman generate kube man page for steps to follow to ensure that your pod/container
# has the right permissions to access the volumes added.
---
apiVersion: v1
kind: Pod
metadata:
  creationTimestamp: NOW
  labels:
    app: ab-pod
  name: ab-pod
spec:
  containers:
  - command:
    - top
    - "-d"
    - "3"
    - "yes"
    env:
    - name: A
      value: b
    image: localhost/web:latest
    name: ab
    ports:
    - containerPort: 80
      hostPort: 8080
    resources:
      limits:
        cpu: 500m
        memory: 64Mi
    securityContext:
      capabilities:
        add:
        - CAP_NET_ADMIN
        drop:
        - CAP_FOWNER
      readOnlyRootFilesystem: true
      runAsGroup: 6
      runAsUser: 5
    volumeMounts:
    - mountPath: /mnt/x
      name: tmp-host-0
      readOnly: true
    - mountPath: /t
      name: tmp-1
    - mountPath: /data
      name: my-vol-pvc
    workingDir: /etc
  terminationGracePeriodSeconds: 3
  volumes:
  - hostPath:
      path: /tmp
      type: Directory
    name: tmp-host-0
  - emptyDir:
      medium: Memory
    name: tmp-1
  - name: my-vol-pvc
    persistentVolumeClaim:
      claimName: my-vol`,
  );
});

t.test('a pod, a volume and a service', async (t) => {
  const { ok, run } = openBench(t);
  await ok(
    'pod create --name p -p 127.0.0.1:9090:90/udp --add-host h:1.2.3.4 --dns 1.1.1.1 --dns-option ndots:2 --share +pid --infra-name holder',
  );
  t.match(await run('kube generate p'), {
    status: 125,
    err: /pod [0-9a-f]{64} only has an infra container/,
  });
  await ok('create --pod p --name first --init-ctr once --security-opt no-new-privileges web');
  await ok(
    'create --pod p --name last -ti --rm --init --security-opt unmask=ALL --annotation k=v --entrypoint cat web -c x',
  );
  t.match(await run('kube generate last'), {
    status: 125,
    err: /is associated with pod [0-9a-f]{64}: use generate on the pod/,
  });
  await ok('volume create --label a=b v');
  const [claim, service, pod] = documents(await ok('kube generate -s --podman-only p v'));
  t.match(claim, {
    kind: 'PersistentVolumeClaim',
    metadata: {
      name: 'v',
      labels: { a: 'b' },
      annotations: { 'volume.podman.io/driver': 'local' },
    },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  });
  t.match(service, {
    kind: 'Service',
    metadata: { name: 'p', labels: { app: 'p' } },
    spec: {
      ports: [{ name: '90', nodePort: /^3\d{4}$/, port: 90, protocol: 'UDP', targetPort: 90 }],
      selector: { app: 'p' },
      type: 'NodePort',
    },
  });
  t.same(pod?.metadata.annotations, {
    'io.podman.annotations.infra.name': 'holder',
    'io.podman.annotations.autoremove/last': 'TRUE',
    'io.podman.annotations.init/last': 'TRUE',
    'k/last': 'v',
  });
  t.same(pod?.spec, {
    containers: [
      {
        args: ['-c', 'x'],
        command: ['cat'],
        image: 'localhost/web:latest',
        name: 'last',
        ports: [{ containerPort: 90, hostIP: '127.0.0.1', protocol: 'UDP' }],
        securityContext: { procMount: 'Unmasked' },
        stdin: true,
        tty: true,
      },
    ],
    dnsConfig: { nameservers: ['1.1.1.1'], options: [{ name: 'ndots', value: '2' }] },
    hostAliases: [{ hostnames: ['h'], ip: '1.2.3.4' }],
    initContainers: [
      {
        image: 'localhost/web:latest',
        name: 'first',
        securityContext: { allowPrivilegeEscalation: false },
      },
    ],
    shareProcessNamespace: true,
  });
});

t.test('other kinds', async (t) => {
  const { ok, run } = openBench(t);
  for (const policy of ['no', 'always'])
    await ok(`create --name ${policy} --restart ${policy} web`);
  await ok('create --name plain web');
  const kind = async (flags: string) => documents(await ok(`kube generate ${flags}`))[0];
  t.match(await kind('-t deployment -r 3 always'), {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'always-pod-deployment', labels: { app: 'always-pod' } },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: 'always-pod' } },
      template: { metadata: { name: 'always-pod' }, spec: { restartPolicy: 'Always' } },
    },
  });
  t.match(await kind('-t daemonset plain'), {
    kind: 'DaemonSet',
    metadata: { name: 'plain-pod-daemonset' },
  });
  t.match(await kind('-t job plain'), {
    kind: 'Job',
    spec: { completions: 1, parallelism: 1, template: { spec: { restartPolicy: 'Never' } } },
  });
  t.match(await kind('no'), { kind: 'Pod', spec: { restartPolicy: 'Never' } });
  t.equal((await kind('plain'))?.spec.restartPolicy, undefined);
  const wrong: [string, RegExp][] = [
    ['-t deployment no', /k8s Deployments can only have restartPolicy set to Always/],
    ['-t daemonset no', /k8s DaemonSets can only have restartPolicy/],
    ['-t job always', /k8s Jobs can not have restartPolicy set to Always/],
    ['-r 2 plain', /--replicas can only be set when --type is set to deployment/],
    ['-t thing plain', /invalid generation type/],
    ['nothing', /name or ID "nothing" not found/],
  ];
  for (const [flags, err] of wrong)
    t.match(await run(`kube generate ${flags}`), { status: 125, err });
});

t.test('a file, and what is played of it', async (t) => {
  const { ok, run } = openBench(t);
  const path = join(mkdtempSync(join(tmpdir(), 'bryo-kube-')), 'file.yaml');
  await ok('create --name c --cap-drop all -e A=1 --restart on-failure web top -b');
  t.equal(await ok(`kube generate -f ${path} c`), '');
  const first = readFileSync(path, 'utf8');
  t.match(await run(`kube generate -f ${path} c`), {
    status: 125,
    err: /cannot write to .*; file exists/,
  });
  await ok(`kube play --start=false ${path}`);
  await ok('rm c');
  const again = plain(await ok('kube generate c-pod')).replaceAll('c-pod-c', 'c');
  t.equal(again, plain(first).trimEnd());
});
