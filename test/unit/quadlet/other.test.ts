import t from 'tap';
import { convert, problemsOf, serviceText, startLine } from './support.ts';

const container = '[Container]\nImage=hello\n';

t.test('units name each other', async (t) => {
  const all = convert({
    'web.container': `${container}Volume=data.volume:/data:ro\nMount=type=volume,source=data.volume,destination=/d\nNetwork=net.network:alias=x\n[Unit]\nWants=other.container\n`,
    'other.container':
      '[Container]\nImage=app.image\nNetwork=web.container\nVolume=./here:/here\nVolume=%h/x:/x\n',
    'data.volume': '[Volume]\nVolumeName=precious\n',
    'net.network': '[Network]\nSubnet=10.1.0.0/16\n',
    'app.image': '[Image]\nImage=quay.io/app:1\n',
  });
  const web = all.get('web.container')?.service?.text ?? '';
  t.match(
    web,
    /--volume precious:\/data:ro --mount type=volume,source=precious,destination=\/d --network systemd-net:alias=x hello$/m,
  );
  t.match(web, /^Requires=data-volume\.service\nAfter=data-volume\.service$/m);
  t.equal(web.match(/^Requires=data-volume/gm)?.length, 1);
  t.match(web, /^Requires=net-network\.service$/m);
  t.match(web, /^Wants=other\.service$/m);
  const other = all.get('other.container')?.service?.text ?? '';
  t.match(
    other,
    /--volume \/units\/here:\/here --volume %h\/x:\/x --network container:systemd-web quay\.io\/app:1$/m,
  );
  t.match(other, /^RequiresMountsFor=\/units\/here$/m);
  t.match(other, /^RequiresMountsFor=%h\/x$/m);
  t.match(other, /^After=app-image\.service$/m);
});

t.test('a unit that is named but missing is an error', async (t) => {
  t.match(problemsOf(`${container}Volume=no.volume:/x\n`), [
    /:3: Volume= names no\.volume, which does not exist/,
  ]);
  t.match(problemsOf(`${container}Network=no.network\n`), [/names no\.network/]);
  t.match(problemsOf('[Container]\nImage=no.image\n'), [/names no\.image/]);
  t.match(problemsOf(`${container}[Unit]\nAfter=no.container\n`), [
    /:4: After= names no\.container/,
  ]);
});

t.test('units name instances of templates', async (t) => {
  const all = convert({
    'net@.network': '[Network]\n',
    'data@.volume': '[Volume]\nVolumeName=data-%i-100%%i\n',
    'web.container': `${container}Network=net@red.network:ip=10.1.0.5\nVolume=data@red.volume:/d\n[Unit]\nAfter=data@blue.volume\n`,
    'web@.container': `${container}Network=net@%i.network\n`,
    'lost.container': `${container}Network=other@red.network\n`,
  });
  const web = all.get('web.container')?.service?.text ?? '';
  t.match(web, / --volume data-red-100%%i:\/d --network systemd-net_red:ip=10\.1\.0\.5 hello$/m);
  t.match(web, /^Requires=net-network@red\.service\nAfter=net-network@red\.service$/m);
  t.match(web, /^Requires=data-volume@red\.service$/m);
  t.match(web, /^After=data-volume@blue\.service$/m);
  const template = all.get('web@.container')?.service?.text ?? '';
  t.match(template, / --network systemd-net_%i hello$/m);
  t.match(template, /^Requires=net-network@%i\.service$/m);
  t.match(all.get('lost.container')?.problems, [
    { message: /Network= names other@red\.network, which does not exist/ },
  ]);
});

t.test('what containers and networks may reach outside', async (t) => {
  const rules = 'Egress=example.com:443 10.0.0.0/8\nEgress=*.debian.org\n';
  const flags = '--egress example.com:443 --egress 10.0.0.0/8 --egress *.debian.org';
  t.match(startLine(`${container}${rules}`), `${flags} hello`);
  t.equal(
    startLine(`[Network]\n${rules}`, 'n.network'),
    `network create --ignore ${flags} systemd-n`,
  );
  t.match(serviceText('[Pod]\nEgress=none\n', 'p.pod'), / --egress none$/m);
});

t.test("another container's network has no options", async (t) => {
  const all = convert({
    'a.container': container,
    'b.container': `${container}Network=a.container:ip=10.1.0.5\n`,
  });
  t.match(all.get('b.container')?.problems, [
    { line: 3, message: /a\.container:ip=10\.1\.0\.5: a container's network takes no options/ },
  ]);
});

t.test('ports that are told of', async (t) => {
  t.match(startLine(`${container}ExposeHostPort=80-90/udp\n`), / --expose 80-90\/udp hello$/);
  t.match(problemsOf(`${container}ExposeHostPort=127.0.0.1:80\n`), [
    /:3: ExposeHostPort=127\.0\.0\.1:80: PORT/,
  ]);
});

t.test('volumes', async (t) => {
  t.equal(
    startLine(
      '[Volume]\nLabel=a=b "c=d e"\nDevice=tmpfs\nType=tmpfs\nOptions=size=1m\nUser=3\nCopy=false\n',
      'data.volume',
    ),
    'volume create --ignore --opt device=tmpfs --opt type=tmpfs --opt o=size=1m --label a=b --label "c=d e" --opt nocopy --opt uid=3 systemd-data',
  );
  t.match(serviceText('[Volume]\n', 'data.volume'), /Type=oneshot\nRemainAfterExit=yes/);
});

t.test('images, networks and builds', async (t) => {
  t.equal(
    startLine('[Image]\nImage=quay.io/x\nTLSVerify=false\n', 'x.image'),
    'image pull --tls-verify=false quay.io/x',
  );
  t.equal(
    startLine('[Network]\nSubnet=10.0.0.0/8\nInternal=true\n', 'n.network'),
    'network create --ignore --subnet 10.0.0.0/8 --internal systemd-n',
  );
  t.match(problemsOf('[Network]\nGateway=10.0.0.1\n', 'n.network'), [
    /cannot set gateway or range without subnet/,
  ]);
  t.match(
    problemsOf(
      '[Network]\nSubnet=10.0.0.0/8\nIPRange=10.1.0.0/16\nIPRange=10.2.0.0/16\n',
      'n.network',
    ),
    [/cannot set more ranges than subnets/],
  );
  t.equal(
    startLine('[Build]\nImageTag=me\nFile=./sub/Containerfile\nBuildArg=A=1\n', 'b.build'),
    'build --tag me --file /units/sub/Containerfile --build-arg A=1 /units/sub',
  );
  t.match(problemsOf('[Build]\n', 'b.build'), [/ImageTag= is needed/]);
  t.match(problemsOf('[Image]\n', 'x.image'), [/Image= is needed/]);
  t.match(problemsOf('[Kube]\n', 'k.kube'), [/Yaml= is needed/]);
  t.equal(
    startLine(
      '[Kube]\nYaml=a.yaml\nConfigMap=m.yaml\nAutoUpdate=c/local\nExitCodePropagation=any\n',
      'k.kube',
    ),
    'kube play --replace --service-container=true --service-exit-code-propagation any --configmap /units/m.yaml --annotation io.containers.autoupdate/c=local /units/a.yaml',
  );
});

t.test('pods start their containers', async (t) => {
  const all = convert({
    'p.pod': '[Pod]\nPublishPort=80:80\n',
    'a.container': `${container}Pod=p.pod\n`,
    'b.container': `${container}Pod=p.pod\nStartWithPod=no\n`,
  });
  const pod = all.get('p.pod')?.service;
  t.equal(pod?.name, 'p-pod.service');
  t.match(pod?.text, /^Wants=a\.service\nBefore=a\.service$/m);
  t.notMatch(pod?.text, /b\.service/);
  t.match(
    pod?.text,
    /^ExecStartPre=.* pod create --replace --name systemd-p --exit-policy stop --publish 80:80$/m,
  );
  const member = all.get('a.container')?.service?.text;
  t.match(member, /^BindsTo=p-pod\.service\nAfter=p-pod\.service$/m);
  t.match(member, /--pod systemd-p hello$/m);
  t.match(problemsOf(`${container}Pod=p\n`), [/the name of a \.pod file/]);
});
