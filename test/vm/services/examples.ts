import { mkdirSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import t from 'tap';
import { unitExamples } from '../../../src/cli/docs/unit-page.ts';
import { bryo, discard, home, install, property, run, systemctl } from './support.ts';

function fetchText(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      answer.on('end', () => resolve(text));
    }).on('error', reject);
  });
}

/** The images of the examples, as far as they use them. */
function makeImages(): void {
  bryo('create', '--name', 'maker', 'hello');
  const server = 'CMD ["httpd", "-f", "-p", "80", "-h", "/usr/share/nginx/html"]';
  bryo('commit', '--quiet', '--change', server, 'maker', 'docker.io/library/nginx:latest');
  bryo('tag', 'hello', 'docker.io/library/busybox:latest');
  bryo('rm', 'maker');
}

t.test('the examples of the manual, as they are printed', async (t) => {
  makeImages();
  mkdirSync(join(home, 'data'), { recursive: true });
  mkdirSync(join(home, 'backup'), { recursive: true });
  writeFileSync(join(home, 'data/file'), 'kept\n');
  // Those that others need come first.
  const examples = [...unitExamples].sort((a, b) => b.file.localeCompare(a.file));
  const volumes = examples.filter(({ file }) => file.endsWith('.volume'));
  const others = examples.filter(({ file }) => !file.endsWith('.volume'));
  for (const { file, text } of [...volumes, ...others]) {
    t.match(install(file, ...text.trimEnd().split('\n')), { code: 0, stderr: '' }, file);
  }
  t.match(systemctl('start', 'web.service'), { code: 0, stderr: '' });
  t.equal(property('content-volume.service', 'ActiveState'), 'active');
  const fill = [
    '--volume',
    'systemd-content:/content',
    'hello',
    'sh',
    '-c',
    'echo moss >/content/index.html',
  ];
  t.match(bryo('run', '--rm', ...fill), { code: 0, stderr: '' });
  t.equal(await fetchText('http://127.0.0.1:8080/index.html'), 'moss\n');
  t.match(property('default.target', 'Wants'), /\bweb\.service\b/);
  t.match(systemctl('start', 'backup.service'), { code: 0, stderr: '' });
  t.match(run('tar', '-tf', join(home, 'backup/data.tar')).stdout, /^\.\/file$/m);
  discard('web.container', 'web.service');
  discard('content.volume', 'content-volume.service');
  discard('backup.container', 'backup.service');
  bryo('rmi', 'docker.io/library/nginx', 'docker.io/library/busybox');
});
