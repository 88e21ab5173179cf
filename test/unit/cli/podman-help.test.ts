// The help that programs written for podman take apart (its own test: test/system/015-help.bats).
import t from 'tap';
import { commands } from '../../../src/cli/commands.ts';
import { nounOf } from '../../../src/cli/find-command.ts';
import { helpOfCommand, helpOfNoun, overview } from '../../../src/cli/show-help.ts';
import { spelling } from '../../../src/cli/spelling.ts';

const specs = await Promise.all(commands.map((entry) => entry.load()));

function listed(help: string): string[] {
  const [, list = ''] = /(?:^|\n)Available Commands:\n([\s\S]*?)(?:\n\n|$)/.exec(help) ?? [];
  return list.split('\n').flatMap((line) => line.trim().split(/\s+/)[0] || []);
}

t.test('every command has its usage, in podman’s form', async (t) => {
  for (const spec of specs) {
    const words = spelling(spec);
    const help = helpOfCommand(spec, 'podman', words);
    const [, usage = ''] = /^Usage:\n {2}podman (.*)$/m.exec(help) ?? [];
    t.ok(`${usage} `.startsWith(`${words} `), usage);
    const hasOptions = spec.options.length > 0;
    t.equal(/^Options:$/m.test(help), hasOptions, words);
    t.equal(usage.startsWith(`${words} [options]`), hasOptions, words);
    const rest = usage.slice(words.length).replace(' [options]', '');
    t.notMatch(rest, /[a-z]|\[option|\[.*\] [A-Z]/, `${words}: capitals, and what is needed first`);
  }
});

t.test('defaults are shown with the types of values', async (t) => {
  const help = (verb: string): string => {
    const spec = specs.find(({ name }) => name === verb);
    return spec === undefined ? '' : helpOfCommand(spec, 'podman', verb);
  };
  t.match(help('pull'), /--retry int +.*performing pull \(default 3\)\n/);
  t.match(help('push'), /--retry int +.*performing push \(default 3\)\n/);
  t.match(help('run'), /--sig-proxy +.*\(default true\)\n/);
  t.match(help('attach'), /--detach-keys string +.*\(default "ctrl-p,ctrl-q"\)\n/);
});

t.test('what there is', async (t) => {
  const all = await overview('podman');
  t.match(all, /^Manage pods, containers and images\n[\s\S]*^ {2}podman \[options\] \[command\]$/m);
  t.match(listed(all), ['attach', 'auto-update']);
  for (const name of ['run', 'image', 'volume']) t.ok(listed(all).includes(name), name);
  for (const noun of ['image', 'container'].flatMap((word) => nounOf(word) ?? [])) {
    const help = await helpOfNoun(noun, 'podman');
    t.match(help, new RegExp(`^Usage:\n {2}podman ${noun} \\[command\\]$`, 'm'));
    t.ok(listed(help).includes('rm') && listed(help).includes('inspect'));
  }
});

t.test('bryo’s own help stays its own', async (t) => {
  t.match(await overview('bryo'), /^Run containers as an ordinary user/);
});
