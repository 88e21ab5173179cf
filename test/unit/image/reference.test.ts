import t from 'tap';
import { formatReference, parseReference } from '../../../src/image/reference.ts';

const hex = 'a'.repeat(64);

t.test('names are completed as docker does', async (test) => {
  const cases = [
    ['alpine', 'docker.io/library/alpine:latest'],
    ['alpine:3.20', 'docker.io/library/alpine:3.20'],
    ['user/app', 'docker.io/user/app:latest'],
    ['docker://index.docker.io/alpine', 'docker.io/library/alpine:latest'],
    ['localhost/app', 'localhost/app:latest'],
    ['localhost:5000/a/b:V1', 'localhost:5000/a/b:V1'],
    ['quay.io/a/b__c/d-e.f', 'quay.io/a/b__c/d-e.f:latest'],
    ['[::1]:5000/x', '[::1]:5000/x:latest'],
    ['HOST/x', 'HOST/x:latest'],
    [`alpine@sha256:${hex}`, `docker.io/library/alpine@sha256:${hex}`],
    [`alpine:3@sha256:${hex}`, `docker.io/library/alpine@sha256:${hex}`],
  ];
  for (const [text = '', full = ''] of cases) {
    test.equal(formatReference(parseReference(text)), full, text);
  }
  test.ok(parseReference('alpine').short);
  test.notOk(parseReference('docker.io/library/alpine').short);
});

t.test('what is no reference', async (test) => {
  const bad = ['', 'Alpine', 'a b', 'a/../b', '/a', 'a/', 'a//b', 'a:', 'a:-x', 'a..b', '-a', hex];
  const digests = ['a@sha256:short', `a@sha256:${hex.toUpperCase()}`, 'a@sha256:../x', 'a@b@c'];
  const long = ['a'.repeat(300), `a:${'t'.repeat(129)}`, 'a'.repeat(5000)];
  for (const text of [...bad, ...digests, ...long, '../../etc', 'a?b', 'a%2fb', 'host:5000x/a']) {
    test.throws(() => parseReference(text), { code: 'bad-reference' }, text.slice(0, 40));
  }
});
