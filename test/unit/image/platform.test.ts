import t from 'tap';
import type { Descriptor, ManifestIndex } from '../../../src/image/manifest.ts';
import {
  formatPlatform,
  hostPlatform,
  parsePlatform,
  selectManifest,
} from '../../../src/image/platform.ts';

function indexOf(...platforms: string[]): ManifestIndex {
  const manifests = platforms.map((text, number): Descriptor => {
    const [os = '', architecture = '', variant = null] = text.split('/');
    const digest = `sha256:${String(number).padStart(64, '0')}` as const;
    return {
      mediaType: '',
      digest,
      size: 1,
      annotations: {},
      platform: { os, architecture, variant },
    };
  });
  return { kind: 'index', mediaType: '', manifests };
}

function choose(wanted: string, ...offered: string[]): string {
  const found = selectManifest(indexOf(...offered), parsePlatform(wanted), 'x');
  return found.platform === null ? '' : formatPlatform(found.platform);
}

t.test('platforms are read and named', async (test) => {
  test.equal(formatPlatform(hostPlatform('x64')), 'linux/amd64');
  test.equal(formatPlatform(hostPlatform('arm64')), 'linux/arm64/v8');
  test.equal(formatPlatform(parsePlatform('linux/x86_64')), 'linux/amd64');
  test.equal(formatPlatform(parsePlatform('arm64')), 'linux/arm64');
  test.match(parsePlatform('windows'), { os: 'windows', architecture: /^[a-z0-9]+$/ });
  test.equal(parsePlatform('linux').architecture, hostPlatform(process.arch).architecture);
  for (const bad of ['', 'a/b/c/d', 'linux/', 'linux/a b', 'nonsense', 'linus']) {
    test.throws(() => parsePlatform(bad), { code: 'bad-platform' }, bad);
  }
});

t.test('the best entry is chosen', async (test) => {
  test.equal(choose('linux/amd64', 'linux/arm64', 'windows/amd64', 'linux/amd64'), 'linux/amd64');
  test.equal(choose('linux/arm64/v8', 'linux/arm64'), 'linux/arm64');
  test.equal(choose('linux/arm64', 'linux/arm64/v8'), 'linux/arm64/v8');
  test.equal(choose('linux/arm/v7', 'linux/arm/v5', 'linux/arm/v6'), 'linux/arm/v6');
  test.equal(choose('linux/arm/v7', 'linux/arm/v6', 'linux/arm/v7'), 'linux/arm/v7');
  test.throws(() => choose('linux/arm/v6', 'linux/arm/v7'), { code: 'no-matching-platform' });
  test.throws(() => choose('linux/s390x', 'linux/amd64', 'unknown/unknown'), {
    message: 'x has no image for linux/s390x, only for linux/amd64',
  });
});
