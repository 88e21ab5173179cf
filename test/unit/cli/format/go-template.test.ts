import t from 'tap';
import { formatOne, formatRows } from '../../../../src/cli/format/format-flag.ts';

const data = {
  Name: 'web',
  Count: 3,
  Empty: '',
  Nothing: null,
  Yes: true,
  List: ['a', 'b'],
  Labels: { k: 'v', a: 'b' },
  Created: '2026-11-25T07:08:44.922468864Z',
  Ports: { '80/tcp': [{ HostIp: '', HostPort: '8080' }] },
  Deep: { Er: { Field: 'x' } },
  Rows: [{ N: 1 }, { N: 2 }],
};

function fill(template: string): string {
  return formatOne(template, data, 'podman').replace(/\n$/, '');
}

t.test('fields and printing', async (t) => {
  t.equal(fill('{{.Name}}-{{.Deep.Er.Field}}'), 'web-x');
  t.equal(
    fill('{{.List}} {{.Labels}} {{.Nothing}} {{.Yes}} {{.Count}}'),
    '[a b] map[a:b k:v] <nil> true 3',
  );
  t.equal(fill('{{json .List}} {{.Labels | json}}'), '["a","b"] {"a":"b","k":"v"}');
  t.equal(fill('a\\tb'), 'a\tb');
  t.equal(fill('x {{- .Name -}} y'), 'xweby');
  t.equal(fill('{{/* nothing */}}x'), 'x');
});

t.test('control', async (t) => {
  t.equal(fill('{{if .Yes}}a{{else}}b{{end}}{{if .Empty}}c{{else if eq .Count 3}}d{{end}}'), 'ad');
  t.equal(fill('{{range .Rows}}{{.N}},{{end}}'), '1,2,');
  t.equal(fill('{{range $i, $r := .List}}{{$i}}={{$r}} {{end}}'), '0=a 1=b ');
  t.equal(fill('{{range $k, $v := .Labels}}{{$k}}{{$v}}{{$.Count}}{{end}}'), 'ab3kv3');
  t.equal(fill('{{range .Empty}}x{{else}}none{{end}}'), 'none');
  t.equal(fill('{{with .Deep.Er}}{{.Field}}{{end}}'), 'x');
  t.equal(fill('{{$x := .Name}}{{$x}}{{len $x}}'), 'web3');
});

t.test('functions', async (t) => {
  t.equal(fill('{{index .List 1}}{{index .Labels "k"}}'), 'bv');
  t.equal(
    fill('{{printf "%s %d %q %5.1f|%-4s|" .Name .Count .Name 1.25 .Name}}'),
    'web 3 "web"   1.3|web |',
  );
  t.equal(fill('{{join .List ","}} {{upper .Name}} {{truncate .Name 2}}'), 'a,b WEB we');
  t.equal(fill('{{if and .Yes (not .Empty)}}1{{end}}{{or .Empty "d"}}'), '1d');
  t.equal(fill('{{if gt .Count 2}}more{{end}}'), 'more');
  t.equal(fill('{{(index .Rows 1).N}}'), '2');
});

t.test('as Go prints it', async (t) => {
  const expected: Record<string, string> = {
    '{{.Labels.nope}}{{index .Labels "nope"}}': '<no value>',
    '{{.Ports}} {{.Deep}}': 'map[80/tcp:[{ 8080}]] {{x}}',
    '{{range $p, $l := .Ports}}{{$p}}={{(index $l 0).HostPort}}{{end}}': '80/tcp=8080',
    '{{.Created}}': '2026-11-25 07:08:44.922468864 +0000 UTC',
    '{{.Created.Unix}} {{.Created.Format "Mon Jan _2 2006 15:04:05.00 MST"}}':
      '1795590524 Wed Nov 25 2026 07:08:44.92 UTC',
    '{{json .Created}}': '"2026-11-25T07:08:44.922468864Z"',
    '{{print 1 2 "a" 3}}|{{println "x" 1}}': '1 2a3|x 1\n',
    '{{printf "%05d|%x|%X|%t|%8.3f|%+d|%%|%v" 42 255 "hi" .Yes 1.5 3 .List}}':
      '00042|ff|6869|true|   1.500|+3|%|[a b]',
    '{{printf "%d" "x"}} {{printf "%s"}} {{printf "a" 1}}':
      '%!d(string=x) %!s(MISSING) a%!(EXTRA int=1)',
    '{{slice .Name 1 3}}{{slice .List 1}} {{index .Name 0}}': 'eb[b] 119',
    '{{len "äb"}} {{\'a\'}} {{0x10}} {{1_000}}': '3 97 16 1000',
    '{{html "<a&b>"}} {{js "it\'s"}} {{urlquery "a b&c"}}': "&lt;a&amp;b&gt; it\\'s a+b%26c",
    '{{eq .Name "x" "web"}} {{ne 1 2}} {{lt "a" "b"}} {{le 2 2}} {{ge 1 2}}':
      'true true true true false',
    '{{title "hello world"}} {{split "a,b" ","}} {{pad "x" 1 2}}|{{lower "AB"}}':
      'Hello World [a b]  x  |ab',
    '{{"}}"}}{{`a"b`}}': '}}a"b',
    '{{printf "%q" .List}}': '["a" "b"]',
  };
  for (const [template, text] of Object.entries(expected)) t.equal(fill(template), text, template);
});

t.test('syntax', async (t) => {
  const expected: Record<string, string> = {
    '{{range .List}}{{if eq . "b"}}{{break}}{{end}}{{.}}{{end}}': 'a',
    '{{range .List}}{{if eq . "a"}}{{continue}}{{end}}{{.}}{{end}}': 'b',
    '{{$n := 0}}{{range .Rows}}{{$n = .N}}{{end}}{{$n}}': '2',
    '{{if .Yes}}{{$x := 1}}{{end}}{{with .Empty}}a{{else with .Name}}{{.}}{{else}}c{{end}}': 'web',
    '{{define "t"}}<{{.}}>{{end}}{{template "t" .Name}}{{block "b" .Count}}[{{.}}]{{end}}':
      '<web>[3]',
    '{{/* a }} b */ -}}  x': 'x',
    'a  {{- /* c */ -}}  b': 'ab',
    '{{.Name | printf "%s-%s" "a" | upper}}': 'A-WEB',
    '{{or .Empty (index .List 0)}}{{and .Yes .Name}}': 'aweb',
    '{{if or .Yes (index .List 9)}}short{{end}}': 'short',
    '{{range 3}}{{.}}{{end}}': '012',
    '{{with $x := .Name}}{{$x}}{{end}}': 'web',
  };
  for (const [template, text] of Object.entries(expected)) t.equal(fill(template), text, template);
});

t.test('errors are one clear line', async (t) => {
  for (const bad of [
    '{{.Nope}}',
    '{{',
    '{{if .Yes}}',
    '{{end}}',
    '{{nofunc}}',
    '{{.Name.Sub}}',
    '{{index .List 9}}',
    '{{"}}',
    '{{break}}',
    '{{$x}}',
    '{{$x = 1}}',
    '{{template "t"}}',
    '{{define "t"}}{{template "t" .}}{{end}}{{template "t" .}}',
    '{{/* open',
    '{{lt .Name 1}}',
    '{{eq .Yes 1}}',
    '{{slice .Name 9}}',
    '{{.Deep.Nope}}',
    '{{3 4}}',
    '{{(.Name}}',
  ]) {
    t.throws(() => fill(bad), { code: 'bad-template' }, bad);
  }
});

t.test('line breaks are those of podman 4.3.1', async (t) => {
  t.equal(formatOne('a', data, 'podman'), 'a\n');
  t.equal(formatOne('a\\n', data, 'podman'), 'a\n');
  t.equal(formatOne('a\n', data, 'podman'), 'a\n');
  t.equal(formatOne('a\\n\\n', data, 'podman'), 'a\n\n');
  t.equal(formatOne('a{{println}}', data, 'podman'), 'a\n\n');
  t.equal(formatOne('{{range .Rows}}{{.N}}{{"\\n"}}{{end}}', data, 'podman'), '1\n2\n');
  t.equal(formatOne('a{{"\\n"}}b', data, 'podman'), 'a\nb');
  t.equal(formatOne('a{{"\\t"}}b', data, 'podman'), 'a\tb\n');
  t.equal(formatOne('a {{- ""}}', data, 'podman'), 'a\n');
  t.equal(formatOne('a{{"" -}}', data, 'podman'), 'a', 'the end is trimmed as any other space');
  t.equal(formatRows('{{.N}}\\n', data.Rows, { dialect: 'podman' }), '1\n2\n');
});

t.test('lists', async (t) => {
  const rows = [
    { ID: '1', Names: 'long name' },
    { ID: '22', Names: 'b' },
  ];
  t.equal(formatRows('{{.ID}}', rows, { dialect: 'podman' }), '1\n22\n');
  t.equal(
    formatRows('table {{.ID}}\\t{{.Names}}', rows, {
      dialect: 'podman',
      headings: { ID: 'CONTAINER ID' },
    }),
    'CONTAINER ID  NAMES\n1             long name\n22            b\n',
  );
  t.equal(
    formatRows('table {{.Names}} {{.ID}}', rows, { dialect: 'podman', heading: false }),
    'long name   1\nb           22\n',
    'a space separates columns, which are 12 wide at least',
  );
  t.equal(
    formatRows('{{range .}}{{.ID}};{{end}}', rows, { dialect: 'podman' }),
    '1;22;\n',
    'the whole list',
  );
  t.equal(
    formatRows('{{range .}}{{println .ID}}{{end}}', rows, { dialect: 'podman' }),
    '1\n22\n\n',
  );
  t.equal(
    formatRows('{{json .}}', rows, { dialect: 'podman' }),
    formatRows('json', rows, { dialect: 'podman' }),
  );
  t.equal(formatRows('json', [], { dialect: 'podman' }), '[]\n');
});
